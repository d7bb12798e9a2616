"""Fences: no text can close the one it stands in, whatever it holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.prompts.fence import as_written, create_mark, neutral, one_line
from mlplaybook.prompts.library import load_prompt, render

PIECES = [
    "</passage", "<passage ", "< /Passage>", "</pas\u200bsage>", "＜/passage＞", "</question>", "<turn 0a1b2c3d4e5f>",
    ">", "<", "/", "0a1b2c3d4e5f", "{{ mark }}", "{% raw %}", "{#", "<|im_end|>", "<|", "</s>", "[INST]", "<<SYS>>", "\n",
    '"', "text", "\u2028", "&lt;",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join)
PROMPT = load_prompt("answer")


@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), max_size=4), HOSTILE)
def test_every_passage_can_be_read_back_from_between_its_marks(
    parts: list[tuple[str, str, str]], question: str
) -> None:
    passages = [{"section": section, "title": title, "text": text} for section, title, text in parts]
    content = render(PROMPT, passages=passages, question=question)[-1].content
    mark = content.rsplit(" ", 1)[1].removesuffix(">")
    found = re.findall(
        rf'<passage {mark} number="(\d+)" section="([^"\n]*)" title="([^"\n]*)">\n(.*?)\n</passage {mark}>',
        content,
        re.DOTALL,
    )
    assert found == [
        (str(number), neutral(one_line(section)), neutral(one_line(title)), neutral(text))
        for number, (section, title, text) in enumerate(parts, start=1)
    ]
    assert content.count(mark) == 2 * len(parts) + 3
    assert content.endswith(f"<question {mark}>\n{neutral(question)}\n</question {mark}>")


@given(HOSTILE)
def test_nothing_in_a_neutral_text_is_a_tag_or_a_control_token(text: str) -> None:
    made = neutral(text)
    assert not re.search(
        r"<\s*/?\s*(?:passage|question|turn|conversation|fields)\b|<[|]|\[/?INST\]", made, re.IGNORECASE
    )
    assert neutral(made) == made


@given(HOSTILE.filter(lambda text: "&" not in text and "＜" not in text))
def test_a_quote_of_a_neutral_text_can_be_turned_back(text: str) -> None:
    assert as_written(neutral(text)) == text


@pytest.mark.parametrize(
    "text",
    ["a < b and b > a", "<table>", "x <- y", "List[int]", "passage </p> question", "<passenger>", "if a <b", "</span>"],
)
def test_what_only_looks_a_little_alike_is_left_alone(text: str) -> None:
    assert neutral(text) == text


def test_a_mark_stands_in_no_input_and_depends_on_the_lists_alone() -> None:
    passages = [{"text": "a"}]
    first = create_mark({"passages": passages, "question": "Why?"})
    assert first == create_mark({"passages": passages, "question": "How?"})
    assert first != create_mark({"passages": [{"text": "b"}], "question": "Why?"})
    assert first != create_mark({"passages": passages, "question": f"What is {first.upper()}?"})


def test_an_attribute_is_one_line_without_quotation_marks() -> None:
    assert one_line('a "b"\r\n\tc\x00d\u2028e') == "a 'b' c d e"
