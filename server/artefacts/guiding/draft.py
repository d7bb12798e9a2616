"""Everything that could stand in a guide, before it is known what fits."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.catalog import read_chunks, read_document
from mlplaybook.ingest.documents import Document
from mlplaybook.ingest.options import Conditions, conditions
from mlplaybook.server.artefacts.guiding.extras import Checklist, Task, find_checklists, find_tasks
from mlplaybook.server.artefacts.guiding.fit import Piece
from mlplaybook.server.artefacts.guiding.pieces import BEGINNING, LINE, WHOLE, Part, read_parts
from mlplaybook.server.artefacts.guiding.records import Wish
from mlplaybook.server.artefacts.guiding.steps import Entry, LeftOut, Step, find_step, select
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.question import clean_question, refuse_other_script
from mlplaybook.server.retrieval.search import SUMMARY_ANCHOR, Method, rank_chunks

Count = Callable[[str], int]
# After a question so many sections of all pages come before the summaries, which match any question about their page.
ASKED_FIRST = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A page of the step: why it is one, its parts in reading order, and its pieces in the order in which they are taken.

    `score` is that of its best section for the question, 0 where none was asked.
    """

    entry: Entry
    document: Document
    parts: tuple[Part, ...]
    pieces: tuple[Piece, ...]
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a step has for a project; `checks` are the pieces of each checklist, `tasks_pieces` one a task."""

    step: Step
    wish: Wish
    question: str
    sources: tuple[Source, ...]
    checklists: tuple[Checklist, ...]
    checks: tuple[tuple[Piece, ...], ...]
    tasks: tuple[Task, ...]
    task_pieces: tuple[Piece, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """What decides in which order sections are taken: scores by page#heading, and those that come before any summary."""

    scores: Mapping[str, float]
    first: frozenset[str] = frozenset()


def create_draft(index: Index, wish: Wish, count: Count) -> Draft:
    """Everything for a step from an index; raises BadName for the step and BadQuestion for the question."""
    step = find_step(wish.step)
    question = clean_question(wish.question) if wish.question else ""
    refuse_other_script(question)
    pages = read_conditions(index)
    chosen = select(step, wish.profile, pages, wish.change)
    names = [entry.page for entry in chosen.entries]
    asked = asked_order(index, question, names) if question and names else None
    sources = tuple(create_source(index, step, entry, asked, wish.depth, count) for entry in chosen.entries)
    checklists, withheld = find_checklists(names, pages, wish.profile)
    tasks = find_tasks(names)
    return Draft(
        step, wish, question, sources,
        checklists, tuple(check_pieces(each, wish.depth, count) for each in checklists),
        tasks, task_pieces(tasks, wish.depth, count), (*chosen.left_out, *withheld),
    )  # fmt: skip


def read_conditions(index: Index) -> dict[str, Conditions]:
    """What each page of a corpus applies to, by id."""
    rows = index.catalog.connection.execute("SELECT id, applies_to FROM documents")
    return {page: conditions(json.loads(applies_to)) for page, applies_to in rows}


def create_source(index: Index, step: Step, entry: Entry, asked: Order | None, depth: int, count: Count) -> Source:
    """A page with its pieces; the sections that the question, or the step's reason for the page, is about come first."""
    document = read_document(index.catalog, entry.page)
    assert document is not None
    if depth == LINE:
        # Its line alone; the name of the page is where to read on.
        line = document.description
        return Source(entry, document, (), (Piece(document.id, 0, line, count(line + "\n\n")),) if line else ())
    parts = read_parts(document, depth)
    order = asked or Order({})
    if asked is None and len(parts) > 1:
        # By words alone, which any machine counts alike.
        reason = f"{step.title}. {entry.reason}"
        order = Order(section_scores(index, reason, [entry.page], Method(dense=False)))
    best = max((asked.scores.get(part.section.id, 0.0) for part in parts), default=0.0) if asked else 0.0
    return Source(entry, document, parts, tuple(page_pieces(parts, order, count)), best)


def asked_order(index: Index, question: str, pages: Sequence[str]) -> Order:
    """The sections of all pages by how well they answer a question, the best of them before the summaries."""
    scores = section_scores(index, question, pages, Method())
    sections = [name for name in scores if not name.endswith(f"#{SUMMARY_ANCHOR}")]
    return Order(scores, frozenset(sorted(sections, key=lambda name: (-scores[name], name))[:ASKED_FIRST]))


def section_scores(index: Index, question: str, pages: Sequence[str], method: Method) -> dict[str, float]:
    """The best total of the chunks of each section of these pages, by page#heading, higher for better."""
    ranking = rank_chunks(index, question, Filter(pages=tuple(pages)), method)
    chunks = read_chunks(index.catalog, list(ranking.scores))
    found: dict[str, float] = {}
    for row, scores in ranking.scores.items():
        section = chunks[row].section
        found[section] = max(scores.total, found.get(section, scores.total))
    return found


def page_pieces(parts: Sequence[Part], order: Order, count: Count) -> list[Piece]:
    """The pieces of a page: sections that come first, its summary, then the other sections, each by score."""
    worst = min(order.scores.values(), default=0.0) - 1

    def rank(number: int) -> tuple[bool, bool, float, int]:
        section = parts[number].section
        score = order.scores.get(section.id, worst)
        return (section.id not in order.first, section.anchor != SUMMARY_ANCHOR, -score, number)

    pieces = []
    places = [sum(len(part.units) for part in parts[:number]) for number in range(len(parts))]
    for number in sorted(range(len(parts)), key=rank):
        part = parts[number]
        for unit, text in enumerate(part.units):
            headed = text if unit or part.section.anchor == SUMMARY_ANCHOR else f"#### {part.title}\n\n{text}"
            pieces.append(Piece(part.section.id, places[number] + unit, headed, count(headed + "\n\n")))
    return pieces


def check_pieces(checklist: Checklist, depth: int, count: Count) -> tuple[Piece, ...]:
    """The checks of a list, its name before the first; at the least depth only the name."""
    if depth == LINE:
        line = f"- **{checklist.title}**, {len(checklist.checks)} checks: {lowered(checklist.when)}"
        return (Piece(checklist.id, 0, line, count(line + "\n")),)
    pieces = []
    for place, check in enumerate(checklist.checks):
        line = f"- [ ] {check.text}"
        if depth >= BEGINNING:
            line += f" {check.why}"
        if depth == WHOLE:
            line += f" Exception: {check.exception}" if check.exception else ""
            line += f" (`{check.section}`)"
        headed = line if place else f"### {checklist.title}, {lowered(checklist.when)}\n\n{line}"
        pieces.append(Piece(checklist.id, place, headed, count(headed + "\n")))
    return tuple(pieces)


def task_pieces(tasks: Sequence[Task], depth: int, count: Count) -> tuple[Piece, ...]:
    """One line a task; with what it is for at the greater depths."""
    pieces = []
    for place, task in enumerate(tasks):
        file = f", for {task.file}" if task.file and task.file not in task.command else ""
        what = f" {task.description}" if depth >= BEGINNING else ""
        line = f"- {task.verb} **{task.title}**: `{task.command}`{file}.{what}"
        pieces.append(Piece(task.id, place, line, count(line + "\n")))
    return tuple(pieces)


def lowered(words: str) -> str:
    """Words that go on in a sentence: the first letter small, no full stop."""
    return words[:1].lower() + words[1:].rstrip(".")
