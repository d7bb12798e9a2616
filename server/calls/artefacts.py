"""Documents filled and checked, decisions, scores, calculations and guides, out of plain JSON-like values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlplaybook.ingest.errors import BadDocument, BadSetting
from mlplaybook.server.artefacts.calculators.columns import File, bind
from mlplaybook.server.artefacts.calculators.records import Calculation
from mlplaybook.server.artefacts.calculators.registry import calculate as calculate_with
from mlplaybook.server.artefacts.calculators.registry import find_calculator
from mlplaybook.server.artefacts.checking.check import Checked, examine
from mlplaybook.server.artefacts.deciding.aliases import Found, find_decision
from mlplaybook.server.artefacts.deciding.judge import Rest, judge
from mlplaybook.server.artefacts.deciding.records import Verdict
from mlplaybook.server.artefacts.documents.document import (
    FORMATS,
    Document,
    Format,
    Wanted,
    check_earlier,
    create_document,
    style_of,
)
from mlplaybook.server.artefacts.documents.file_name import file_name
from mlplaybook.server.artefacts.documents.given import ANSWERS, HUB, Given, empty, flatten
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.guiding.guide import guide as guide_with
from mlplaybook.server.artefacts.guiding.records import Guide, Wish
from mlplaybook.server.artefacts.guiding.steps import find_step
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.records import Fill, Template
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.records import Rubric, Score
from mlplaybook.server.artefacts.scoring.rubrics import find_rubric
from mlplaybook.server.artefacts.service_calls import Call, fill_document
from mlplaybook.server.calls.tokens import counter_of
from mlplaybook.server.service import Service

# What somebody sends in one request; a file on disk may be longer.
LONGEST_TEXT = 400_000
MOST_NOTES = 40
# An agent's own model writes, and HTTP asks one only within what a key may spend (server/rest/filling.py).
ALONE = Call("extractive")


@dataclass(frozen=True, slots=True)
class FillRequest:
    """Values by field, whole or short names or nested as in the document, and texts by name to find more in.

    `earlier` is the document as it was written before and edited since; what a person changed in it stays.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    format: str = "own"
    earlier: str = ""


@dataclass(frozen=True, slots=True)
class FillReply:
    """The document, its template, and the usual name of its file."""

    template: Template
    document: Document
    file: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A request to fill that can be worked on: `inputs` and `given` for the fill, the rest for its document `name`."""

    template: Template
    inputs: tuple[InputText, ...]
    given: Given
    wanted: Wanted
    earlier: str
    name: str


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """A document's text; without a template the one that fits is found, to which the name of the file may help."""

    text: str
    template: str = ""
    file: str = ""


def fill(service: Service, request: FillRequest) -> FillReply:
    """Fill a template without asking a model; as `read_fill`."""
    ready = read_fill(request)
    made = fill_document(service, ready.template, ready.inputs, ready.given, ALONE)
    return write_fill(ready, made)


def read_fill(request: FillRequest) -> Ready:
    """What a request asks for, everything that can be wrong with it found before anybody works on it.

    :raises BadName: there is no such template or field.
    :raises BadSetting: there is no such format, or it does not fit the template.
    :raises BadDocument: a text is too long, or the earlier document cannot be merged.
    """
    template = load_template(request.template)
    form = read_format(template, request.format)
    given, hub = read_values(template, request.values)
    inputs = read_notes(request.notes)
    refuse_long(request.earlier, "the earlier document")
    name = file_name(template, form)
    check_earlier(template, form, request.earlier, name)
    # A document that is filled again would be its own evidence.
    others = tuple(one for one in inputs if not request.earlier.strip() or one.text != request.earlier)
    return Ready(
        template, others, given, Wanted(form, {one.source: one.text for one in others}, hub), request.earlier, name
    )


def write_fill(ready: Ready, made: Fill) -> FillReply:
    """The document of a fill, merged with the earlier one; raises BadDocument where JSON would lose what is in that."""
    document = create_document(ready.template, made, ready.wanted, ready.earlier, ready.name)
    return FillReply(ready.template, document, ready.name)


