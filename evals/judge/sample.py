"""A case as a judge sees it: the answer that users get, made from the sections that were found."""

from __future__ import annotations

from mlplaybook.evals.judge.records import Sample
from mlplaybook.evals.records import Case
from mlplaybook.evals.suites.world import SHOWN, World, answer, search


def create_sample(world: World, case: Case) -> Sample:
    """The sample of a covered question; the reference is what its pages say, in their words."""
    question = case.input["question"]
    made = answer(world, question)
    contexts = tuple(hit.text for hit in search(world, question, SHOWN).hits)
    reference = " ".join(entry["quote"] for entry in case.gold["gold"])
    return Sample(question, made.text if made.statements else "", contexts, reference)
