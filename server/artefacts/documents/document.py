"""A fill as the text of a document in one of its formats, written anew or merged with the one that is there."""

from __future__ import annotations

import bisect
import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mlplaybook.ingest.errors import BadDocument, BadSetting
from mlplaybook.server.artefacts.documents.hub_metadata import find_extras, read_extras
from mlplaybook.server.artefacts.documents.merge import Decision, Earlier, decide, from_document
from mlplaybook.server.artefacts.documents.merge_lines import merge_lines
from mlplaybook.server.artefacts.documents.model_card_hub import TEMPLATE as MODEL_CARD
from mlplaybook.server.artefacts.documents.model_card_hub import to_model_card
from mlplaybook.server.artefacts.documents.read_back import Held, read_back
from mlplaybook.server.artefacts.documents.remarks import remark
from mlplaybook.server.artefacts.documents.to_body import fit, to_body
from mlplaybook.server.artefacts.documents.to_markdown import to_markdown
from mlplaybook.server.artefacts.documents.to_yaml import tally, to_yaml
from mlplaybook.server.artefacts.documents.trailer import (
    SIGNS,
    Trailer,
    Written,
    read_trailer,
    write_marks,
    write_values,
)
from mlplaybook.server.artefacts.documents.yaml_edit import Change, edit_yaml
from mlplaybook.server.artefacts.records import Evidence, Field, Fill, Filled, Template

Format = Literal["own", "yaml", "json", "md", "hub"]
FORMATS: tuple[Format, ...] = ("own", "yaml", "json", "md", "hub")
SHOWN = ("filled", "assumed")
ELSEWHERE = "Write to another file with -o, or replace this one with --force."


@dataclass(frozen=True, slots=True)
class Document:
    """A document's text, the fill it shows (merged with the earlier one), and what a person should look at.

    `conflicts` are changes of a person that the inputs contradict, `problems` values that cannot be used.
    """

    text: str
    fill: Fill
    conflicts: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write: the format, the inputs by source for line numbers, and metadata for the hub beside the fields."""

    format: Format = "own"
    texts: Mapping[str, str] = field(default_factory=dict)
    hub: Mapping[str, Any] = field(default_factory=dict)


def create_document(
    template: Template, fill: Fill, wanted: Wanted, earlier: str = "", name: str = ""
) -> Document:  # fmt: skip
    """The document of a fill; `earlier` is the text of the file `name` that it is to be merged with, "" for none.

    :raises BadSetting: the template has no such format.
    :raises BadDocument: the earlier text was not written by this function, for another template or in another format, or
        can no longer be read.
    """
    style = style_of(template, wanted.format)
    fill = fit(template, fill) if style == "body" else fill
    problems = tuple(f"{n}: {filled.problem}" for n, filled in fill.fields.items() if filled.status == "invalid")
    made = create(template, fill, wanted, style, earlier.replace("\r\n", "\n"), name)
    made = with_breaks(made, earlier, name) if "\r\n" in earlier else made
    return dataclasses.replace(made, problems=problems)


def with_breaks(made: Document, earlier: str, name: str) -> Document:
    """The document with the line breaks of Windows that the earlier one has, and its evidence where it stands there."""
    plain = earlier.replace("\r\n", "\n")
    ends = [number for number, sign in enumerate(plain) if sign == "\n"]

    def moved(evidence: Evidence) -> Evidence:
        if evidence.source != name:
            return evidence
        start = evidence.char_start + bisect.bisect_left(ends, evidence.char_start)
        end = evidence.char_end + bisect.bisect_left(ends, evidence.char_end)
        return Evidence(name, earlier[start:end], start, end)

    fields = {
        key: dataclasses.replace(filled, evidence=tuple(map(moved, filled.evidence)))
        for key, filled in made.fill.fields.items()
    }
    fill = dataclasses.replace(made.fill, fields=fields)
    return dataclasses.replace(made, text=made.text.replace("\n", "\r\n"), fill=fill)


def create(template: Template, fill: Fill, wanted: Wanted, style: str, earlier: str, name: str) -> Document:
    """The document in a style."""
    if style == "json":
        return plain_document(json.dumps(dataclasses.asdict(fill), ensure_ascii=False, indent=2) + "\n", fill, earlier)
    if style == "body" and template.form == "json":
        return plain_document(to_body(template, fill), fill, earlier)
    trailer = read_earlier(template, style, earlier, name) if earlier.strip() else None
    if style == "yaml":
        return fill_yaml(template, fill, wanted.texts, trailer, name, earlier)
    return fill_text(template, fill, wanted, style, trailer, name)


def style_of(template: Template, form: Format) -> str:
    """How the document is made: `yaml`, `body`, `md`, `hub` or `json`; raises BadSetting for a format that does not fit."""
    if form == "hub" and template.id != MODEL_CARD:
        raise BadSetting(
            f"The template {template.id} has no format 'hub'.", f"Only {MODEL_CARD} has; use own, yaml, md or json."
        )
    if form == "own":
        return "body" if template.body else "yaml"
    return "body" if form == "md" and template.body and template.form == "markdown" else form


def plain_document(text: str, fill: Fill, earlier: str) -> Document:
    """JSON has no comments, so nothing can be kept of a file that differs; raises BadDocument then."""
    if earlier.strip() and earlier.strip() != text.strip():
        raise BadDocument("A JSON file has no comments to tell your changes from ours by.", ELSEWHERE)
    return Document(text, fill)


def check_earlier(template: Template, form: Format, earlier: str, name: str) -> None:
    """Raise BadDocument at once, before anybody is asked anything, where a file cannot be merged with; "" always can."""
    style = style_of(template, form)
    if earlier.strip() and style != "json" and not (style == "body" and template.form == "json"):
        read_earlier(template, style, earlier.replace("\r\n", "\n"), name)


def read_earlier(template: Template, style: str, earlier: str, name: str) -> Trailer:
    """The trailer of the file that is there; raises BadDocument when it is not what would be written now."""
    trailer = read_trailer(earlier)
    called = name or "The file"
    if trailer is None:
        raise BadDocument(f"{called} was not written by mlplaybook fill.", ELSEWHERE)
    if (trailer.template, trailer.format) != (template.id, style):
        raise BadDocument(f"{called} is a {trailer.template} in the format {trailer.format}.", ELSEWHERE)
    return trailer


def fill_yaml(
    template: Template, fill: Fill, texts: Mapping[str, str], trailer: Trailer | None, name: str, earlier: str
) -> Document:  # fmt: skip
    """A YAML document, new or edited in place field by field."""
    if trailer is None:
        return Document(to_yaml(template, fill, texts), fill)
    before = Earlier(name, earlier, read_back(earlier, template), trailer.marks)
    fields = {f.name: f for f in template.fields}
    decisions = {n: decide(fields[n], filled, before, texts) for n, filled in fill.fields.items()}
    merged = dataclasses.replace(fill, fields={n: d.filled for n, d in decisions.items()})
    changes: dict[str, Change] = {n: d.change for n, d in decisions.items() if d.change is not None}
    text = edit_yaml(trailer.text, template, changes)
    marks = {n: d.base for n, d in decisions.items()}
    text = recount(text, template, merged).rstrip("\n")
    return Document(f"{text}\n\n{write_marks(template.id, marks)}", merged, conflicts_of(decisions))


def recount(text: str, template: Template, fill: Fill) -> str:
    """The document with its line of counts brought up to date, where a person has left it."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("# mlplaybook: ") and line.endswith("null is not known yet"):
            lines[number] = tally(fill)
            break
    return "\n".join(lines)


