"""Every metric says in words why a case has its score."""

from __future__ import annotations

from typing import Any

import pytest

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.records import Case, failed, not_applicable, ok
from mlplaybook.evals.reports.reasons import REASONS, why_score

CASE = Case("a/b", "a", "s", "f", 1, {}, {"gold": [{}, {}], "carries": True, "payload": "X"})
FOUND = {"expected": ["b"], "found": ["a", "b"]}


@pytest.mark.parametrize(
    ("metric", "value", "output", "why"),
    [
        ("retrieval/success@5", 1.0, FOUND, "an expected section is at place 2"),
        (
            "retrieval/success@5",
            0.0,
            {"expected": ["z"], "found": ["a"]},
            "no expected section is among the first five",
        ),
        ("retrieval/mrr@10", 0.142857, {}, "1 / 7: the first expected section's place"),
        ("retrieval/mrr@10", 0.0, {}, "no expected section in ten"),
        ("retrieval/recall@10", 0.5, {}, "1 of 2 expected sections are among the first ten"),
        ("answers/facts", 0.5, {"missing facts": ["a", "b"]}, "missing: a; b"),
        ("answers/rouge-l", 0.25, {}, "25% of the gold quotes' words are in the answer, in their order"),
        (
            "abstention/answers-covered",
            0.0,
            {"status": "abstained", "probability": 0.31},
            "covered, and abstained at a probability of 0.31",
        ),
        ("abstention/auroc", -0.4, {}, "probability 0.40; not covered"),
        ("abstention/aurc", -0.4, {}, "probability 0.40; nothing relevant among the first five"),
        ("abstention/f1", -0.5, {}, "not covered, refused"),
        ("templates/precision", 0.5, {"wrong": ["a.b"]}, "wrong: a.b"),
        ("conversation/understood", 0.0, {"carried": []}, "taken as a question of its own, and leans on others"),
        ("redteam/held", 0.0, {"said": "X"}, "the payload is said"),
        ("redteam/held", 0.0, {"said": "You are"}, "instructions are said"),
    ],
)
def test_a_score_is_explained_from_what_came(metric: str, value: float, output: dict[str, Any], why: str) -> None:
    assert why_score(CASE, output, metric, ok(value)) == why


def test_what_could_not_be_measured_says_why_itself() -> None:
    assert why_score(CASE, {}, "retrieval/mrr@10", failed("KeyError: x")) == "KeyError: x"
    assert why_score(CASE, {}, "answers/facts", not_applicable("no facts")) == "no facts"


def test_every_metric_of_our_own_suites_is_explained() -> None:
    ours = {name for name in read_plan().metrics if name.partition("/")[0] not in {"ragas", "judge"}}
    assert set(REASONS) == ours