def read_format(template: Template, name: str) -> Format:
    """A format by its name; raises BadSetting."""
    found = next((known for known in FORMATS if known == name), None)
    if found is None:
        raise BadSetting(f"There is no format '{name}'.", f"Use one of: {', '.join(FORMATS)}.")
    style_of(template, found)
    return found


def read_values(template: Template, values: Mapping[str, Any]) -> tuple[Given, dict[str, Any]]:
    """Values by field with their source, and metadata for the hub; raises BadName."""
    rest = dict(values)
    hub = rest.pop(HUB, None) or {}
    if not isinstance(hub, Mapping):
        raise BadSetting(f"'{HUB}' is no mapping.", 'Give for example {"license": "apache-2.0"}.')
    found = {one.name: (value, ANSWERS) for one, value in flatten(template, rest, "") if not empty(value)}
    return found, dict(hub)


def read_notes(notes: Mapping[str, str]) -> tuple[InputText, ...]:
    """Texts with their names; raises BadDocument for too many or too long ones."""
    if len(notes) > MOST_NOTES:
        raise BadDocument(f"{len(notes)} texts are too many.", f"Give at most {MOST_NOTES}, the ones that matter.")
    for name, text in notes.items():
        refuse_long(text, name)
    return tuple(InputText(name, text) for name, text in notes.items())


def refuse_long(text: str, name: str) -> None:
    """Raises BadDocument for a text that is too long."""
    if len(text) > LONGEST_TEXT:
        raise BadDocument(
            f"{name} has {len(text):,} characters.", f"Give at most {LONGEST_TEXT:,}: the part that matters."
        )


def check(request: CheckRequest) -> Checked:
    """Check a document.

    :raises BadDocument: it cannot be read, is too long, or no template fits it.
    :raises BadName: there is no such template.
    """
    refuse_long(request.text, "The document")
    if not request.text.strip():
        raise BadDocument("The document is empty.", "Give its whole text.")
    return examine(request.text, request.template, request.file)


def decide(name: str, inputs: Mapping[str, Any], rest: Rest = "") -> tuple[Verdict, Found]:
    """Ask a decision table; what its name presets counts unless it is given.

    :raises BadName: there is no such decision or input.
    :raises BadDocument: a value that its input does not take.
    """
    found = find_decision(name)
    return judge(found.decision, {**found.preset, **inputs}, rest), found


def score(name: str, ratings: Mapping[str, Any], evidence: Mapping[str, str] | None = None) -> tuple[Score, Rubric]:
    """Apply a rubric: dimension to a number or {score, evidence}, fact to yes or no.

    :raises BadName: there is no such rubric or dimension.
    :raises BadDocument: a rating off the scale.
    """
    rubric = find_rubric(name)
    return rate(rubric, ratings, evidence), rubric


def calculate(
    name: str, inputs: Mapping[str, Any], csv: str = "", column: str = "", reference: str = ""
) -> Calculation:
    """Work out a formula; `csv` and `reference` are texts of tables whose `column` gives the values.

    :raises BadName: there is no such calculator.
    :raises BadDocument: an input is unknown, missing or cannot be used.
    :raises BadSetting: the formula needs a package of the extra `[calculate]`.
    """
    bound: Mapping[str, Any] = {}
    if csv or reference:
        files = [File(label, text) if text else None for label, text in (("csv", csv), ("reference", reference))]
        bound = bind(find_calculator(name), [column] if column else [], files[0], files[1])
    return calculate_with(name, {**inputs, **bound})


def guide(service: Service, wish: Wish) -> Guide:
    """The guidance for a step, which may be named by its id, its title or the beginning of either.

    :raises BadName: there is no such step.
    :raises BadSetting: a depth or number of tokens that cannot be used.
    """
    named = dataclasses.replace(wish, step=find_step(wish.step).id)
    return guide_with(service.index, named, counter_of(service.index))
