"""RAGAS is loaded late, tells nobody, and is said to be missing where it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlplaybook.evals.judge.library import DROPPED, is_installed, load_parts, missing_line, refuse_unmeasured, stand_in
from mlplaybook.evals.records import Score, not_applicable
from mlplaybook.ingest.errors import BadSetting
from tests.evals.runs import case, run_of

# Scores by every metric that needs no model and, with a judge at the address given, by one that does; then what happened.
WORK = """
import sys, time
seen = []
sys.addaudithook(lambda event, args: event in {"socket.connect", "socket.getaddrinfo"} and seen.append([event, str(args[-1] if event == "socket.connect" else args[0])]))
from mlplaybook.evals.judge.library import load_parts
parts = load_parts()
parts.context_scores(["a"], ["a"]), parts.rouge_l("a b", "a"), parts.similarity("a", "b", lambda text: [1.0, 2.0])
from pathlib import Path
from tests.evals.judge.desk import SAMPLE, engine, seat, till
with engine(Path(sys.argv[2]), seat(sys.argv[1]), till(Path(sys.argv[2]))) as made:
    print(made.score(SAMPLE, ("faithfulness", "factual-correctness"), 0)["faithfulness"].value)
from ragas._analytics import _analytics_batcher, do_not_track
time.sleep(1.5)  # its thread looks once a second
_analytics_batcher.shutdown()
import json
print(json.dumps({"seen": seen, "untracked": do_not_track()}))
"""  # noqa: E501
ABSENT = """
import importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name in {"ragas", "rouge_score"} else real(name, *rest)
"""


def ran(code: str, *arguments: str, **environment: str) -> str:
    """What a program prints, with a home of its own and nothing said about tracking."""
    env = {name: value for name, value in os.environ.items() if name != "RAGAS_DO_NOT_TRACK"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, env={**env, **environment}
    )
    return done.stdout


def test_nothing_is_sent_anywhere_but_to_the_judge_and_nothing_is_kept_of_the_user(tmp_path: Path) -> None:
    from tests.evals.judge.scripted import judge
    from tests.server.llm.fault_server import FaultServer

    home = tmp_path / "home"
    home.mkdir()
    with FaultServer(reply=judge) as server:
        out = ran(WORK, server.openai, str(tmp_path / "work"), HOME=str(home)).splitlines()
    found = json.loads(out[-1])
    assert (out[0], found["untracked"]) == ("0.5", True)
    assert {kind for kind, where in found["seen"]} >= {"socket.connect"}
    assert [where for kind, where in found["seen"] if "127.0.0.1" not in where] == []
    assert list(home.rglob("*")) == []


def test_loading_comes_before_the_first_import_and_not_with_ours() -> None:
    code = "import mlplaybook.evals.judge.offline, sys; print('ragas' in sys.modules)"
    assert ran(code).strip() == "False"


def test_the_module_that_langchain_dropped_is_stood_in_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    load_parts()
    monkeypatch.delitem(sys.modules, DROPPED, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    stand_in()
    assert sys.modules[DROPPED].ChatVertexAI.__name__ == "ChatVertexAI"


def test_here_it_is_installed_so_that_the_tests_of_this_folder_test_something() -> None:
    assert is_installed()


def test_without_the_extra_a_line_says_so_and_its_metrics_do_not_apply() -> None:
    code = f"""{ABSENT}
from mlplaybook.evals.judge import offline
from mlplaybook.evals.judge.library import load_parts, missing_line
from mlplaybook.ingest.errors import BadSetting
cases = offline.read("dev")
print(missing_line(cases))
print(offline.measure(None, cases[0]).scores["rouge-l"])
try:
    load_parts()
except BadSetting as error:
    print(error)
"""
    line, score, error = ran(code).splitlines()
    assert line == "159 cases of RAGAS are not measured: the extra [evals] is not installed"
    assert score == "Score(value=None, status='na', why='the extra [evals] is not installed')"
    assert error == ("RAGAS cannot be asked: the extra [evals] is not installed. Run: pip install 'mlplaybook[evals]'")


def test_where_it_is_installed_nothing_is_said() -> None:
    assert missing_line([case(1, "ragas")]) == ""


@pytest.mark.parametrize(("score", "refused"), [(Score(0.5), False), (not_applicable("x"), True)])
def test_a_run_in_which_it_measured_nothing_is_no_baseline(score: Score, refused: bool) -> None:
    run = run_of({"ragas/rouge-l": [score, score]})
    if refused:
        with pytest.raises(BadSetting, match="RAGAS measured nothing"):
            refuse_unmeasured(run)
    else:
        refuse_unmeasured(run)
