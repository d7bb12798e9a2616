"""What runs on GitHub is pinned, may write as little as can be, and comments once."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from mlplaybook.evals.__main__ import app

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# Everything that somebody who opens a pull request can name.
UNTRUSTED = re.compile(r"\$\{\{[^}]*(title|body|head\.ref|head_ref|label|message|email|name)\b[^}]*\}\}")


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text("utf-8"))
    return found


def steps(flow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in flow["jobs"].values() for step in job["steps"]]


def test_there_are_two_workflows() -> None:
    assert [path.name for path in FILES] == ["ci.yml", "evals.yml"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    used = re.findall(r"uses: (.*)", path.read_text("utf-8"))
    assert used
    assert [one for one in used if not PINNED.match(one)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_nothing_may_be_done_that_a_job_does_not_name_and_every_job_ends(path: Path) -> None:
    flow = read(path.name)
    assert flow["permissions"] == {}
    assert "pull_request_target" not in path.read_text("utf-8")
    assert all(job["permissions"] and job["timeout-minutes"] <= 45 for job in flow["jobs"].values())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_script_is_made_from_what_others_write(path: Path) -> None:
    scripts = [step["run"] for step in steps(read(path.name)) if "run" in step]
    assert [one for one in scripts if "${{" in one] == []
    assert not UNTRUSTED.search(" ".join(str(step.get("env", "")) for step in steps(read(path.name))))
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_what_can_write_runs_no_code_of_the_pull_request() -> None:
    jobs = read("evals.yml")["jobs"]
    assert jobs["core"]["permissions"] == {"contents": "read"}
    assert jobs["comment"]["permissions"] == {"pull-requests": "write"}
    assert not [
        step for step in jobs["comment"]["steps"] if "checkout" in step.get("uses", "") or "make" in step.get("run", "")
    ]
    assert "head.repo.full_name == github.repository" in jobs["comment"]["if"]


def test_the_run_names_options_and_a_baseline_that_there_are() -> None:
    script = next(step["run"] for step in steps(read("evals.yml")) if "evals run" in step.get("run", ""))
    words = shlex.split(script)
    known = {option for parameter in get_command(app).commands["run"].params for option in parameter.opts}  # type: ignore[attr-defined]
    assert {word for word in words if word.startswith("--")} <= known
    assert (ROOT / words[words.index("--baseline") + 1]).is_file()
    assert "html" in words[words.index("--format") + 1]


FAKE = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> "$CALLS"
case "$*" in *--paginate*) cat "$COMMENTS" ;; *) cat comment.md > "$SENT" ;; esac
"""


def comment(folder: Path, comments: str) -> tuple[list[str], str]:
    """The calls of the comment's script, with a `gh` that knows these comments of ours, and what it sent."""
    script = next(step["run"] for step in read("evals.yml")["jobs"]["comment"]["steps"] if "run" in step)
    tools = folder / "bin"
    tools.mkdir(parents=True)
    (tools / "gh").write_text(FAKE, "utf-8")
    (tools / "gh").chmod(0o755)
    (folder / "evals-report").mkdir()
    (folder / "evals-report" / "summary.md").write_text("## evals: core: passed\n", "utf-8")
    (folder / "known").write_text(comments, "utf-8")
    named = {"CALLS": "calls", "COMMENTS": "known", "SENT": "sent"}
    environment = {name: str(folder / file) for name, file in named.items()}
    given = {"REPOSITORY": "us/playbook", "NUMBER": "7", "RUN": "https://github.com/us/playbook/actions/runs/1"}
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-c", script], cwd=folder, check=True, env={**environment, **given, "PATH": path})
    return (folder / "calls").read_text("utf-8").splitlines(), (folder / "sent").read_text("utf-8")


def test_the_first_run_writes_a_comment(tmp_path: Path) -> None:
    calls, sent = comment(tmp_path, "")
    assert calls[1] == "api --silent --method POST repos/us/playbook/issues/7/comments -F body=@comment.md"
    assert sent.splitlines()[:2] == ["<!-- mlplaybook evals -->", "## evals: core: passed"]
    assert "actions/runs/1" in sent


def test_a_later_run_changes_that_comment(tmp_path: Path) -> None:
    calls, _ = comment(tmp_path, "41\n42\n")
    assert calls[1] == "api --silent --method PATCH repos/us/playbook/issues/comments/41 -F body=@comment.md"
    assert len(calls) == 2
