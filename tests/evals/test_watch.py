"""A watch runs what a saved file can touch, shows what moved, and ends with the code of its last run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from mlplaybook.evals.__main__ import app
from mlplaybook.evals.config import Plan, read_plan
from mlplaybook.evals.gate.baseline import from_run
from mlplaybook.evals.gate.gate import Judgement, judge_run
from mlplaybook.evals.records import Run, ok
from mlplaybook.evals.selection import read_cases
from mlplaybook.evals.suites.catalogue import SUITES
from mlplaybook.evals.watch import (
    ROOT,
    Reach,
    Snapshot,
    Update,
    Watching,
    affected,
    changed,
    create_reach,
    imports_of,
    merge,
    snapshot,
    watch,
)
from mlplaybook.evals.watch_command import draw_update
from mlplaybook.ingest.errors import BadSetting, PlaybookError
from tests.evals.reports.worlds import GOOD, LOST, run_with

PLAN = read_plan()
PAGE, TABLE = ROOT / "knowledge/drift.md", ROOT / "knowledge/decisions/drift.yaml"
REACH = Reach(
    ("retrieval", "answers", "decisions"),
    {
        "evals/cases/dev.jsonl": frozenset({"retrieval", "answers"}),
        "knowledge/decisions/drift.yaml": frozenset({"decisions"}),
    },
    {"server/judge.py": frozenset({"decisions"}), "ingest/chunks.py": frozenset()},
)
HELD = replace(GOOD, results=tuple(one for one in run_with(LOST).results))


@dataclass
class Desk:
    """A watch whose looks, runs and clock are given; it ends by Ctrl-C when there is nothing left to look at."""

    looks: list[Snapshot]
    runs: list[Run | None]
    judged: list[PlaybookError | None] = field(default_factory=list)
    asked: list[Sequence[str] | None] = field(default_factory=list)
    shown: list[Update] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def take(self) -> Snapshot:
        if not self.looks:
            raise KeyboardInterrupt
        return self.looks.pop(0)

    def measure(self, suites: Sequence[str] | None) -> Run | None:
        self.asked.append(suites)
        return self.runs.pop(0)

    def judge(self, run: Run) -> tuple[Plan, Judgement]:
        wrong = self.judged.pop(0) if self.judged else None
        if wrong:
            raise wrong
        return PLAN, judge_run(run, PLAN, from_run(GOOD))

    def watch(self) -> int:
        times = iter(range(1000))
        return watch(
            Watching(
                self.judge,
                lambda: REACH,
                self.take,
                self.measure,
                self.shown.append,
                self.slept.append,
                lambda: next(times),
            )
        )


def look(**times: int) -> Snapshot:
    """A look at files that were saved at these times."""
    names = {"page": PAGE, "table": TABLE}
    return {names[name]: (time, 1) for name, time in times.items()}


def test_a_saved_page_runs_only_what_asks_pages_and_ends_with_the_last_code() -> None:
    part = replace(HELD, results=tuple(one for one in HELD.results if one.case.suite in {"retrieval", "answers"}))
    desk = Desk([look(page=1), look(page=1), look(page=2), look(page=2)], [GOOD, part])
    assert desk.watch() == 1
    assert desk.asked == [None, ("retrieval", "answers")]
    assert [(update.files, update.seconds) for update in desk.shown] == [((), 1), ((PAGE,), 1)]
    assert len(desk.shown[1].run.results if desk.shown[1].run else ()) == len(GOOD.results)


def test_it_waits_until_an_editor_is_done() -> None:
    looks = [look(page=1), look(page=1), look(page=2), look(page=3), look(page=3)]
    desk = Desk(looks, [GOOD, GOOD])
    assert desk.watch() == 0
    assert (len(desk.shown), desk.slept) == (2, [0.5, 0.3, 0.3])


def test_what_is_saved_while_a_run_goes_on_makes_another_one() -> None:
    desk = Desk([look(page=1), look(page=2), look(page=2), look(page=3), look(page=3)], [GOOD, GOOD, GOOD])
    desk.watch()
    assert len(desk.shown) == 3


def test_a_run_that_could_not_be_made_is_said_and_the_next_one_is_whole() -> None:
    looks = [look(page=1), look(page=2), look(page=2), look(page=3), look(page=3)]
    desk = Desk(looks, [None, None, GOOD])
    assert desk.watch() == 0
    assert desk.asked == [None, None, None]
    assert [update.judgement is None for update in desk.shown] == [True, True, False]


def test_a_plan_that_cannot_be_read_is_an_update_and_no_end() -> None:
    desk = Desk(
        [look(page=1), look(page=2), look(page=2)], [GOOD, GOOD], [None, BadSetting("evals.yaml is no plan.", "")]
    )
    assert desk.watch() == 2
    assert desk.shown[1].judgement is None


def test_a_baseline_that_changes_is_judged_against_and_nothing_is_run() -> None:
    path = ROOT / "evals/baselines/core.json"
    desk = Desk([{path: (1, 1)}, {path: (2, 1)}, {path: (2, 1)}], [GOOD])
    assert desk.watch() == 0
    assert (desk.asked, desk.shown[1].suites) == ([None], ())


@pytest.mark.parametrize(
    ("name", "suites"),
    [
        ("evals/cases/dev.jsonl", ("retrieval", "answers")),
        ("knowledge/decisions/drift.yaml", ("decisions",)),
        ("knowledge/05/page.md", ("retrieval", "answers")),
        ("server/judge.py", ("decisions",)),
        ("ingest/chunks.py", REACH.suites),
        ("evals/evals.yaml", REACH.suites),
        ("knowledge/templates/card.yaml", REACH.suites),
        ("evals/baselines/core.json", ()),
    ],
)
def test_a_file_touches_the_suites_that_use_it_and_all_where_that_is_not_known(
    name: str, suites: tuple[str, ...]
) -> None:
    assert affected([ROOT / name], REACH) == suites


def test_new_and_lost_files_are_changes() -> None:
    assert changed({PAGE: (1, 1)}, {TABLE: (1, 1)}) == (TABLE, PAGE)
    assert changed({PAGE: (1, 1)}, {PAGE: (1, 2)}) == (PAGE,)


def test_the_checkout_knows_what_reaches_what() -> None:
    reach = create_reach(read_cases(dict.fromkeys(SUITES), "dev"))
    assert affected([ROOT / "evals/cases/followups.jsonl"], reach) == ("conversation",)
    assert affected([ROOT / "evals/cases/fill/dev/ad-click/wiki.txt"], reach) == ("templates",)
    assert affected([ROOT / "evals/suites/conversation.py"], reach) == ("conversation",)
    assert "answers" in affected([ROOT / "prompts/answer.md"], reach)
    assert set(affected([ROOT / "server/retrieval/search.py"], reach)) >= {"retrieval", "answers", "abstention"}


def test_pages_cases_prompts_and_code_are_watched_and_what_python_compiles_is_not() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in snapshot()}
    assert {"evals/evals.yaml", "evals/cases/dev.jsonl", "evals/watch.py", "prompts/lock.json"} <= names
    assert not [name for name in names if "__pycache__" in name]


def test_a_module_that_cannot_be_parsed_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (", "utf-8")
    assert imports_of(tmp_path / "broken.py", tmp_path) == frozenset()


def test_a_part_of_a_run_takes_the_place_of_its_suites() -> None:
    part = replace(HELD, results=tuple(one for one in HELD.results if one.case.suite == "answers"), complete=False)
    merged = merge(GOOD, part)
    assert ([one.case.id for one in merged.results], merged.complete) == ([one.case.id for one in GOOD.results], True)
    assert sum(score == ok(0) for one in merged.results for score in one.scores.values()) == LOST


def drawn(run: Run | None, before: Run | None, files: tuple[Path, ...] = (PAGE,)) -> str:
    screen = Console(width=100, no_color=True)
    judgement = judge_run(run, PLAN, from_run(GOOD)) if run else None
    with screen.capture() as text:
        screen.print(draw_update(Update(files, ("retrieval",), run, PLAN, judgement, before, 1.5)))
    return text.get()


def test_the_screen_shows_the_whole_table_once_and_then_only_what_moved() -> None:
    first, second = drawn(GOOD, None, ()), drawn(HELD, GOOD)
    assert "retrieval/success@5" in first
    assert "knowledge/drift.md changed" in second
    assert (
        "worse   How do I detect drift of kind 0?\n        abstention/answers-covered 1 -> 0, retrieval/success@5"
        in second
    )
    assert "and 6 more that got worse, 0 better" in second
    assert "redteam/held" not in second
    assert second.index("worse   ") < second.index("core: worse")


def test_the_screen_says_what_got_better_and_when_nothing_moved() -> None:
    assert "better  How do I detect drift of kind 0?\n        abstention/answers-covered 0 -> 1" in drawn(GOOD, HELD)
    assert "No score moved." in drawn(GOOD, GOOD)


def test_the_screen_says_when_nothing_could_be_run() -> None:
    assert "It could not be run" in drawn(None, GOOD)


@pytest.mark.parametrize("more", [("--repeat", "2"), ("--config", "default", "--config", "words-only")])
def test_a_watch_refuses_what_it_has_no_use_for(more: tuple[str, ...]) -> None:
    assert isinstance(CliRunner().invoke(app, ["run", "--watch", *more]).exception, BadSetting)
