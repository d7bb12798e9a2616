"""Filling again: a person's changes stay, what nobody touched follows the inputs, no text is lost."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.documents.document import Document, Wanted, create_document
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Field, Filled, Template
from tests.server.documents.fills import fill_of, from_notes

OUT = "docs/model-card.yaml"
CARD = load_template("model-card")
NAME, OWNER, SIZE = "model_card.model_name", "model_card.owner", "model_card.training_data.size"
LIMITS = "model_card.limitations"
FIRST = "churn-30d\nRetention analytics\n612,000 customer-months\n"
VALUES = {NAME: "churn-30d", OWNER: "Retention analytics", SIZE: "612,000 customer-months"}


def card(values: dict[str, Any], notes: str = FIRST, earlier: str = "") -> Document:
    return create_document(CARD, fill_of(CARD, values, notes), Wanted(texts={"notes.md": notes}), earlier, OUT)


def loaded(made: Document) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(made.text)["model_card"]
    return values


def test_the_same_inputs_give_the_same_file() -> None:
    first = card(VALUES)
    assert card(VALUES, earlier=first.text) == first


def test_a_value_that_nobody_touched_follows_the_inputs() -> None:
    notes = FIRST.replace("612,000", "702,000")
    made = card({**VALUES, SIZE: "702,000 customer-months"}, notes, card(VALUES).text)
    assert made == card({**VALUES, SIZE: "702,000 customer-months"}, notes)


def test_a_change_stays_and_is_evidence_of_itself() -> None:
    edited = card(VALUES).text.replace("owner: Retention analytics", "owner: Ana Lima, retention")
    made = card(VALUES, earlier=edited)
    filled = made.fill.fields[OWNER]
    (evidence,) = filled.evidence
    assert (filled.value, filled.status) == ("Ana Lima, retention", "filled")
    assert (evidence.source, edited[evidence.char_start : evidence.char_end]) == (OUT, "Ana Lima, retention")
    assert made.conflicts == ()
    assert "# edited · by hand, kept; notes.md:2 said otherwise\n  owner: Ana Lima, retention\n" in made.text
    assert card(VALUES, earlier=made.text).text == made.text


def test_a_change_that_new_inputs_contradict_stays_and_is_reported() -> None:
    edited = card(VALUES).text.replace("owner: Retention analytics", "owner: Ana Lima")
    notes = FIRST.replace("Retention analytics", "Growth team")
    made = card({**VALUES, OWNER: "Growth team"}, notes, edited)
    assert loaded(made)["owner"] == "Ana Lima"
    assert made.conflicts == ("model_card.owner: yours is kept; notes.md:2 now says: Growth team",)
    assert "# conflict: edited by hand, kept; notes.md:2 now says: Growth team\n" in made.text
    assert card({**VALUES, OWNER: "Growth team"}, notes, made.text).text == made.text


def test_what_a_person_sets_now_wins_over_an_earlier_change_which_is_kept_in_the_comment() -> None:
    edited = card(VALUES).text.replace("owner: Retention analytics", "owner: Ana Lima")
    made = card({**VALUES, OWNER: "Board"}, earlier=edited)
    assert loaded(made)["owner"] == "Board"
    assert "# filled · --set; it took the place of: Ana Lima\n  owner: Board\n" in made.text


def test_a_value_that_is_no_longer_in_the_inputs_stays_with_its_remark() -> None:
    first = card(VALUES)
    made = card({NAME: "churn-30d"}, "churn-30d\n", first.text)
    assert "# filled · notes.md:3\n    size: 612,000 customer-months\n" in made.text
    assert made.fill.fields[SIZE].value == "612,000 customer-months"
    assert made.fill.fields[SIZE].evidence[0].source == OUT


def test_an_answer_written_over_null_stays() -> None:
    edited = card(VALUES).text.replace("contact: null", "contact: ml@example.org  # the queue")
    made = card(VALUES, earlier=edited)
    assert loaded(made)["maintenance"]["contact"] == "ml@example.org"
    assert "contact: ml@example.org  # the queue\n" in made.text


def test_a_version_that_looks_like_a_number_is_kept_as_text() -> None:
    edited = card(VALUES).text.replace("version: null", "version: 2.10")
    assert card(VALUES, earlier=edited).fill.fields["model_card.version"].value == "2.10"


def test_comments_keys_and_order_of_a_person_stay() -> None:
    text = card({**VALUES, LIMITS: ["Fails on new plans", "Fails in June"]}).text
    text = text.replace("model_card:\n", "# our own words\nteam: growth  # who\nmodel_card:\n")
    text = text.replace("  # filled · notes.md:2\n", "  # checked by Ana\n  # filled · notes.md:2\n  # and by Bo\n")
    text = text.replace("    - Fails in June\n", "    - Fails in June  # see INC-7\n")
    made = card({**VALUES, OWNER: "Growth", LIMITS: ["Fails always"]}, "Growth\n", text).text
    for kept in ("# our own words\nteam: growth  # who\n", "# checked by Ana\n", "# and by Bo\n", "# see INC-7\n"):
        assert kept in made
    assert "- Fails always" in made
    assert "owner: Growth\n" in made


def test_a_note_behind_a_value_moves_above_a_longer_one() -> None:
    long = "One of " + "very " * 30 + "many"
    edited = card(VALUES).text.replace("owner: Retention analytics", "owner: Retention analytics  # sure?")
    made = card({**VALUES, OWNER: long}, long, edited)
    assert loaded(made)["owner"] == long
    assert "  # sure?\n  owner: >-\n" in made.text


def test_a_field_that_was_taken_out_stays_out_and_one_that_is_new_comes_in() -> None:
    first = card(VALUES).text
    start = first.index("  # filled · notes.md:2\n")
    without = first[:start] + first[first.index("\n", first.index("  owner:")) + 1 :]
    made = card(VALUES, earlier=without)
    assert "owner" not in loaded(made)
    assert made.conflicts == ("model_card.owner: you took it out; it stays out",)
    older = without.replace("model_card.owner=" + first.partition("model_card.owner=")[2][:8], "")
    again = card(VALUES, earlier=older)
    assert loaded(again)["owner"] == "Retention analytics"


def test_line_breaks_of_windows_stay_and_evidence_points_into_the_file() -> None:
    edited = card(VALUES).text.replace("owner: Retention analytics", "owner: Ana Lima").replace("\n", "\r\n")
    made = card(VALUES, earlier=edited)
    (evidence,) = made.fill.fields[OWNER].evidence
    assert edited[evidence.char_start : evidence.char_end] == evidence.quote == "Ana Lima"
    assert made.text.count("\n") == made.text.count("\r\n")
    assert card(VALUES, earlier=made.text).text == made.text


def test_flow_mappings_of_a_person_are_filled_too() -> None:
    first = card(VALUES).text
    start, end = first.index("  maintenance:\n"), first.index("\n\n# mlplaybook fill")
    flow = "  maintenance: {retraining_schedule: Monthly, monitoring: null, contact: null}"
    made = card(VALUES, earlier=first[:start] + flow + first[end:])
    assert loaded(made)["maintenance"] == {"retraining_schedule": "Monthly", "monitoring": None, "contact": None}
    assert flow in made.text


@pytest.mark.parametrize(
    ("earlier", "words"),
    [
        ("model_card:\n  owner: me\n", "was not written by mlplaybook fill"),
        (create_document(load_template("problem-brief"), fill_of(load_template("problem-brief"), {}), Wanted()).text,
         "is a problem-brief in the format yaml"),
        (create_document(CARD, fill_of(CARD, {}), Wanted("md")).text, "is a model-card in the format md"),
        (card(VALUES).text.replace("model_card:\n", "model_card: [\n"), "is not YAML"),
    ],
    ids=["foreign", "other template", "other format", "broken"],
)  # fmt: skip
def test_a_file_that_cannot_be_merged_is_left_alone(earlier: str, words: str) -> None:
    with pytest.raises(BadDocument, match=words):
        card(VALUES, earlier=earlier)


EDITS = st.dictionaries(
    st.sampled_from([NAME, OWNER, "model_card.description", "model_card.intended_use"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(EDITS, EDITS)
def test_no_edit_of_a_person_is_ever_lost(edits: dict[str, str], news: dict[str, str]) -> None:
    first = card(VALUES)
    text = first.text
    for name, value in edits.items():
        key = name.rpartition(".")[2]
        line = next(row for row in text.splitlines() if row.startswith(f"  {key}:"))
        quoted = yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10**6).strip()
        text = text.replace(line + "\n", f"  {key}: {quoted}\n", 1)
    notes = "\n".join(news.values())
    fields = {f.name: f for f in CARD.fields}
    found: dict[str, Filled] = {n: from_notes(fields[n], v, notes, v) for n, v in news.items()}
    made = card({**VALUES, **found}, FIRST + notes, text)
    assert {name: loaded(made)[name.rpartition(".")[2]] for name in edits} == edits


@pytest.mark.parametrize("name", names("templates"))
@pytest.mark.parametrize("form", ["own", "yaml", "md"])
def test_every_template_can_be_filled_again_in_every_format(name: str, form: Any) -> None:
    template = load_template(name)
    if form == "own" and template.form == "json":
        pytest.skip("JSON has no comments")
    example, nothing = fill_of(template, template.example), fill_of(template, {})
    first = create_document(template, example, Wanted(form))
    assert create_document(template, example, Wanted(form), first.text, "x").text == first.text
    later = create_document(template, nothing, Wanted(form), first.text, "x")
    for field in template.fields:
        kept = later.fill.fields[field.name]
        assert kept.value == example.fields[field.name].value or kept.status == "assumed" or lost(template, field)
    assert create_document(template, nothing, Wanted(form), later.text, "x").text == later.text


def lost(template: Template, field: Field) -> bool:
    return template.example.get(field.name) is None
