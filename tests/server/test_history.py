"""What was said before a question, within bounds."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.answers.history import EMPTY, History, Turn, create_history, read_turns


def turns(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn("assistant" if place % 2 else "user", text) for place, text in enumerate(texts))


def test_a_short_history_is_kept_whole() -> None:
    said = turns("What is PSI?", "A drift statistic.")
    assert create_history(said) == History(said, dropped=0)


def test_the_newest_turns_are_kept() -> None:
    said = turns(*(f"turn {number}" for number in range(25)))
    assert create_history(said) == History(said[-20:], dropped=5)


def test_a_turn_that_does_not_fit_ends_the_history_and_is_not_cut() -> None:
    said = turns("old", "much too long", "newer", "newest")
    history = create_history(said, count=lambda text: 100 if "long" in text else 1, most_tokens=50)
    assert history == History(said[2:], dropped=2)


def test_without_a_tokenizer_words_are_counted() -> None:
    said = turns("word " * 1_300, "word " * 700, "word " * 600)
    assert create_history(said).dropped == 1


def test_nothing_was_said_at_first() -> None:
    assert create_history(()) == EMPTY


def test_turns_are_read_from_messages_and_from_our_own_records() -> None:
    records = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is PSI?"},
        {"role": "assistant", "text": "A statistic.", "headings": ["Drift detection", "What is PSI?"]},
    ]
    assert read_turns(records) == (
        Turn("user", "What is PSI?"),
        Turn("assistant", "A statistic.", ("Drift detection", "What is PSI?")),
    )


@pytest.mark.parametrize(
    "record", [{"role": "tool", "content": "x"}, {"role": "user", "content": 3}, {"content": "x"}, {"role": "user"}]
)
def test_what_is_no_turn_is_refused_with_its_number(record: dict[str, object]) -> None:
    with pytest.raises(BadQuestion, match="Turn 2 of the history is not a turn"):
        read_turns([{"role": "user", "content": "What is PSI?"}, record])
