"""The examples in docs/decide.md and docs/score.md are what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mlplaybook.server.console.decide_command import decide_command
from mlplaybook.server.console.score_command import score_command

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = re.compile(r"```console\n\$ mlplaybook (?P<command>.+)\n```\n\n```text\n(?P<output>.+?)```", re.DOTALL)
app = typer.Typer()
app.command("decide")(decide_command)
app.command("score")(score_command)


def test_the_picture_of_the_page_is_what_the_command_draws(tmp_path: Path) -> None:
    found = EXAMPLE.search((DOCS / "score.md").read_text("utf-8"))
    assert found
    drawn = tmp_path / "score.svg"
    CliRunner().invoke(app, [*shlex.split(found["command"]), "--chart", str(drawn)])
    assert drawn.read_text("utf-8") == (DOCS / "img" / "score.svg").read_text("utf-8")


@pytest.mark.parametrize("page", ["decide.md", "score.md"])
def test_an_example_shows_what_the_command_prints(page: str) -> None:
    found = EXAMPLE.search((DOCS / page).read_text("utf-8"))
    assert found
    done = CliRunner().invoke(app, shlex.split(found["command"]), env={"COLUMNS": "100"})
    # Lines end where a page's lines end: without blanks.
    assert [line.rstrip() for line in done.stdout.splitlines()] == found["output"].splitlines()
