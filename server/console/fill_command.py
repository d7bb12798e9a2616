"""`mlplaybook fill`: a template filled from notes, configs and answers, every value with where it is from."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.artefacts.documents.document import (
    FORMATS,
    Document,
    Format,
    Wanted,
    check_earlier,
    create_document,
    style_of,
)
from mlplaybook.server.artefacts.documents.file_name import file_name, format_of
from mlplaybook.server.artefacts.documents.given import Given, read_answers, read_set
from mlplaybook.server.artefacts.documents.write import check_target, inside, read_existing, write_text
from mlplaybook.server.artefacts.filling.read_inputs import read_inputs
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import entries, load_template
from mlplaybook.server.artefacts.records import Fill, Template
from mlplaybook.server.artefacts.service_calls import Call, read_wish
from mlplaybook.server.console.ask_options import MaxUsd, PromptPin
from mlplaybook.server.console.asking import ask_missing
from mlplaybook.server.console.fill_views import model_line, open_lines, summary, template_line
from mlplaybook.server.console.filling import make_fill
from mlplaybook.server.console.person import create_reader
from mlplaybook.server.console.screen import print_line, print_record, say
from mlplaybook.server.settings import read_settings
from mlplaybook.server.usage.budget import read_usd

# Exit status when a value that was given cannot be used; the document is written all the same.
SOME_INVALID = 1

Name = Annotated[
    str, typer.Argument(metavar="TEMPLATE", help="A template's id, as problem-brief or model-card; none lists them.")
]
From = Annotated[
    list[Path],
    typer.Option(
        "--from",
        help="Notes, README, config, metrics.json, MLflow run, training log, CSV; a file or folder; may be repeated.",
        show_default=False,
    ),
]
More = Annotated[list[Path], typer.Argument(metavar="FILES", help="More inputs, as behind --from.", show_default=False)]
Set = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="A field's value; may be repeated. hub.license=... for the hub.",
        show_default=False,
    ),
]
Answers = Annotated[
    Path | None, typer.Option("--answers", help="A YAML or JSON file of field: value.", show_default=False)
]
Interactive = Annotated[bool, typer.Option("--interactive", help="Ask for what is required and still missing.")]
Out = Annotated[
    str,
    typer.Option(
        "-o", "--output", metavar="OUT", help="File, or folder with a / at its end; filled again, it keeps your edits.",
        show_default="stdout",
    ),
]  # fmt: skip
FormatName = Annotated[
    str,
    typer.Option(
        "--format", help=f"{', '.join(FORMATS)}; hub is a model card's README.md.", show_default="by OUT's ending"
    ),
]
Mode = Annotated[
    str, typer.Option("--mode", help="auto: a model reads along where MLPLAYBOOK_LLM names one; extractive: none; llm.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace OUT whatever it holds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the record: every field with status and evidence.")]


def fill_command(
    template: Name = "", more: More = [], files: From = [], values: Set = [], answers: Answers = None,  # noqa: B006
    interactive: Interactive = False, out: Out = "", format_name: FormatName = "", force: Force = False,
    mode: Mode = "auto", prompt: PromptPin = "", max_usd: MaxUsd = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Fill a template from what you have; what is in none of the inputs stays open, with the question to ask.

    Without -o the document goes to stdout. A file that fill wrote before is brought up to date and keeps your edits. Exit 1
    when a value you gave cannot be used.
    """
    if not template:
        return list_templates(as_json)
    wanted, settings = load_template(template), read_settings()
    call = Call(read_wish(mode), prompt, read_usd(max_usd, "--max-usd"))
    reader = create_reader("Give --set or --answers.") if interactive else None
    form = read_format(wanted, format_name, out)
    target = find_target(wanted, out, form)
    given, hub = read_given(wanted, values, answers)
    there = target is not None and check_target(target)
    earlier = read_existing(target) if target and there and not force else ""
    check_earlier(wanted, form, earlier, str(target))
    inputs = without(read_inputs([*files, *more]), earlier)
    made = make_fill(settings, wanted, inputs, given, call)
    if reader is not None:
        asked = ask_missing(wanted, made, lambda one: make_fill(settings, wanted, (), one, call), reader)
        made = with_answers(made, asked, make_fill(settings, wanted, (), asked, call))
    texts = {one.source: one.text for one in inputs}
    document = create_document(wanted, made, Wanted(form, texts, hub), earlier, str(target or ""))
    if target is not None:
        write_text(target, document.text, replace=there)
    elif not as_json:
        sys.stdout.write(document.text)
    tell(document, made, target, as_json=as_json)
    if document.problems:
        raise typer.Exit(SOME_INVALID)


def list_templates(as_json: bool) -> None:
    """Every template with what it is for."""
    found = entries("templates")
    if as_json:
        return print_record({"templates": [dataclasses.asdict(entry) for entry in found]})
    width = max(len(entry.id) for entry in found)
    for entry in found:
        print_line(template_line(entry, width))


def with_answers(made: Fill, asked: Given, answered: Fill) -> Fill:
    """The fill with what a person answered."""
    return dataclasses.replace(made, fields={**made.fields, **{name: answered.fields[name] for name in asked}})


def without(inputs: Sequence[InputText], earlier: str) -> tuple[InputText, ...]:
    """The inputs less the document that is to be filled again, which would be its own evidence."""
    return tuple(one for one in inputs if not earlier.strip() or one.text != earlier)


def read_format(template: Template, name: str, out: str) -> Format:
    """A format by its name, else by the file's ending; raises BadSetting for another."""
    if not name:
        return "own" if is_folder(out) else format_of(template, Path(out).suffix)
    found = next((known for known in FORMATS if known == name), None)
    if found is None:
        raise BadSetting(f"There is no format '{name}'.", f"Use one of: {', '.join(FORMATS)}.")
    style_of(template, found)
    return found


def is_folder(out: str) -> bool:
    """Whether the output is named as a folder, or is one."""
    return not out or out.endswith(("/", os.sep)) or Path(out).is_dir()


def find_target(template: Template, out: str, form: Format) -> Path | None:
    """The file to write, None for stdout; in a folder under the template's own name."""
    if not out or out == "-":
        return None
    return inside(Path(out), file_name(template, form)) if is_folder(out) else Path(out)


def read_given(template: Template, values: Sequence[str], answers: Path | None) -> tuple[Given, dict[str, Any]]:
    """What --answers and --set give; --set wins."""
    given, hub = ({}, {}) if answers is None else read_answers(template, read_text(answers), str(answers))
    more, more_hub = read_set(template, values)
    return {**given, **more}, {**hub, **more_hub}


def read_text(path: Path) -> str:
    """The text of the answers; raises BadSetting when it cannot be read."""
    read = read_inputs([path])[0]
    if read.problem:
        raise BadSetting(f"{path} cannot be read: {read.problem}.", "Give a YAML or JSON file of field: value.")
    return read.text


def tell(document: Document, made: Fill, target: Path | None, *, as_json: bool) -> None:
    """What became of the fields: the record on stdout, or a summary on stderr."""
    if as_json:
        record = {**dataclasses.asdict(document.fill), "conflicts": document.conflicts}
        return print_record({**record, "output": str(target) if target else None})
    for line in (*made.left_out, *made.degraded):
        say(line)
    say(summary(document.fill, target))
    if made.model:
        say(model_line(made))
    for line in (*document.problems, *document.conflicts):
        say(line)
    for line in open_lines(document.fill) if target else ():
        say(line)
