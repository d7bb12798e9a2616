"""Write docs/commands.md from the commands' own help and docs/coverage.md from the playbook; tests/test_docs.py compares.

python docs/generate.py
"""

from __future__ import annotations

import os
from pathlib import Path

import typer
from typer.main import get_command
from typer.testing import CliRunner

from mlplaybook.evals.__main__ import app as evals
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.__main__ import app as mlplaybook
from mlplaybook.server.authoring.coverage import coverage_page
from mlplaybook.server.authoring.pages import read_playbook

TARGET = Path(__file__).with_name("commands.md")
COVERAGE = Path(__file__).with_name("coverage.md")
WIDTH = "100"
HEAD = """# Commands

This page is generated from the commands' help by `python docs/generate.py`.

| Exit status | Meaning |
|---|---|
| 0 | done |
| 1 | `doctor` found an error |
| 2 | an error: one line on stderr says the cause and the remedy; with `--json` also a record on stdout |
| 3 | `ask`: the corpus does not cover the question; `search`: nothing found |
| 4 | done, but pages (`ingest`) or lines (`--batch`) were left out; each is named |
| 5 | answered, but from a damaged index; the line on stderr says what and how to mend it |
| 130 | stopped by Ctrl-C |
"""


def render() -> str:
    """The whole page."""
    return "\n".join([HEAD, *help_of("mlplaybook", mlplaybook), *help_of("evals", evals)])


def help_of(name: str, app: typer.Typer) -> list[str]:
    """A section for the command and one for each of its subcommands."""
    group = get_command(app)
    assert hasattr(group, "commands")
    calls: list[list[str]] = [[]]
    for command, inner in group.commands.items():
        calls.append([command])
        calls.extend([command, name] for name in getattr(inner, "commands", {}))
    return [section(app, name, call) for call in calls]


def section(app: typer.Typer, name: str, call: list[str]) -> str:
    """One help text in a fence."""
    os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = WIDTH
    text = CliRunner().invoke(app, [*call, "--help"], prog_name=name).output
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"## {' '.join([name, *call])}\n\n```text\n{lines}\n```\n"


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
    COVERAGE.write_text(coverage_page(read_playbook(pages_folder())), "utf-8")
