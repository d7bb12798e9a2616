"""docs/check.md shows what the command prints and which rules there are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from mlplaybook.server.artefacts.checking.rules import load_rules
from mlplaybook.server.console.check_command import check_command

PAGE = (Path(__file__).parents[2] / "docs" / "check.md").read_text("utf-8")
app = typer.Typer()
app.command("check")(check_command)


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.+?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_example_shows_what_the_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brief.yaml").write_text(block("yaml"), "utf-8")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["brief.yaml"], env={"COLUMNS": "100"})
    assert done.stdout == block("text")


def test_the_table_counts_the_rules_of_each_template() -> None:
    counts = Counter((name, rule.severity) for rule in load_rules() for name in rule.templates)
    rows = re.findall(r"^\| ([a-z-]+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE, re.MULTILINE)
    shown = {
        (name, severity): int(n)
        for name, *ns in rows
        for severity, n in zip(("error", "warning", "note"), ns, strict=True)
    }
    assert {key: n for key, n in shown.items() if n} == counts
