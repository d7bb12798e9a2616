"""From pieces to values: the choice of the best piece, one number for one field, settings as pieces."""

from __future__ import annotations

import numpy as np

from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.artefacts.filling.judge import exclusive, is_silent
from mlplaybook.server.artefacts.filling.leaf_pieces import pieces_of_leaves
from mlplaybook.server.artefacts.filling.pairs import first_metric_in, params_in
from mlplaybook.server.artefacts.filling.prose import read_prose
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.filling.route import FEATURES, Grid
from mlplaybook.server.artefacts.filling.structured import read_structured
from mlplaybook.server.artefacts.library import load_template


def test_one_number_belongs_to_the_field_that_it_fits_best() -> None:
    pieces = read_prose(InputText("n.md", "scoring all hotels: 41"))
    grid = Grid(
        pieces, ("cost", "api", "on"), np.zeros((1, 3, len(FEATURES))), np.ones((1, 3), bool),
        {(0, 0): 41, (0, 1): 41, (0, 2): True},
    )  # fmt: skip
    assert exclusive(grid, np.array([[0.4, 0.6, 0.5]])).tolist() == [[0.0, 0.6, 0.5]]


def test_settings_are_pieces_with_their_keys_as_label_and_headings() -> None:
    given = InputText("c.yaml", "drift:\n  alarm_at: 0.2\nstaging:\n  alarm_at: 0.4\n")
    ((piece, value),) = pieces_of_leaves(read_structured(given), {"c.yaml": given.text}, 7)
    assert (piece.label, piece.headings, piece.text, piece.body, value) == (
        "alarm at",
        ("drift",),
        "alarm_at: 0.2",
        "0.2",
        0.2,
    )


def test_questions_wishes_and_empty_boxes_are_evidence_for_nothing() -> None:
    pieces = read_prose(InputText("n.md", "Who owns it?\n\nWe would love 20 ms.\n\nOwner: tbd\n\nThe owner is Ann."))
    assert [is_silent(piece) for piece in pieces] == [True, True, True, False]


def test_a_form_with_dots_has_labels() -> None:
    (piece,) = read_prose(InputText("form.txt", "Made by ............. Marine Station"))
    assert (piece.label, piece.body) == ("Made by", "Marine Station")


def test_of_several_boxes_the_ticked_one_counts() -> None:
    (piece,) = read_prose(InputText("form.txt", "How quick? ☐ at once ☐ within a minute ☒ over the weekend"))
    assert (piece.label, piece.text) == ("How quick", "over the weekend")


def test_bold_words_at_the_start_introduce_the_sentences_after_them() -> None:
    pieces = read_prose(InputText("n.md", "**Who looks at it.** The night desk does. It rings the depot."))
    assert [(piece.text, piece.lead) for piece in pieces] == [
        ("The night desk does.", "**Who looks at it.**"), ("It rings the depot.", "**Who looks at it.**"),
    ]  # fmt: skip


def test_settings_of_a_run_in_a_sentence() -> None:
    assert params_in(["learning_rate=0.001, batch 64, depth: 6"]) == {"learning_rate": 0.001, "batch": 64, "depth": 6}
    assert first_metric_in(["outcome val_mae 38.4, rye_mae 57.2"]) == {"val_mae": 38.4}


def test_numbers_are_found_in_sentences_that_no_phrase_was_written_for() -> None:
    words = "A pod is ready half a minute after start.\n\nAfter two seconds we hang up.\n"
    made = fill(load_template("serving-config"), [InputText("n.md", words)], {})
    found = {name: field for name, field in made.fields.items() if field.status == "filled"}
    assert {name: field.value for name, field in found.items()} == {
        "serving_config.model.load_time_seconds": 30,
        "serving_config.api.timeout_ms": 2000,
    }
    (evidence,) = found["serving_config.api.timeout_ms"].evidence
    assert words[evidence.char_start : evidence.char_end] == "After two seconds we hang up."
