"""The check of a filled document: one pass over its fields, one over the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from mlplaybook.server.artefacts.checking.entries import Entry, Reading, read_entries
from mlplaybook.server.artefacts.checking.placeholders import find_copies, find_marks
from mlplaybook.server.artefacts.checking.rules import apply_rule, load_rules
from mlplaybook.server.artefacts.checking.source import Source, read_source
from mlplaybook.server.artefacts.checking.typed import check_type
from mlplaybook.server.artefacts.checking.values import Values
from mlplaybook.server.artefacts.checking.which import find_template
from mlplaybook.server.artefacts.records import Field, Finding, Severity, Template

# The checks that look at one field by itself.
GENERAL = frozenset({"required", "type", "placeholder", "example-copied", "unknown-key"})
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Checked:
    """A document's template, how it was found, how many of its fields have a value, and the findings, worst first."""

    template: str
    reason: str
    filled: int
    fields: int
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def check(text: str, template: str | None = None) -> tuple[Finding, ...]:
    """What is wrong or doubtful in a filled document, worst first.

    :raises BadDocument: it cannot be read, or no template fits it.
    :raises BadName: there is no template of that name.
    """
    return examine(text, template or "").findings


def examine(text: str, template: str = "", file: str = "") -> Checked:
    """The findings of `check` with the template and how it was found; `file` is the document's name, if it has one.

    :raises BadDocument: it cannot be read, or no template fits it.
    :raises BadName: there is no template of that name.
    """
    source = read_source(text, file)
    found, reason = find_template(source, template, file)
    reading = read_entries(source, found)
    findings = [
        *check_fields(found, reading, source),
        *check_rules(found, reading, source),
        *check_strangers(found, reading),
    ]
    filled = sum(entry.value not in (None, "", [], {}) for entry in reading.entries.values())
    return Checked(found.id, reason, filled, len(found.fields), tuple(sort(once(findings))))


def sort(findings: list[Finding]) -> list[Finding]:
    """Worst first, then in the order of the document."""
    return sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding.line))


def once(findings: list[Finding]) -> list[Finding]:
    """Without what says less about the same words.

    Where a placeholder stands no rule has anything to add, and a rule knows more than that an example was copied.
    """
    held = {(f.field, f.words) for f in findings if f.rule == "placeholder" and f.severity == "error"}
    told = {(f.field, f.words) for f in findings if f.rule not in GENERAL}
    kept = [
        finding
        for finding in findings
        if not (finding.rule not in GENERAL and (finding.field, finding.words) in held)
        and not (finding.rule == "example-copied" and (finding.field, finding.words) in told)
    ]
    return list(dict.fromkeys(kept))


def check_fields(template: Template, reading: Reading, source: Source) -> Iterator[Finding]:
    """Each field by itself: there, of its type, and no placeholder."""
    for field in template.fields:
        entry = reading.entries.get(field.name)
        if entry is None or (entry.value in (None, "", [], {}) and field.default != ()):
            yield from missing(field, entry, structured=reading.structured)
            continue
        # Prose below a heading may answer a field that a form asks as list or mapping.
        prose = not reading.structured and isinstance(entry.value, str) and field.type in {"list", "mapping"}
        for severity, problem, remedy in () if prose else check_type(as_written(entry, field), field):
            yield create(severity, field, entry, f"{problem[:1].upper()}{problem[1:]}.", remedy, "type")
        for part in parts(entry, source):
            for severity, problem, remedy in find_marks(part.value, field):
                yield create(severity, field, part, f"{problem}.", remedy, "placeholder")
        for severity, problem, remedy in find_copies(entry.value, field):
            yield create(
                severity, field, entry, f"{problem[:1].upper()}{problem[1:].rstrip('.')}.", remedy, "example-copied"
            )


def parts(entry: Entry, source: Source) -> Iterator[Entry]:
    """The entries of a list with their own places, any other value as it is."""
    if not isinstance(entry.value, list):
        yield entry
        return
    for number, item in enumerate(entry.value):
        place = source.places.get((*entry.path, str(number)), entry.place) if entry.path else entry.place
        yield Entry(item, place, (*entry.path, str(number)))


def as_written(entry: Entry, field: Field) -> Any:  # noqa: ANN401 (a document holds anything)
    """The value; the words of the document where YAML took a choice, a date or a duration for something else (off, 10:30)."""
    taken = isinstance(entry.value, bool | int | float) and field.type in {"enum", "date", "duration"}
    return entry.place.words if taken and entry.place.words and entry.value not in field.allowed else entry.value


def missing(field: Field, entry: Entry | None, *, structured: bool) -> Iterator[Finding]:
    """A field that is required and has no value; where a form was rewritten, it may only not have been found."""
    if not field.required:
        return
    place = entry.place if entry else None
    problem = "The field is required and empty." if structured or entry else "The field was not found in the document."
    remedy = f"Answer: {field.question}"
    if not structured and entry is None:
        remedy += f" Write it under its own name, {field.name.rpartition('.')[2].replace('_', ' ')}."
    severity: Severity = "error" if structured or entry else "warning"
    yield Finding(severity, field.name, "", problem, remedy, field.section, "required", place.line if place else 0)


def create(severity: str, field: Field, entry: Entry, problem: str, remedy: str, rule: str) -> Finding:
    """A finding at a field."""
    known = next(s for s in SEVERITIES if s == severity)
    return Finding(known, field.name, entry.place.words, problem, remedy, field.section, rule, entry.place.line)


def check_rules(template: Template, reading: Reading, source: Source) -> Iterator[Finding]:
    """The findings of every rule for the template."""
    values = Values(template, reading.entries, source.tree, source.places)
    for rule in load_rules():
        if template.id in rule.templates:
            yield from apply_rule(rule, values)


def check_strangers(template: Template, reading: Reading) -> Iterator[Finding]:
    """Keys that are no field: a warning where another spelling is meant, a note where the key is the document's own."""
    for key, place, meant in reading.strangers:
        section = next((f.section for f in template.fields if f.name == meant), template.fields[0].section)
        if meant:
            problem = f"The template has no field '{key}'; its value counts for nothing."
            yield Finding(
                "warning", key, place.words, problem, f"Rename it {meant}.", section, "unknown-key", place.line
            )