def conflicts_of(decisions: Mapping[str, Decision]) -> tuple[str, ...]:
    """What a person should look at, field by field."""
    return tuple(decision.conflict for decision in decisions.values() if decision.conflict)


def fill_text(
    template: Template, fill: Fill, wanted: Wanted, style: str, trailer: Trailer | None, name: str
) -> Document:  # fmt: skip
    """A body, a Markdown document or a model card of the hub, new or merged line by line."""
    form = template.form if style == "body" else "markdown"
    fields = {f.name: f for f in template.fields}
    remarks = {n: remark(fields[n], filled, wanted.texts) for n, filled in fill.fields.items()}
    if trailer is not None:
        fill, remarks = keep_values(fill, remarks, trailer, name)
    text = render(template, fill, wanted, style, trailer.text if trailer else "")
    made = merge_lines(trailer.lines, trailer.text, text) if trailer is not None else None
    notes = [*asked(fields, fill, form), *(f"conflict in {note}" for note in (made.conflicts if made else ()))]
    values = {n: as_written(filled, remarks[n]) for n, filled in fill.fields.items() if filled.status in SHOWN}
    end = write_values(template.id, form, style, values, text, notes)
    body = made.text if made else text
    return Document(f"{body.rstrip(chr(10))}\n\n{end}", fill, made.conflicts if made else ())


def as_written(filled: Filled, words: str) -> Written:
    """A trailer's line for a field: what the remark says behind the status, without a question."""
    return Written(filled.value, filled.status, words.partition(" · ")[2].partition("; to confirm: ")[0])


def keep_values(
    fill: Fill, remarks: Mapping[str, str], trailer: Trailer, name: str
) -> tuple[Fill, dict[str, str]]:  # fmt: skip
    """Values that were written last and that the inputs no longer give, with their old remarks."""
    kept, said = dict(fill.fields), dict(remarks)
    earlier = Earlier(name, "", {}, {})
    for field_name, filled in fill.fields.items():
        written = trailer.values.get(field_name)
        if written is None or written.status != "filled" or filled.status == "filled":
            continue
        start, end = written.place
        record = from_document(filled, earlier, Held(written.value, start, end))
        quoted = tuple(
            dataclasses.replace(e, quote=json.dumps(written.value, ensure_ascii=False)) for e in record.evidence
        )
        kept[field_name] = dataclasses.replace(record, evidence=quoted)
        said[field_name] = f"filled · {written.remark}"
    return dataclasses.replace(fill, fields=kept), said


def render(template: Template, fill: Fill, wanted: Wanted, style: str, earlier: str) -> str:
    """The text of a document without its trailer."""
    if style == "body":
        return to_body(template, fill)
    if style == "md":
        return to_markdown(template, fill, wanted.texts)
    return to_model_card(fill, {**find_extras({"earlier": earlier, **wanted.texts}), **read_extras(wanted.hub)})


def asked(fields: Mapping[str, Field], fill: Fill, form: str) -> list[str]:
    """The questions of what is missing; Markdown has them in the text."""
    if form not in SIGNS:
        return []
    return [
        f"TODO({n}): {filled.question or fields[n].question} ({filled.guidance or fields[n].section})"
        for n, filled in fill.fields.items()
        if filled.status in {"missing", "invalid"}
    ]
