"""Values that a person gives, by whole or short names."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadDocument, BadName, BadSetting
from mlplaybook.server.artefacts.documents.document import Wanted, create_document
from mlplaybook.server.artefacts.documents.given import find_field, read_answers, read_set
from mlplaybook.server.artefacts.library import load_template
from tests.server.documents.fills import example_of

BRIEF, CARD, COSTS = load_template("problem-brief"), load_template("model-card"), load_template("cost-sheet")


@pytest.mark.parametrize(
    "name", ["problem_brief.latency_requirement", "latency_requirement", "Latency requirement", "latency-requirement"]
)
def test_a_field_is_found_by_any_unique_name(name: str) -> None:
    assert find_field(BRIEF, name).name == "problem_brief.latency_requirement"


def test_a_name_that_fits_several_fields_is_asked_for_in_full() -> None:
    requirements = load_template("alert-rules")
    with pytest.raises(BadName, match=r"'runbook' may be alerts\.accuracy_warning\.runbook or "):
        find_field(requirements, "runbook")
    assert find_field(requirements, "feature_drift.runbook").name == "alerts.feature_drift.runbook"


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadName, match=r"has no field 'latncy'.*|Did you mean problem_brief\.latency"):
        find_field(BRIEF, "latency_requirment")


def test_set_gives_words_lists_and_metadata() -> None:
    words = [
        "owner=Ana = Bo",
        "limitations=Fails in June",
        "limitations=[a, b]",
        "evaluation.metrics={recall: 0.8}",
        "hub.license=mit",
    ]
    given, hub = read_set(CARD, words)
    assert given == {
        "model_card.owner": ("Ana = Bo", "--set"),
        "model_card.limitations": (["Fails in June", "a", "b"], "--set"),
        "model_card.evaluation.metrics": ({"recall": 0.8}, "--set"),
    }
    assert hub == {"license": "mit"}


@pytest.mark.parametrize(
    ("words", "message"), [(["owner"], "has no '='"), (["=x"], "has no '='"), (["owner=a", "owner=b"], "set twice")]
)
def test_words_that_cannot_be_used_are_named(words: list[str], message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        read_set(CARD, words)


def test_answers_may_be_nested_dotted_or_short_and_empty_ones_stay_open() -> None:
    text = "model_card:\n  owner: Ana\n  training_data: {size: 12 rows}\nmodel_card.version: '2.10'\n"
    text += "contact: null\nlimitations: ['']\nhub: {license: mit}\n"
    given, hub = read_answers(CARD, text)
    assert given == {
        "model_card.owner": ("Ana", "answers"), "model_card.training_data.size": ("12 rows", "answers"),
        "model_card.version": ("2.10", "answers"), "model_card.limitations": ([""], "answers"),
    }  # fmt: skip
    assert hub == {"license": "mit"}


def test_a_filled_document_can_be_given_as_answers() -> None:
    template, fill = example_of("model-card")
    given, _ = read_answers(template, create_document(template, fill, Wanted("yaml")).text)
    assert {name: value for name, (value, _) in given.items()} == dict(template.example)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("- a", BadSetting),
        ("a: [", BadDocument),
        ("nobody: 1", BadName),
        ("hub: x", BadSetting),
        ("model_card: {nobody: 1}", BadName),
    ],
)
def test_answers_that_fit_nothing_are_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_answers(CARD, text)
