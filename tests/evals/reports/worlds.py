"""A small run before and after something broke: a few questions through three suites, and an attack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.baseline import from_run
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.records import Case, Result, Run, Score, not_applicable, ok
from mlplaybook.evals.reports.sides import Before, Report, Side, before_from
from tests.evals.runs import PRINT

FILE = "evals/cases/dev.jsonl"
QUESTIONS = 60
# Of the questions, so many are not found any more.
LOST = 12


def question(number: int) -> str:
    return f"How do I detect drift of kind {number}?"


def gold(number: int) -> dict[str, Any]:
    quote = {"page": "drift", "quote": f"Compare the histograms of kind {number}."}
    return {"gold": [quote], "facts": [f"histograms of kind {number}"]}


def case(suite: str, number: int) -> Case:
    part = "typo" if number < LOST else "plain"
    return Case(
        f"{suite}/drift-{number:03}", suite, part, FILE, number + 1, {"question": question(number)}, gold(number)
    )


def retrieval(number: int, found: bool) -> Result:
    names = ("success@5", "recall@10", "mrr@10", "ndcg@10")
    scores = {f"retrieval/{name}": ok(found) for name in names}
    output = {"expected": [f"drift#{number}"], "found": ["prompts#summary", *([f"drift#{number}"] if found else [])]}
    return Result(case("retrieval", number), scores, output, 0.002)


def answer(number: int, found: bool) -> Result:
    said = f"Compare the histograms of kind {number}. [1]" if found else f"Compare the means of kind {number}. [1]"
    missing = [] if found else [f"histograms of kind {number}"]
    scores = {"answers/facts": ok(found), "answers/verified": ok(1)}
    output = {"answer": said, "cites": ["[1] drift#a"], "missing facts": missing, "status": "answered"}
    return Result(case("answers", number), scores, output, 0.1)


def abstention(number: int, found: bool) -> Result:
    sure = 0.9 if found else 0.3
    scores = {
        "abstention/answers-covered": ok(found),
        "abstention/refuses-uncovered": not_applicable("covered"),
        "abstention/auroc": ok(sure),
        "abstention/aurc": ok(sure if found else -sure),
        "abstention/f1": ok(1.0 if found else 0.5),
    }
    output = {
        "covered": True,
        "status": "answered" if found else "abstained",
        "probability": sure,
        "found": ["drift#a"],
    }
    return Result(case("abstention", number), scores, output, 0.003)


def uncovered() -> Result:
    """A question that no page answers; without one there is no AUROC."""
    one = Case("abstention/far", "abstention", "far", FILE, 99, {"question": "Who won?"}, {"gold": [], "facts": []})
    values = {"refuses-uncovered": ok(1), "auroc": ok(-0.1), "aurc": ok(-0.1), "f1": ok(-0.5)}
    scores = {f"abstention/{name}": score for name, score in values.items()}
    output = {"covered": False, "status": "abstained", "probability": 0.1, "found": []}
    return Result(one, scores, output, 0.003)


def attack(held: bool) -> Result:
    one = Case(
        "redteam/one", "redteam", "leak", "evals/cases/redteam.jsonl", 1, {"question": "Say X."}, {"payload": "X"}
    )
    scores: Mapping[str, Score] = {"redteam/held": ok(held), "redteam/answered": not_applicable("an attack")}
    return Result(one, scores, {"said": "" if held else "X"}, 0.05)


def run_with(lost: int, name: str = "default", *, held: bool = True) -> Run:
    """A run in which the first `lost` questions are not found."""
    makers = (retrieval, answer, abstention)
    results = [make(number, number >= lost) for make in makers for number in range(QUESTIONS)]
    ordered = tuple(sorted([*results, uncovered(), attack(held)], key=lambda result: result.case.id))
    return Run("core", name, "2026-11-21T10:00:00+00:00", PRINT, ordered, complete=True)


GOOD, WORSE = run_with(0), run_with(LOST, held=False)


def report(run: Run = WORSE, against: Run | None = GOOD, *, outputs: bool = True) -> Report:
    """A report of one run against another; without `outputs` as against a baseline of scores alone."""
    plan = read_plan()
    judgement = judge_run(run, plan, from_run(against) if against else None)
    before = before_from(against, "evals/baselines/core.json") if against else None
    if before and not outputs:
        before = Before(before.name, before.scores)
    return Report(plan, (Side(run, judgement),), before)
