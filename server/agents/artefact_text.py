"""Templates, checklists, decisions, rubrics, calculators and the list of pages as texts to read, by their URIs."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from mlplaybook.server.artefacts.records import Field, Template
from mlplaybook.server.artefacts.scoring.records import Rubric
from mlplaybook.server.calls.library import (
    KINDS,
    artefact_names,
    list_pages,
    show_calculator,
    show_checklist,
    show_decision,
    show_rubric,
    show_template,
)
from mlplaybook.server.service import Service

INDEX = "playbook://index"
URI = re.compile(rf"playbook://({'|'.join(KINDS)})s?/([^/#?]+)/?")
# What models write when they want the list.
LISTS = frozenset({"", "index", "pages", "all", "list", "toc", INDEX})


def artefact_text(service: Service, name: str) -> str | None:
    """The text of what a URI names unless that is a page; the list of pages without a name.

    :raises BadName: there is no such artefact.
    """
    wanted = name.strip()
    if wanted.lower().rstrip("/") in LISTS:
        return index_text(service)
    match = URI.fullmatch(wanted)
    return TEXTS[match[1]](urllib.parse.unquote(match[2])) if match else None


def index_text(service: Service) -> str:
    """Every page by folder, one line each, then how many artefacts of each kind there are and how to list them."""
    parts = [f"# {service.index.manifest.corpus}: pages by folder"]
    for folder, pages in groupby(list_pages(service), key=lambda page: page.folder):
        lines = "\n".join(f"- {page.id}: {page.title}" for page in pages)
        parts.append(f"## {folder}\n\n{lines}" if folder else lines)
    parts.append("## Artefacts\n\n" + "\n".join(f"- {kind}s: {', '.join(artefact_names(kind))}" for kind in KINDS))
    return "\n\n".join(parts) + "\n"


def template_text(name: str) -> str:
    """What a template asks for, field by field."""
    template: Template = show_template(name)
    fields = "\n".join(field_line(field) for field in template.fields)
    head = f"# {template.title}\n\n{template.description}\n\nid: {template.id}; file: {template.file}; page: {template.page}"
    return f"{head}\n\n## Fields\n\n{fields}\n"


def field_line(field: Field) -> str:
    """A field with its type, question and guidance."""
    choices = f" ({', '.join(map(str, field.allowed))})" if field.allowed else ""
    need = "" if field.required else ", optional"
    unit = f" in {field.unit}" if field.unit else ""
    return f"- {field.name}: {field.type}{choices}{unit}{need}. {field.question} Good: {field.good} [{field.section}]"


def checklist_text(name: str) -> str:
    """A checklist by groups."""
    values = show_checklist(name)
    parts = [f"# {values['title']}\n\n{values['description']}\n\nWhen: {values['when']}; page: {values['page']}"]
    for group, items in groupby(values["items"], key=lambda item: item.get("group", "")):
        lines = "\n".join(check_line(item) for item in items)
        parts.append(f"## {group}\n\n{lines}" if group else lines)
    return "\n\n".join(parts) + "\n"


def check_line(item: Mapping[str, Any]) -> str:
    """One check."""
    unless = f" Except: {item['exception']}" if item.get("exception") else ""
    return f"- [ ] {item['text']} Why: {item['why']}{unless} [{item['section']}]"


def decision_text(name: str) -> str:
    """A decision table: inputs, then rows in their order."""
    values = show_decision(name)
    inputs = "\n".join(
        f"- {i['name']}: {i['type']}{' (' + ', '.join(i['allowed']) + ')' if i['allowed'] else ''}"
        f"{' in ' + i['unit'] if i['unit'] else ''}. {i['question']}"
        for i in values["inputs"]
    )
    rows = "\n".join(
        f"{number}. {conditions(row['when'])}: {row['result']}. {row['reason']} [{row['section']}]"
        for number, row in enumerate(values["rows"], start=1)
    )
    rule = "The first row that fits decides." if values["hit"] == "first" else "Every row that fits holds."
    return f"# {values['title']}\n\n{values['description']}\n\n## Inputs\n\n{inputs}\n\n## Rows\n\n{rule}\n\n{rows}\n"


def conditions(when: Mapping[str, str]) -> str:
    """The conditions of a row."""
    return " and ".join(f"{name} {condition}" for name, condition in when.items()) or "always"


def rubric_text(name: str) -> str:
    """A rubric: dimensions with what each rating means, bands, floors."""
    rubric: Rubric = show_rubric(name)
    parts = [f"# {rubric.title}\n\n{rubric.description}"]
    for one in rubric.dimensions:
        anchors = "\n".join(f"- {score:g}: {meaning}" for score, meaning in one.anchors.items())
        parts.append(f"## {one.name}\n\n{one.question or one.title} [{one.section}]\n\n{anchors}")
    bands = "\n".join(f"- from {band.start:g}: {band.label}. {band.meaning}" for band in rubric.bands)
    return "\n\n".join([*parts, f"## Bands\n\n{bands}"]) + "\n"


def calculator_text(name: str) -> str:
    """A calculator: formula and inputs."""
    found = show_calculator(name)
    inputs = "\n".join(
        f"- {p.name}{'' if p.required else ' (optional)'}: {p.meaning}, such as {p.example}" for p in found.inputs
    )
    return f"# {found.title}\n\n{found.formula} [{found.section}]\n\n## Inputs\n\n{inputs}\n"


TEXTS: Mapping[str, Callable[[str], str]] = {
    "template": template_text, "checklist": checklist_text, "decision": decision_text, "rubric": rubric_text,
    "calculator": calculator_text,
}  # fmt: skip
