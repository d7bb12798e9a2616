"""Rules for the acceptance list: every row stands on its page under a heading, and every artefact follows its schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from jsonschema import Draft202012Validator

from mlplaybook.server.artefacts.decide import BadCondition, decide
from mlplaybook.server.artefacts.score import total
from mlplaybook.server.authoring.findings import Finding
from mlplaybook.server.authoring.pages import Artefact, Page, Playbook

# Rows that are settled wherever their subject comes up, and rows that are code.
ANYWHERE, CODE = "X", "E"
PENNY = 0.05


def rows_stand_where_they_belong(playbook: Playbook, today: date) -> Iterator[Finding]:
    """No row is missing, none is unknown, and each names a heading that the page has."""
    pages = {page.id: page for page in playbook.pages}
    for row, entry in playbook.features.items():
        home = entry.get("page")
        if home and row not in rows_of(pages.get(home)):
            yield Finding("rows", home, f"row {row} ({entry['title']}) is missing; say under which heading it stands")
    settled = {row for page in playbook.pages for row in rows_of(page)}
    for row in playbook.features:
        if row.startswith(ANYWHERE) and row not in settled:
            yield Finding(
                "rows", "playbook", f"correction {row} ({playbook.features[row]['title']}) is settled on no page"
            )
    for page in playbook.pages:
        for row, anchor in rows_of(page).items():
            if row not in playbook.features:
                yield Finding("rows", page.id, f"row {row} is on no list; correct it")
            if anchor not in page.anchors:
                yield Finding("rows", page.id, f"row {row}: the page has no heading {anchor}")


def rows_of(page: Page | None) -> Mapping[str, str]:
    """Row to anchor, as a page's front matter says."""
    found = page.values.get("features") if page else None
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def artefacts_follow_their_schema(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Every artefact is valid, named like its file, and belongs to a page and to known rows."""
    pages = {page.id for page in playbook.pages}
    for artefact in playbook.artefacts:
        if artefact.problem:
            yield Finding("artefacts", artefact.source, artefact.problem)
            continue
        schema = playbook.schemas.get(artefact.kind)
        for error in Draft202012Validator(schema).iter_errors(artefact.values) if schema else ():
            place = "/".join(str(part) for part in error.absolute_path) or "the file"
            yield Finding("artefacts", artefact.source, f"{place}: {error.message[:160]}")
        if artefact.values.get("id") != artefact.source.split("/")[-1].removesuffix(".yaml"):
            yield Finding("artefacts", artefact.source, "id must be the file's name")
        if artefact.kind != "overlay" and artefact.values.get("page") not in pages:
            yield Finding("artefacts", artefact.source, f"there is no page {artefact.values.get('page')!r}")
        for row in artefact.values.get("features") or ():
            if row not in playbook.features:
                yield Finding("artefacts", artefact.source, f"row {row} is on no list; correct it")


def artefacts_lead_to_sections(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Every `section` and `page` inside an artefact exists."""
    pages = {page.id: page for page in playbook.pages}
    for artefact in playbook.artefacts:
        for key, target in references(artefact.values):
            page, _, anchor = target.partition("#")
            if page not in pages or (key == "section" and anchor not in pages[page].anchors):
                yield Finding("artefacts", artefact.source, f"{key} {target} leads nowhere")


def references(value: object) -> Iterator[tuple[str, str]]:
    """Every `section:` and `page:` below a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"section", "page"} and isinstance(inner, str):
                yield key, inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def template_fields_ask_their_question(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Every field has the question that gets its value out of a person, and no name twice."""
    for artefact in playbook.artefacts:
        if artefact.kind == "template" and not artefact.problem:
            yield from check_fields(artefact)


def check_fields(artefact: Artefact) -> Iterator[Finding]:
    """The findings of one template's fields."""
    fields: list[dict[str, Any]] = artefact.values.get("fields") or []
    for entry in fields:
        if not str(entry.get("question", "")).strip().endswith("?"):
            yield Finding("questions", artefact.source, f"field {entry.get('name')} has no question")
        if entry.get("type") == "enum" and not entry.get("allowed"):
            yield Finding("questions", artefact.source, f"field {entry.get('name')} is a choice without choices")
    names = [entry.get("name") for entry in fields]
    for name in sorted({str(name) for name in names if names.count(name) > 1}):
        yield Finding("questions", artefact.source, f"field {name} stands twice")
    example = artefact.values.get("example") or {}
    lacking = [str(entry["name"]) for entry in fields if entry.get("required") and entry.get("name") not in example]
    if lacking:
        yield Finding("questions", artefact.source, f"the example lacks {', '.join(lacking)}")


def examples_come_out(playbook: Playbook, today: date) -> Iterator[Finding]:
    """Decision tables and rubrics give what their own examples say."""
    for artefact in playbook.artefacts:
        if artefact.kind == "decision" and not artefact.problem:
            for example in artefact.values.get("examples") or ():
                try:
                    found = [row["result"] for row in decide(artefact.values, example["inputs"])]
                except BadCondition as error:
                    found = [str(error)]
                if found != example["results"]:
                    yield Finding(
                        "examples", artefact.source, f"{example['inputs']} gives {found}, not {example['results']}"
                    )
        if artefact.kind == "rubric" and artefact.values.get("example"):
            example = artefact.values["example"]
            points = total(artefact.values, example["scores"])
            if abs(points - example["total"]) > PENNY:
                yield Finding(
                    "examples", artefact.source, f"the example adds up to {points:g}, not {example['total']:g}"
                )
