"""The model that a text is about."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.filling.identity import identified
from mlplaybook.server.artefacts.filling.read_inputs import read_material
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import load_template

NOTE = (
    "We call it quietly, but in the registry it is `bed-forecast`. Release 2.3.1 went live on 4 May 2027.\n"
    "Release 2.2.0 was withdrawn. It was tested on ward-set-9, recorded until 1 March 2027.\n"
)


def found(part: str, text: str) -> object:
    """What a note says of a part of the model's identity."""
    wanted = next(f for f in load_template("model-card").fields if f.name == f"model_card.{part}")
    value = identified(wanted, read_material([InputText("note.md", text)]))
    if value is not None:
        (evidence,) = value.evidence
        assert text[evidence.char_start : evidence.char_end] == evidence.quote
    return value.value if value else None


@pytest.mark.parametrize(
    ("part", "value"), [("model_name", "bed-forecast"), ("version", "2.3.1"), ("date", "2027-05-04")]
)
def test_a_note_says_which_model_runs_since_when(part: str, value: str) -> None:
    assert found(part, NOTE) == value


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("model_name", "It is error-prone and state-of-the-art."),
        ("version", "Release 2.2.0 was withdrawn and release 3.0.0 is planned."),
        ("date", "It was trained on data until 4 May 2027."),
        ("date", "Live since 4 May 2027 in the north. Live since 9 June 2027 in the south."),
    ],
)
def test_what_is_not_said_of_it_stays_open(part: str, text: str) -> None:
    assert found(part, text) is None


def test_a_mail_that_announces_it_today_gives_the_day() -> None:
    assert found("date", "Sent: Thu 6 May 2027\n\nAs of this morning bed-forecast 2.3.1 answers.\n") == "2027-05-06"
