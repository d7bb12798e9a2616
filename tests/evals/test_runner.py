"""A run keeps what is done, goes on where it stopped, and gives the same twice."""

from __future__ import annotations

import json
from pathlib import Path

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.records import Case, Result, create_run, run_record
from mlplaybook.evals.runner import Job, execute, read_kept
from mlplaybook.evals.suites.world import World
from mlplaybook.server.retrieval.index import Index

QUOTE = "A population stability index above 0.2 raises an alert."


def question(name: str, quote: str = QUOTE) -> Case:
    gold = {"gold": [{"page": "drift", "quote": quote}], "facts": ["0.2"]}
    return Case(
        f"retrieval/{name}", "retrieval", "which", "x.jsonl", 1, {"question": "Which cut-offs raise an alert?"}, gold
    )


def nothing(result: Result, total: int) -> None:
    """Nobody watches."""


def job(folder: Path, *cases: Case, done: dict[str, Result] | None = None) -> Job:
    return Job("core", cases, True, folder / "results.jsonl", done=done or {})


def test_a_run_twice_is_the_same_but_for_its_times(handbook: Index, tmp_path: Path) -> None:
    plan, cases = read_plan(), (question("a"), question("b"))
    records = [run_record(execute(World(handbook), plan, job(tmp_path, *cases), nothing)) for _ in range(2)]
    assert [record.pop("timings") is not None for record in records] == [True, True]
    assert json.dumps(records[0]) == json.dumps(records[1])
    assert records[0]["results"][0]["scores"]["retrieval/success@5"]["value"] == 1.0


def test_a_record_comes_back_as_the_run_that_it_was(handbook: Index, tmp_path: Path) -> None:
    run = execute(World(handbook), read_plan(), job(tmp_path, question("a")), nothing)
    assert run_record(create_run(json.loads(json.dumps(run_record(run))))) == run_record(run)


def test_a_case_that_cannot_be_measured_is_an_error_of_every_metric(handbook: Index, tmp_path: Path) -> None:
    run = execute(World(handbook), read_plan(), job(tmp_path, question("a", "No page says this.")), nothing)
    assert {score.status for score in run.results[0].scores.values()} == {"error"}
    assert len(run.results[0].scores) == 4


def test_a_run_that_is_stopped_keeps_its_cases_and_is_gone_on_with(handbook: Index, tmp_path: Path) -> None:
    cases = (question("a"), question("b"), question("c"))

    def stop(result: Result, total: int) -> None:
        if result.case.id == "retrieval/b":
            raise KeyboardInterrupt

    stopped = execute(World(handbook), read_plan(), job(tmp_path, *cases), stop)
    assert ([result.case.id for result in stopped.results], stopped.complete) == (["retrieval/a", "retrieval/b"], False)
    done = read_kept(tmp_path / "results.jsonl", cases)
    seen: list[str] = []
    whole = execute(World(handbook), read_plan(), job(tmp_path, *cases, done=done), lambda r, n: seen.append(r.case.id))
    assert (seen, whole.complete, len(whole.results)) == (["retrieval/c"], True, 3)


def test_a_case_that_was_edited_is_measured_again(handbook: Index, tmp_path: Path) -> None:
    execute(World(handbook), read_plan(), job(tmp_path, question("a")), nothing)
    assert read_kept(tmp_path / "results.jsonl", (question("a", "raises an alert."),)) == {}
