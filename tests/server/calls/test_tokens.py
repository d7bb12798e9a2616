"""Texts cut where a reader would cut them."""

from __future__ import annotations

import pytest

from mlplaybook.server.calls.tokens import count_record, cut, cut_fairly, cut_text
from mlplaybook.server.usage.tokens import Counter

LIST = "Three checks come first:\n\n- one is here\n- two is here\n- three is here\n\nAnd an end of it.\n"
CODE = "Before it.\n\n```python\nimport a\n\n\nprint(a)\n```\n\nAfter it all."


def count(text: str) -> int:
    return len(text.split())


@pytest.mark.parametrize("most", range(1, 40))
@pytest.mark.parametrize("text", [LIST, CODE, "word " * 60, "x" * 500])
def test_parts_join_to_the_text_and_each_fits(text: str, most: int) -> None:
    at, parts = 0, []
    while at < len(text):
        end = cut(text, at, len(text), most, count)
        assert end > at
        parts.append(text[at:end])
        at = end
    assert "".join(parts) == text
    assert all(count(part) <= most for part in parts)


def test_a_fence_is_not_cut_where_it_fits() -> None:
    assert cut_text(CODE, 8, count).text.endswith("```")
    assert cut_text(CODE, 3, count).text == "Before it."


def test_the_line_above_a_list_goes_with_the_list() -> None:
    text = "First of all.\n\nThe rules are:\n\n" + "- a long rule of many words here\n" * 9
    assert cut_text(text, 7, count).text == "First of all."


def test_what_short_texts_leave_goes_to_the_others() -> None:
    short, long = cut_fairly(["one two", "word " * 50], 22, count)
    assert (short.whole, count(long.text), long.whole) == (True, 20, False)


def test_the_first_text_can_weigh_more() -> None:
    first, second = cut_fairly(["a " * 50, "b " * 50], 30, count, [2, 1])
    assert (count(first.text), count(second.text)) == (20, 10)


def test_keys_and_ids_are_counted_by_characters_and_sentences_by_words() -> None:
    counter = Counter("words", count)
    sentence = "This sentence has more than eight words in it, as sentences do."
    record = {"section": "a-page#a-heading-of-the-page", "text": sentence}
    frame = len('{"section": "a-page#a-heading-of-the-page", "text": ""}')
    assert count_record(counter, record) == 12 + -(-frame * 10 // 33)
