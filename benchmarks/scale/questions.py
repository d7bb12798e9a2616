"""Questions whose answer stands in one known section, in other words than there."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from benchmarks.scale.grammar import below, pick
from benchmarks.scale.pages import Fact, Page
from mlplaybook.evals.questions import Question
from mlplaybook.ingest.documents import section_id
from mlplaybook.ingest.plain import slug

# Every second question names its service; the others say what it does, as somebody who does not know the name.
NAMED, DESCRIBED = "named", "described"


def create_questions(pages: Sequence[Page], count: int, seed: int) -> tuple[Question, ...]:
    """So many questions, at most one a section, over all pages; fewer where there are fewer sections."""
    random = Random(f"{seed}/questions")  # noqa: S311 (to be repeated, not to be secret)
    left = [(page, fact) for page in pages for fact in page.facts]
    chosen = [left.pop(below(random, len(left))) for _ in range(min(count, len(left)))]
    return tuple(
        create_question(random, NAMED if number % 2 == 0 else DESCRIBED, number, *one)
        for number, one in enumerate(chosen)
    )


def create_question(random: Random, kind: str, number: int, page: Page, fact: Fact) -> Question:
    """A question for a section's fact; its id begins with its kind."""
    subject = page.subject
    whose = f"the {subject.name} {subject.kind}" if kind == NAMED else f"the {subject.described}"
    text = pick(random, fact.aspect.asks).replace("<whose>", whose)
    return Question(f"{kind}-{number}", text, {section_id(page.id, slug(fact.heading)): 1.0})
