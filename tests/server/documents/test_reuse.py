"""A filled document is an input like any other, and its values are taken as they stand."""

from __future__ import annotations

from mlplaybook.server.artefacts.documents.document import Wanted, create_document
from mlplaybook.server.artefacts.documents.reuse import reuse
from mlplaybook.server.artefacts.library import load_template
from tests.server.documents.fills import by_person, example_of, fill_of

BRIEF = load_template("problem-brief")


def test_values_come_back_whole_with_their_place() -> None:
    card, example = example_of("model-card")
    for form in ("yaml", "md", "hub"):
        text = create_document(card, example, Wanted(form)).text  # type: ignore[arg-type]
        made = reuse(card, {"card": text}, fill_of(card, {}))
        assert {name: filled.value for name, filled in made.fields.items()} == dict(card.example)
        for filled in made.fields.values():
            (evidence,) = filled.evidence
            assert text[evidence.char_start : evidence.char_end] == evidence.quote


def test_a_default_stays_assumed_and_what_is_given_now_wins() -> None:
    field = BRIEF.fields[0]
    text = create_document(BRIEF, fill_of(BRIEF, {field.name: "old"}), Wanted()).text
    made = reuse(BRIEF, {"a.yaml": text}, fill_of(BRIEF, {field.name: by_person(field, "new")}))
    assert made.fields[field.name].value == "new"
    assert made.fields["problem_brief.kill_criteria"].status == "assumed"


def test_documents_of_other_templates_and_notes_are_left_alone() -> None:
    card, example = example_of("model-card")
    text = create_document(card, example, Wanted()).text
    fill = fill_of(BRIEF, {})
    assert reuse(BRIEF, {"card.yaml": text, "notes.md": "# Notes"}, fill) == fill
