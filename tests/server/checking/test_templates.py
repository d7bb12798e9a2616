"""The templates' own good values have no errors, and their bad ones are found where a program can see them."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.checking.check import check, examine
from mlplaybook.server.artefacts.documents.document import Format, Wanted, create_document
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Evidence, Fill, Filled
from tests.server.checking.documents import thaw, write

TEMPLATES = names("templates")
# Bad for a reason that only a person knows: a choice that is right elsewhere, a tick set too early, a delay of nothing.
UNSEEN = {
    "cicd-pipeline": 8, "label-join-query": 1, "model-requirements": 4, "model-server-package": 1, "prediction-api": 1,
    "sweep-config": 3,
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_example_and_good_values_have_no_errors(name: str) -> None:
    template = load_template(name)
    good = {field.name: thaw(field.good) for field in template.fields}
    for values in (template.example, good):
        assert [finding for finding in check(write(values), name) if finding.severity == "error"] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_bad_values_are_found(name: str) -> None:
    template = load_template(name)
    before = {(finding.rule, finding.field) for finding in check(write(template.example), name)}
    unseen = []
    for field in template.fields:
        found = check(write({**template.example, field.name: thaw(field.bad)}), name)
        if not any(f.field == field.name or (f.rule, f.field) not in before for f in found):
            unseen.append(field.name)
    assert len(unseen) <= UNSEEN.get(name, 0), unseen


@pytest.mark.parametrize(
    ("name", "form"),
    [("model-card", "hub"), *((name, form) for name in TEMPLATES for form in ("own", "yaml", "json", "md"))],
)
def test_what_fill_writes_is_read_back_whole_and_without_errors(name: str, form: Format) -> None:
    template = load_template(name)
    given = {k: thaw(v) for k, v in template.example.items() if v is not None}
    fields = {
        field.name: Filled(given[field.name], "filled", (Evidence("--set", "x", 0, 1),), 1.0)
        if field.name in given
        else Filled(None, "missing", question=field.question)
        for field in template.fields
    }
    text = create_document(template, Fill(name, fields), Wanted(form)).text
    checked = examine(text)
    assert checked.template == name
    assert checked.filled >= sum(value not in (None, "", [], {}) for value in given.values())
    assert [finding for finding in checked.findings if finding.severity == "error"] == []


def test_a_field_that_fill_left_open_is_missing_in_every_form() -> None:
    template = load_template("evaluation-report")
    values = {k: thaw(v) for k, v in template.example.items()}
    fields = {
        field.name: Filled(None, "missing", question=field.question)
        if field.name in {"model", "slices"}
        else Filled(values[field.name], "filled", (), 1.0)
        for field in template.fields
    }
    for form in ("own", "yaml", "json", "md"):
        text = create_document(template, Fill(template.id, fields), Wanted(form)).text  # type: ignore[arg-type]
        errors = {finding.field for finding in check(text) if finding.severity == "error"}
        assert errors == {"model", "slices"}
