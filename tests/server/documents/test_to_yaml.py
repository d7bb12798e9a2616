"""A fill as YAML: values with comments that say where they are from."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from mlplaybook.server.artefacts.documents.to_yaml import to_yaml
from mlplaybook.server.artefacts.documents.tree import nest
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Field, Fill, Filled, Template
from tests.server.documents.fills import by_person, evidence, example_of, fill_of

NOTES = "# Bread\n\nWe throw away 9.4% of all loaves.\nAnswers are needed by 14:30.\n"


def field(name: str, kind: str = "text", **more: object) -> Field:
    values = {
        "required": True,
        "meaning": "m",
        "question": f"Which {name}?",
        "good": "g",
        "bad": "b",
        "section": "page#part",
    }
    return Field(name, kind, **{**values, **more})  # type: ignore[arg-type]


BRIEF = Template(
    "brief", "Brief", "What it is.", "framing", "yaml",
    (field("brief.waste"), field("brief.by"), field("brief.rows", "integer"), field("brief.kill", "list", default=("a", "b"))),
)  # fmt: skip


def test_comments_say_status_place_words_and_question() -> None:
    waste = Filled("9.4% of loaves", "filled", (evidence(NOTES, "We throw away 9.4% of all loaves."),), 0.62)
    invalid = Filled(None, "invalid", (), 0.0, problem="'many' is no whole number.")
    fill = fill_of(
        BRIEF, {"brief.waste": waste, "brief.by": "Answers are needed by 14:30.", "brief.rows": invalid}, NOTES
    )
    assert (
        to_yaml(BRIEF, fill, {"notes.md": NOTES})
        == """\
# Brief (mlplaybook brief; read more: mlplaybook read framing)
# mlplaybook: 2 filled, 1 assumed, 1 invalid of 4 fields; null is not known yet
brief:
  # filled · notes.md:3 "We throw away 9.4% of all loaves." · confidence 0.62
  waste: 9.4% of loaves
  # filled · notes.md:4
  by: Answers are needed by 14:30.
  # invalid: 'many' is no whole number. Which brief.rows? (page#part)
  rows: null
  # assumed · the template's default; to confirm: Which brief.kill? (page#part)
  kill: [a, b]

# mlplaybook fill 1 brief yaml: what was written last, so that filling again keeps your changes
# brief.waste=f66dcddc brief.by=7cc71ecf brief.rows=- brief.kill=3554d2b8
"""
    )


@pytest.mark.parametrize("name", names("templates"))
def test_every_template_loads_back_as_its_values(name: str) -> None:
    template, fill = example_of(name)
    wanted = nest({n: filled.value for n, filled in fill.fields.items()})
    assert yaml.safe_load(to_yaml(template, fill, {})) == wanted
    nothing = Fill(name, {f.name: Filled(None, "missing", question=f.question) for f in template.fields})
    assert yaml.safe_load(to_yaml(template, nothing, {})) == nest(dict.fromkeys(fill.fields))


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\x85", "\u2028", "\u2029", "\x0c"])
def test_words_cannot_leave_their_comment(sign: str) -> None:
    words = f"quiet{sign}owner: stolen{sign}# filled"
    template = load_template("problem-brief")
    name = template.fields[0].name
    value = Filled("kept", "filled", (evidence(words, words),), 0.9)
    broken = dataclasses.replace(by_person(template.fields[1], None), status="missing", question=words, problem=words)
    fill = fill_of(template, {name: value, template.fields[1].name: broken})
    loaded = yaml.safe_load(to_yaml(template, fill, {}))
    assert list(loaded) == ["problem_brief"]
    assert set(loaded["problem_brief"]) == {f.name.partition(".")[2] for f in template.fields}
