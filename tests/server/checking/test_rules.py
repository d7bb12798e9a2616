"""Every rule is well formed, leads to a section that exists, and does what its own examples say."""

from __future__ import annotations

import json
from importlib import resources

import pytest
from jsonschema import Draft202012Validator

from mlplaybook.knowledge import pages_folder
from mlplaybook.server.artefacts.checking.entries import Entry
from mlplaybook.server.artefacts.checking.registry import FUNCTIONS
from mlplaybook.server.artefacts.checking.rules import FILES, HOME, Rule, apply_rule, compiled, load_rules, read_file
from mlplaybook.server.artefacts.checking.source import Place
from mlplaybook.server.artefacts.checking.values import Values
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.authoring.pages import read_playbook
from tests.server.checking.documents import rules_found

RULES = load_rules()
IDS = [rule.id for rule in RULES]
# Keys that documents may have beside the template's fields, which functions look at.
OWN_KEYS = {"alerts", "serving_config.api.p99_ms"}
NAMED_BY_THE_ISSUE = {
    "batch-for-one-who-waits", "slower-than-its-class", "only-roc-auc-for-rare-class", "only-accuracy-for-rare-class",
    "no-baseline", "metrics-without-baseline", "kill-criteria-without-number", "random-split-of-later-events",
    "canary-without-rollback",
}  # fmt: skip
FOURTEEN = {
    "problem-brief", "model-card", "model-requirements", "serving-config", "monitoring-config", "ab-test-plan",
    "retraining-pipeline", "alert-rules", "rag-pipeline", "dataset-card", "experiment-record", "cost-sheet",
    "registry-record", "evaluation-report",
}  # fmt: skip


def fields_of(rule: Rule) -> set[str]:
    conditions = [*rule.when, *rule.then]
    named = {str(c["field"]) for c in conditions if "field" in c}
    numbers = {c[key] for c in conditions for key in ("below", "above", "at-least", "at-most") if key in c}
    return {
        *rule.at,
        *named,
        *(name for name in numbers if isinstance(name, str)),
        *(rule.fails or {}),
        *(rule.passes or {}),
    }


def templates_of(values: object) -> list[str]:
    keys = set(values) if isinstance(values, dict) else set()
    return [
        name for name in names("templates") if keys <= {field.name for field in load_template(name).fields} | OWN_KEYS
    ]


def test_the_files_follow_their_schema() -> None:
    schema = json.loads(resources.files(HOME).joinpath("rules.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    problems = [error.message for file in FILES for error in Draft202012Validator(schema).iter_errors(read_file(file))]
    assert problems == []


def test_there_are_rules_for_every_document_that_matters_and_no_name_twice() -> None:
    assert len(IDS) == len(set(IDS)) >= 180
    assert {name for rule in RULES for name in rule.templates} >= FOURTEEN
    assert set(IDS) >= NAMED_BY_THE_ISSUE


def test_every_rule_leads_to_a_section_that_exists() -> None:
    pages = {page.id: page.anchors for page in read_playbook(pages_folder()).pages}
    lost = [rule.id for rule in RULES if rule.section.split("#")[1] not in pages.get(rule.section.split("#")[0], ())]
    assert lost == []


def test_every_rule_names_templates_fields_and_functions_that_there_are() -> None:
    known = {field.name for name in names("templates") for field in load_template(name).fields} | OWN_KEYS
    assert {rule.id: fields_of(rule) - known for rule in RULES if fields_of(rule) - known} == {}
    assert {name for rule in RULES for name in rule.templates} <= set(names("templates"))
    assert {rule.function for rule in RULES if rule.function} <= set(FUNCTIONS)


def test_every_pattern_compiles() -> None:
    patterns = [c[key] for rule in RULES for c in (*rule.when, *rule.then) for key in ("says", "omits") if key in c]
    assert [pattern for pattern in patterns if not compiled(pattern)] == []


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_finds_its_bad_example_and_not_its_good_one(rule: Rule) -> None:
    assert rule.fails is not None
    assert rule.passes is not None
    homes = [name for name in templates_of(rule.fails) if name in rule.templates]
    assert homes
    for name in homes:
        assert rule.id in rules_found(rule.fails, name)
        assert rule.id not in rules_found(rule.passes, name)


def ask(rule: dict[str, object], **values: object) -> int:
    """How many findings a rule of conditions has for values of a cost sheet."""
    made = Rule("r", ("cost-sheet",), "error", "a problem", "a remedy", "a#b", **rule)  # type: ignore[arg-type]
    start = "ml_costs."
    entries = {start + name: Entry(value, Place(1, str(value))) for name, value in values.items()}
    return len(list(apply_rule(made, Values(load_template("cost-sheet"), entries))))


def test_a_rule_fires_where_all_of_its_conditions_hold() -> None:
    rule = {"at": ("ml_costs.currency",), "when": ({"is": "usd"}, {"field": "ml_costs.prices_as_of", "says": "2026"})}
    assert ask(rule, currency="USD", prices_as_of="2026-11") == 1
    assert ask(rule, currency="EUR", prices_as_of="2026-11") == 0
    assert ask(rule, currency="USD") == 0


def test_where_a_value_is_missing_nothing_can_be_said() -> None:
    assert ask({"at": ("ml_costs.currency",), "when": ({"omits": "USD"},)}) == 0
    assert ask({"at": ("ml_costs.currency",), "when": ({"given": False},)}) == 1
    assert ask({"at": ("ml_costs.currency",), "when": ({"above": 3},)}, currency="USD") == 0


def test_what_must_hold_then_is_found_only_where_it_does_not() -> None:
    rule = {"at": ("ml_costs.currency",), "when": ({"given": True},), "then": ({"shorter-than": 4},)}
    assert ask(rule, currency="USD") == 0
    assert ask(rule, currency="US dollars") == 1


def test_a_condition_on_entries_asks_each_or_some_of_them() -> None:
    each = {"at": ("ml_costs.currency",), "when": ({"each": {"has-number": True}},)}
    some = {"at": ("ml_costs.currency",), "when": ({"some": {"has-number": True}}, {"entries-at-least": 2})}
    assert (ask(each, currency=["1", "two"]), ask(each, currency=["1", "x"])) == (1, 0)
    assert (ask(some, currency=["1", "x"]), ask(some, currency=["1"])) == (1, 0)


def test_an_operator_that_there_is_not_is_an_error_of_the_rule() -> None:
    with pytest.raises(ValueError, match="no operator 'sings'"):
        ask({"at": ("ml_costs.currency",), "when": ({"sings": "loud"},)}, currency="USD")
