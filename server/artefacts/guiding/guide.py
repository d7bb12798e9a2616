"""The guidance for one step of development in one project, within a number of tokens: the same words every time."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.ingest.options import read_options
from mlplaybook.server.artefacts.guiding.draft import Count, Draft, Source, create_draft
from mlplaybook.server.artefacts.guiding.fit import Piece, fair_shares, take
from mlplaybook.server.artefacts.guiding.pieces import DEPTHS, Part
from mlplaybook.server.artefacts.guiding.records import Guide, PageUsed, SectionUsed, Wish
from mlplaybook.server.artefacts.guiding.render import render
from mlplaybook.server.artefacts.guiding.steps import undecided
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.usage import tokens

# How what is left after the frame is divided between pages, checklists and tasks, as far as each has a use for it.
WEIGHTS = (6, 2, 2)
# A frame that takes more than this of the tokens is written in brief, so that there is room for what it holds.
MOST_FRAME = 0.4
# What a piece costs beside others is only known when all are joined; so often the estimate is corrected.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Fitted:
    """What of a draft is taken."""

    pages: tuple[tuple[Piece, ...], ...]
    checks: tuple[tuple[Piece, ...], ...]
    tasks: tuple[Piece, ...]


def guide(index: Index, wish: Wish, counter: tokens.Counter) -> Guide:
    """The guide for a step, the same bytes for the same index, wish and counter.

    :raises BadName: there is no such step; the error offers the nearest ones.
    :raises BadSetting: there is no such depth, or not even the names of the pages fit into so many tokens.
    :raises BadQuestion: the question cannot be searched for.
    """
    if wish.depth not in DEPTHS:
        kinds = "; ".join(f"{depth} {words}" for depth, words in DEPTHS.items())
        raise BadSetting(f"There is no depth {wish.depth}.", f"Use one of: {kinds}.")
    count = functools.cache(counter.count)
    draft = create_draft(index, wish, count)
    unknown = tuple(name for name in read_options().allowed if name not in dict(wish.profile.options))
    fitted, used, text = fit(draft, unknown, count)
    return Guide(
        draft.step.id, draft.step.title, dict(wish.profile.options), unknown, wish.depth, draft.question,
        wish.tokens, count(text), counter.name, index.manifest.corpus, index.manifest.generation, used,
        draft.checklists, {c.id: len(taken) for c, taken in zip(draft.checklists, fitted.checks, strict=True)},
        draft.tasks, len(fitted.tasks), draft.left_out, text,
    )  # fmt: skip


def fit(draft: Draft, unknown: Sequence[str], count: Count) -> tuple[Fitted, tuple[PageUsed, ...], str]:
    """As much of a draft as fits, what that is of each page, and its text."""
    best = Fitted(tuple(() for _ in draft.sources), tuple(() for _ in draft.checks), ())
    budget = draft.wish.tokens
    for brief in (False, True):
        used, text = written(draft, best, unknown, brief)
        most = count(text)
        if most <= budget * MOST_FRAME:
            break
    if most > budget:
        cause = f"{budget:,} tokens are too few for the step {draft.step.id}: its frame alone has {most:,}."
        raise BadSetting(cause, f"Give at least {most:,}.")
    pool = budget - most
    for _ in range(ROUNDS):
        tried = share(draft, pool)
        tried_used, tried_text = written(draft, tried, unknown, brief)
        length = count(tried_text)
        if most < length <= budget:
            best, used, text, most = tried, tried_used, tried_text, length
        pool = max(0, pool + budget - length)
    return best, used, text


def written(draft: Draft, fitted: Fitted, unknown: Sequence[str], brief: bool) -> tuple[tuple[PageUsed, ...], str]:
    """What is used of each page, and the text."""
    used = tuple(page_used(draft, *pair) for pair in zip(draft.sources, fitted.pages, strict=True))
    return used, render(draft, used, fitted.pages, fitted.checks, fitted.tasks, unknown, brief=brief)


def share(draft: Draft, pool: int) -> Fitted:
    """Pieces for so many tokens: divided between pages, checklists and tasks, then fairly between the pages.

    After a question the pages weigh by their rank for it: of three the best one weighs 3, the last one 1. Checklists and
    tasks come one after the other: a whole list is worth more than the beginnings of all.
    """
    pages = [source.pieces for source in draft.sources]
    checks = list(chain.from_iterable(draft.checks))
    wanted = [[needed(pieces) for pieces in pages], [needed(checks)], [needed(draft.task_pieces)]]
    for_pages, for_checks, for_tasks = fair_shares([sum(each) for each in wanted], pool, WEIGHTS)
    taken = take(pages, fair_shares(wanted[0], for_pages, page_weights(draft)))
    ticked, work = take([checks, draft.task_pieces], [for_checks, for_tasks])
    by_list = tuple(tuple(piece for piece in ticked if piece.group == each.id) for each in draft.checklists)
    return Fitted(tuple(map(tuple, taken)), by_list, tuple(work))


def page_weights(draft: Draft) -> list[int]:
    """What each page weighs when tokens are divided: all alike, or by rank for the question."""
    if not draft.question:
        return [1] * len(draft.sources)
    ranked = sorted(range(len(draft.sources)), key=lambda n: (-draft.sources[n].score, n))
    return [len(ranked) - ranked.index(number) for number in range(len(ranked))]


def needed(pieces: Sequence[Piece]) -> int:
    """The tokens of pieces together."""
    return sum(piece.tokens for piece in pieces)


def page_used(draft: Draft, source: Source, taken: Sequence[Piece]) -> PageUsed:
    """What is shown of a page and what is not."""
    document = source.document
    shown = Counter(piece.group for piece in taken)
    sections = tuple(
        SectionUsed(part.section.id, shown[part.section.id], len(part.units), is_whole(part, shown[part.section.id]))
        for part in source.parts
    )
    whole = {section.section for section in sections if section.whole}
    return PageUsed(
        document.id, document.title, source.entry.reason, undecided(source.entry.when, draft.wish.profile),
        document.reviewed, document.volatility, hashlib.sha256(document.text.encode()).hexdigest(),
        needed(taken), sections,
        tuple(name for name in dict.fromkeys(piece.group for piece in source.pieces) if name not in whole),
    )  # fmt: skip


def is_whole(part: Part, shown: int) -> bool:
    """Whether a section stands in the guide with every word."""
    return part.whole and shown == len(part.units)
