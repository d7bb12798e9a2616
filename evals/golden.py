"""The playbook's own questions: what a good answer quotes, or that there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from mlplaybook.evals.questions import Question
from mlplaybook.ingest.catalog import Catalog, read_document, read_sections
from mlplaybook.ingest.documents import Section
from mlplaybook.ingest.errors import BadSource

Split = Literal["dev", "test"]


@dataclass(frozen=True, slots=True)
class Gold:
    """Words of a page that answer a question: they survive a page that is split otherwise."""

    page: str
    quote: str


@dataclass(frozen=True, slots=True)
class Case:
    """A question with every passage that answers it; none for one that the playbook does not cover.

    `slice` is how it is asked (typo, short, low-overlap, ...) or why it is not covered (far, near-miss, ...); `facts` are
    words or numbers that a right answer holds.
    """

    id: str
    question: str
    slice: str
    gold: tuple[Gold, ...] = ()
    facts: tuple[str, ...] = ()


def read_cases(split: Split) -> tuple[Case, ...]:
    """The questions of a split, in file order. `dev` is for choosing, `test` for reporting."""
    text = files(__package__).joinpath("cases", f"{split}.jsonl").read_text("utf-8")
    return tuple(create_case(json.loads(line)) for line in text.splitlines() if line.strip())


def create_case(record: dict[str, Any]) -> Case:
    """A case from a line of the file."""
    gold = tuple(Gold(**entry) for entry in record.get("gold", ()))
    return Case(record["id"], record["question"], record["slice"], gold, tuple(record.get("facts", ())))


def answerable(catalog: Catalog, cases: tuple[Case, ...]) -> tuple[Question, ...]:
    """The covered questions with the sections that hold their quotes.

    :raises BadSource: a quote is not on its page any more.
    """
    return tuple(
        Question(case.id, case.question, dict.fromkeys((locate(catalog, case, gold) for gold in case.gold), 1.0))
        for case in cases
        if case.gold
    )


def locate(catalog: Catalog, case: Case, gold: Gold) -> str:
    """The innermost section that holds a quote."""
    document = read_document(catalog, gold.page)
    place = -1 if document is None else document.text.find(gold.quote, document.body_start)
    if place < 0:
        cause = f"The question {case.id} quotes words that page '{gold.page}' does not have: {gold.quote[:60]!r}."
        raise BadSource(cause, "Quote the page as it is now in evals/cases, or drop the question.")
    holding = [s for s in read_sections(catalog, gold.page) if s.body_start <= place < s.char_end]
    return min(holding, key=length).id


def length(section: Section) -> int:
    """Characters of a section."""
    return section.char_end - section.char_start
