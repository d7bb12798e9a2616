"""`mlplaybook init` and `mlplaybook guide` in a process of their own, by words only."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.server.artefacts.guiding.steps import read_steps
from tests.server.conftest import one_line

# The command where the packages of the extra [local] are not installed, so that nothing is exported and embedded.
WITHOUT_WEIGHTS = "import sys; sys.modules['onnx'] = None; from mlplaybook.server.__main__ import main; main()"
Call = Callable[..., "subprocess.CompletedProcess[str]"]
PROFILE = {
    "projectPhase": "both", "modelType": "llm", "servingPattern": "realtime", "hasExperimentTracking": "true",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose index of the playbook is built by the first guide, without weights."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def call(home: Path, tmp_path: Path) -> Call:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
    environment = {**kept, "MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_PROJECT": str(tmp_path)}

    def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", WITHOUT_WEIGHTS, *arguments], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL, timeout=60, env=environment,
        )  # fmt: skip

    return run_command


def test_a_project_is_written_down_and_its_guide_follows_it(call: Call, tmp_path: Path) -> None:
    done = call("init", "--phase", "both", "--model-type", "llm", "--yes", "--json")
    assert json.loads(done.stdout) == {
        "file": str(tmp_path / "mlplaybook.toml"), "changed": True, "profile": PROFILE,
        "assumed": ["servingPattern", "hasExperimentTracking"], "implied": [],
    }  # fmt: skip
    listed = json.loads(call("guide", "--json").stdout)
    assert listed["profile"] == PROFILE
    assert [record["step"] for record in listed["steps"]] == list(read_steps())
    record = json.loads(call("guide", "create-evals", "--json").stdout)
    assert (record["step"], record["profile"], record["unknown"]) == ("create-evals", PROFILE, [])
    assert record["tokens"] <= record["budget"] == 2000
    assert "llm-evaluation" in [page["page"] for page in record["pages"]]
    shown = call("guide", "create-evals")
    assert shown.stdout == record["text"]
    assert shown.stderr.splitlines()[-1] == (
        f"mlplaybook: {record['tokens']:,} of 2,000 tokens, counted by {record['counted_by']}"
    )
    other = json.loads(call("guide", "create-evals", "--profile", "modelType=classical", "--json").stdout)
    assert {"name": "llm-evaluation", "why": "for modelType llm; the project's is classical"} in other["left_out"]


def test_the_list_has_a_line_a_step(call: Call) -> None:
    lines = call("guide").stdout.splitlines()
    assert len(lines) == 21
    assert lines[14] == "create-evals         Create evaluations (6 pages)"


def test_a_project_with_pages_of_its_own_is_guided_by_them(call: Call, tmp_path: Path) -> None:
    own = tmp_path / ".mlplaybook" / "knowledge"
    own.mkdir(parents=True)
    (own / "golden.md").write_text("# Our golden set\n\n## Summary\n\n- Ask Ada before you change it.\n")
    (tmp_path / "mlplaybook.toml").write_text('[steps.create-evals]\nappend = ["golden"]\n')
    text = call("guide", "create-evals", "--tokens", "3000").stdout
    assert "### Our golden set (`golden`)\n\nAdded to this step by mlplaybook.toml.\n\n- Ask Ada before" in text


def test_without_a_terminal_nothing_is_asked(call: Call, tmp_path: Path) -> None:
    assert one_line(call("init")).startswith("projectPhase has no default. Say which it is: training, inference, both")
    assert not (tmp_path / "mlplaybook.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("init", "--phase", "training", "--serving", "edge"),
            "servingPattern edge does not go with projectPhase training",
        ),
        (
            ("init", "--phase", "both", "--model-type", "cnn"),
            "modelType is 'cnn'; it can be classical, deep-learning, llm.",
        ),
        (("guide", "evals"), "There is no step 'evals'. Did you mean create-evals"),
        (("guide", "tdd", "--profile", "modelType=cnn"), "modelType is 'cnn'; it can be"),
        (("guide", "operations", "--tokens", "200"), "200 tokens are too few for the step operations"),
    ],
)
def test_what_cannot_be_is_one_line(call: Call, arguments: tuple[str, ...], line: str) -> None:
    done = call(*arguments)
    # Above it may stand that there are no vectors here.
    last = subprocess.CompletedProcess(done.args, done.returncode, done.stdout, done.stderr.splitlines()[-1])
    assert one_line(last).startswith(line)


def test_other_values_need_force(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mlplaybook.toml").write_text('# ours\n[project]\nmodelType = "llm" # since May\n')
    change = ("init", "--phase", "both", "--model-type", "classical", "--yes")
    assert "modelType is llm there, not classical" in one_line(call(*change))
    assert call(*change, "--force").returncode == 0
    assert (
        (tmp_path / "mlplaybook.toml")
        .read_text()
        .startswith('# ours\n[project]\nmodelType = "classical" # since May\n')
    )


def test_on_a_terminal_every_option_is_asked_until_the_answer_can_be_one(home: Path, tmp_path: Path) -> None:
    terminal, other = pty.openpty()
    os.write(terminal, b"both\nlambda\nllm\n\nfalse\n")
    environment = {**os.environ, "MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_PROJECT": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "mlplaybook.server", "init"],
        stdin=other, capture_output=True, text=True, check=True, timeout=60, env=environment,
    )  # fmt: skip
    os.close(terminal)
    os.close(other)
    lines = done.stdout.splitlines()
    assert [line.strip() for line in lines[1:-1]] == [
        "projectPhase = both", "modelType = llm", "servingPattern = realtime", "hasExperimentTracking = false",
    ]  # fmt: skip
    assert "The family of models" in done.stderr
    assert "modelType [classical/deep-learning/llm] (deep-learning): " in done.stderr
