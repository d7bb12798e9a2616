"""An agent's own call is recognised by its words; everything else is the command line's."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from mlplaybook.server.entry import corpus_to_serve
from tests.server.agents.talking import ENTRY


@pytest.mark.parametrize(
    ("words", "corpus"),
    [
        (["mcp"], ""), (["mcp", "--corpus", "notes"], "notes"), (["mcp", "--corpus=notes"], "notes"),
        (["mcp", "--help"], None), (["mcp", "--http", "8000"], None), (["mcp", "--no-front"], None),
        (["mcp", "--corpus"], None), (["mcp", "--corpus="], None), (["mcp", "--corpus", "--http"], None),
        (["mcp", "more"], None), (["ask", "mcp"], None), ([], None),
    ],
)  # fmt: skip
def test_an_agents_call_is_recognised(words: list[str], corpus: str | None) -> None:
    assert corpus_to_serve(words) == corpus


def test_every_other_command_is_as_it_was() -> None:
    done = subprocess.run([sys.executable, "-c", ENTRY, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == version("mlplaybook")


def test_the_installed_command_begins_here() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["scripts"]["mlplaybook"] == "mlplaybook.server.entry:main"
