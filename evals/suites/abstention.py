"""Whether what the pages do not cover is refused, and what they cover is not."""

from __future__ import annotations

from mlplaybook.evals.golden import Split
from mlplaybook.evals.metrics import success
from mlplaybook.evals.records import Case, Measured, not_applicable, ok
from mlplaybook.evals.suites.golden_cases import golden_cases
from mlplaybook.evals.suites.retrieval import relevant_sections
from mlplaybook.evals.suites.world import SHOWN, World, search

NAME = "abstention"
# How many sections a report names.
TOLD = 3
METRICS = ("answers-covered", "refuses-uncovered", "auroc", "aurc", "f1")


def read(split: Split) -> tuple[Case, ...]:
    """Every question."""
    return golden_cases(NAME, split)


def measure(world: World, case: Case) -> Measured:
    """One judgement: `partial` counts as an answer with a warning, not as a full one.

    `auroc`, `aurc` and `f1` are of all cases together: what is kept of a case is what they are worked out from.
    """
    covered = bool(case.gold["gold"])
    findings = search(world, case.input["question"], SHOWN)
    answered = findings.status == "answered"
    ranked = [hit.section.id for hit in findings.hits]
    found = bool(covered and success(ranked, dict.fromkeys(relevant_sections(world, case), 1.0), SHOWN))
    other = "covered" if covered else "not covered"
    # A sign carries the truth: positive for a covered question, so that the file of a run holds all that the curves need.
    signed = findings.probability if covered else -findings.probability
    right = findings.probability if found else -findings.probability
    scores = {
        "answers-covered": ok(answered) if covered else not_applicable(other),
        "refuses-uncovered": not_applicable(other) if covered else ok(not answered),
        "auroc": ok(signed),
        "aurc": ok(right),
        "f1": ok((1 if covered else -1) * (1.0 if answered else 0.5)),
    }
    probability = round(findings.probability, 4)
    output = {"covered": covered, "status": findings.status, "probability": probability, "found": ranked[:TOLD]}
    return Measured(scores, output)
