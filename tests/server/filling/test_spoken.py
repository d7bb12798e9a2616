"""Values of typed fields in sentences, rows and settings that are known to speak of them."""

from __future__ import annotations

from typing import Any

import pytest

from mlplaybook.server.artefacts.filling.choices_said import read_boolean
from mlplaybook.server.artefacts.filling.cues import Cue, create_cue
from mlplaybook.server.artefacts.filling.numbers_said import NotSaid
from mlplaybook.server.artefacts.filling.prose import read_prose
from mlplaybook.server.artefacts.filling.records import InputText, Piece
from mlplaybook.server.artefacts.filling.spoken import enumerated, short_words, value_in, whole_numbers
from mlplaybook.server.artefacts.records import Field


def a_field(kind: Any, unit: str = "", allowed: tuple[Any, ...] = ()) -> Field:
    """A field of a type."""
    return Field("x.y", kind, True, "", "", None, None, "", unit=unit, allowed=allowed)


def a_piece(text: str) -> Piece:
    """The one sentence or row of a text."""
    (piece,) = read_prose(InputText("n.md", text))
    return piece


@pytest.mark.parametrize(
    ("kind", "unit", "text", "value"),
    [
        ("integer", "ms", "After two seconds the shop hangs up.", 2000),
        ("number", "s", "It needs half a minute until it answers.", 30),
        ("number", "ms", "95 of 100 answers come within 40 ms.", 40),
        ("number", "ms", "Nine out of ten sheets are in after forty days.", None),
        ("number", "ratio", "More than 3 in 1,000 calls fail.", 0.003),
        ("number", "ratio", "An alarm rings above 2%.", 0.02),
        ("number", "requests per second", "The peak of 2026 was 85 a second.", 85),
        ("money", "currency per month", "The tracker costs 60 euros, it has been there since 2024.", 60),
        ("money", "currency per 1,000 predictions", "A thousand answers, 1,000 predictions that is, cost 0.32 euros.", 0.32),
        ("percentage", "%", "5% first, later all.", 5),
        ("percentage", "%", "5% first, then 25%.", None),
        ("date", "", "It went live on the ninth of June 2026.", "2026-06-09"),
        ("date", "", "Live since 2026/11/09.", "2026-11-09"),
        ("date", "", "It shipped on 20/Jul/2026.", "2026-07-20"),
        ("duration", "", "It is watched for two days.", "2 d"),
        ("boolean", "", "Requests in flight are lost.", False),
        ("boolean", "", "Everything that was accepted is answered first.", True),
        ("boolean", "", "Bias audit.", None),
        ("boolean", "", "- [ ] bias audit", False),
        ("boolean", "", "- [x] bias audit", True),
        ("number", "ms", "Latency: tbd", None),
    ],
)  # fmt: skip
def test_the_value_of_a_sentence(kind: str, unit: str, text: str, value: object) -> None:
    assert value_in(a_field(kind, unit), Cue(), a_piece(text)) == value


@pytest.mark.parametrize(
    ("text", "window"),
    [("It is taken over seven days.", "7d"), ("hourly buckets", "1h"), ("one day", "1d"), ("over a month", None)],
)
def test_an_option_may_be_said_by_its_length(text: str, window: object) -> None:
    assert value_in(a_field("enum", allowed=("1h", "1d", "7d")), Cue(), a_piece(text)) == window


def test_the_first_cell_of_a_row_comes_before_the_rest() -> None:
    row = a_piece("| what | value | remark |\n|---|---|---|\n| busiest second | 1,900 texts | 2,500 are planned |")
    assert value_in(a_field("number", "requests per second"), Cue(), row) == 1900


def test_a_settings_number_takes_the_unit_of_its_key() -> None:
    piece = Piece("c.yaml", "give_up_ms: 800", 0, 15, "row", 1, "give up ms", 12)
    assert value_in(a_field("number", "s"), Cue(), piece, 800) == 0.8


def test_of_several_words_none_is_the_one() -> None:
    cue = create_cue({"word": [r"^v?\d+(?:\.\d+)+$"]})
    assert [short_words(cue, words) for words in ("`7.4.0` since May", "7.4.0, not 7.3.9", "none yet")] == [
        "7.4.0",
        "",
        "",
    ]


def test_names_on_a_line_are_entries_and_a_sentence_is_not() -> None:
    assert enumerated(["age, weight and hour, depot"]) == ["age", "weight", "hour", "depot"]
    assert enumerated(["We look at age, which is often wrong, and at weight."]) is None


def test_numbers_that_a_line_counts_up() -> None:
    assert whole_numbers("seeds 5 / 6 / 7") == [5, 6, 7]
    assert whole_numbers("no seed, v2.1") is None


def test_a_model_may_not_say_yes_for_an_empty_box() -> None:
    assert read_boolean("false", ["[ ] bias audit"]).value is False
    assert read_boolean("true", ["[x] bias audit"]).value is True
    with pytest.raises(NotSaid, match="its quotes say no"):
        read_boolean("true", ["[ ] bias audit"])
