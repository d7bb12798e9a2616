"""Write what is generated in docs: the commands' help, settings, coverage by the pages, a guide, a filled brief; tests compare.

python docs/generate.py
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import typer
from typer.main import get_command
from typer.testing import CliRunner

from mlplaybook.evals.__main__ import app as evals
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.__main__ import app as mlplaybook
from mlplaybook.server.artefacts.documents.document import Wanted, create_document
from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.guiding.guide import guide
from mlplaybook.server.artefacts.guiding.records import Wish
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.profile_file import set_options
from mlplaybook.server.authoring.coverage import coverage_page
from mlplaybook.server.authoring.pages import read_playbook
from mlplaybook.server.authoring.settings_page import settings_page
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.retrieval.profiles import create_profile
from mlplaybook.server.usage.tokens import Counter

SETTINGS = Path(__file__).with_name("settings.md")
FILL = Path(__file__).with_name("fill.md")
# What docs/fill.md sets beside its notes.
SET = {"problem_brief.latency_requirement": ("batch (minutes-hours): ready by 14:30", "--set")}
TARGET = Path(__file__).with_name("commands.md")
COVERAGE = Path(__file__).with_name("coverage.md")
GUIDE = Path(__file__).with_name("guide.md")
# What docs/guide.md shows: a project, and a step that fits into the tokens however they are counted.
PROJECT = {
    "projectPhase": "both",
    "modelType": "classical",
    "servingPattern": "realtime",
    "hasExperimentTracking": True,
}
STEP = "dev-env-setup"
WIDTH = "100"
HEAD = """# Commands

This page is generated from the commands' help by `python docs/generate.py`.

| Exit status | Meaning |
|---|---|
| 0 | done |
| 1 | `doctor`, `check` or `knowledge check` found an error; `decide` or `score` lacks an input; `fill` was given a wrong value |
| | `replay`, `prompts lock --check` or `plugin build --check` found a difference |
| 2 | an error: one line on stderr says the cause and the remedy; with `--json` also a record on stdout |
| 3 | `ask`: the corpus does not cover the question; `search`: nothing found |
| 4 | done, but pages (`ingest`) or lines (`--batch`) were left out; each is named |
| 5 | answered, but from a damaged index; the line on stderr says what and how to mend it |
| 130 | stopped by Ctrl-C |

Those of `evals` are in [evals](evals.md).
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


def guide_page(text: str, folder: Path) -> str:
    """The page of guides with its two examples as they are now; `folder` is for an index by words."""
    ingest(Job(source=pages_folder(), corpus="playbook", index=folder, encoder_id="", encoder=lambda: None))
    index = open_index(folder, "playbook", lambda wanted: (None, ""))
    profile = create_profile(PROJECT)
    made = guide(index, Wish(STEP, profile, depth=2), Counter("words", lambda words: len(words.split())))
    text = with_fence(text, "toml", set_options("", profile))
    return with_fence(text, "markdown", made.text)


def fill_page(text: str) -> str:
    """The page of filling with its example as it is now, found by words alone."""
    match = re.search(r"(?<=^```text\n).*?(?=^```$)", text, re.DOTALL | re.MULTILINE)
    assert match is not None
    notes, template = InputText("notes.md", match[0]), load_template("problem-brief")
    made = create_document(template, fill(template, [notes], SET), Wanted(texts={"notes.md": notes.text}))
    return with_fence(text, "yaml", made.text)


def with_fence(text: str, language: str, content: str) -> str:
    """The text with the content of its first fence of that language replaced."""
    pattern = re.compile(rf"(?<=^```{language}\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)
    return pattern.sub(lambda _: content, text, count=1)


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
    SETTINGS.write_text(settings_page(), "utf-8")
    COVERAGE.write_text(coverage_page(read_playbook(pages_folder())), "utf-8")
    FILL.write_text(fill_page(FILL.read_text("utf-8")), "utf-8")
    with tempfile.TemporaryDirectory() as scratch:
        GUIDE.write_text(guide_page(GUIDE.read_text("utf-8"), Path(scratch)), "utf-8")
