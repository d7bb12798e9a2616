"""The playbook's questions are graded by section, and what is not found is no right answer."""

from __future__ import annotations

from mlplaybook.evals.golden import Case, Gold
from mlplaybook.evals.playbook import measure_playbook
from mlplaybook.server.retrieval.index import Index

QUOTE = "A population stability index above 0.2 raises an alert."
COVERED = Case("alert", "Which cut-offs raise an alert?", "which", (Gold("drift", QUOTE),))
ELSEWHERE = Case("football", "Who won the football championship?", "far")


def test_slices_and_judgements_are_of_the_same_search(handbook: Index) -> None:
    outcome = measure_playbook(handbook, [COVERED, ELSEWHERE])
    assert [(entry.slice, entry.questions, entry.success1) for entry in outcome.slices] == [
        ("all", 1, 1.0),
        ("which", 1, 1.0),
    ]
    assert [(entry.id, entry.covered, entry.found) for entry in outcome.judged] == [
        ("alert", True, True),
        ("football", False, False),
    ]
    assert outcome.judged[0].probability > outcome.judged[1].probability
