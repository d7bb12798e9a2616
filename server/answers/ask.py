"""A question to an answer: search, decide, compose, verify."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from importlib.metadata import version

from mlplaybook.server.answers.assess import find
from mlplaybook.server.answers.compose import compose
from mlplaybook.server.answers.records import Answer, Stamp, Statement
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.verify import verify
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import Profile
from mlplaybook.server.retrieval.question import other_language
from mlplaybook.server.retrieval.search import Hit, Method

SUGGESTIONS = 3
NOT_COVERED = "The corpus '{corpus}' does not answer this."


def ask(index: Index, question: str, k: int = 5, only: Filter = EVERYTHING, method: Method = Method()) -> Answer:  # noqa: B008 (frozen)
    """Answer from the corpus, or abstain and name the nearest sections.

    :raises BadQuestion: the question cannot be searched for.
    """
    started = time.perf_counter()
    found = find(index, question, k, only, method)
    searched = time.perf_counter()
    status = found.status
    statements: tuple[Statement, ...] = ()
    removed = 0
    if status != "abstained":
        drafts = compose(index, found.question, found.hits, found.relevance)
        statements, removed = verify(drafts, {hit.document.id: hit.document for hit in found.hits})
        status = status if statements else "abstained"
    ended = time.perf_counter()
    timings = {"search": milliseconds(searched - started), "answer": milliseconds(ended - searched)}
    return Answer(
        question=found.question,
        status=status,
        confidence=round(found.probability, 3),
        text=render(statements) if statements else refusal(index, found.question),
        statements=statements,
        suggestions=suggest(found.hits, statements),
        mode="extractive",
        degraded=tuple(index.degraded),
        stamp=create_stamp(index, timings, method.profile),
        removed=removed,
        inapplicable=inapplicable(found.hits, statements),
    )


def create_stamp(index: Index, timings: dict[str, float], profile: Profile) -> Stamp:
    """What the answer rests on."""
    made = Stamp(index.manifest.corpus, index.manifest.generation, index.manifest.encoder, version("mlplaybook"))
    config = index.tuned.digest if index.tuned else ""
    return dataclasses.replace(
        made, timings_ms=timings, profile=dict(profile.options), tuned=bool(config), tuned_config=config
    )


def milliseconds(seconds: float) -> float:
    """Rounded to a tenth."""
    return round(seconds * 1000, 1)


def suggest(hits: Sequence[Hit], statements: Sequence[Statement]) -> tuple[str, ...]:
    """Sections worth reading that the answer does not already quote."""
    cited = {citation.section for statement in statements for citation in statement.citations}
    return tuple(hit.section.id for hit in hits if hit.section.id not in cited)[:SUGGESTIONS]


def inapplicable(hits: Sequence[Hit], statements: Sequence[Statement]) -> dict[str, str]:
    """The cited pages that are not for the project, each with why."""
    cited = {citation.document for statement in statements for citation in statement.citations}
    return {hit.document.id: hit.why_lower for hit in hits if hit.why_lower and hit.document.id in cited}


def refusal(index: Index, question: str) -> str:
    """What is said instead of an answer."""
    said = NOT_COVERED.format(corpus=index.manifest.corpus)
    language = other_language(question)
    return f"{said} It is in English and the question looks {language}: ask in English." if language else said
