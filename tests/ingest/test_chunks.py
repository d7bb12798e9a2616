"""Chunks are whole blocks within a budget, and their offsets give back their text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.chunks import LONGEST_WHOLE_BLOCK, TOKEN_BUDGET, split_chunks
from mlplaybook.ingest.documents import Chunk, Document
from mlplaybook.ingest.sections import split_sections


def count_words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def chunks_of(text: str, title: str = "T") -> tuple[Chunk, ...]:
    document = Document("p", title, text, "p.md")
    blocks = parse_blocks(text)
    return split_chunks(document, split_sections(document, blocks), blocks, count_words)


def sentence(words: int, name: str) -> str:
    return " ".join([name.capitalize(), *[name] * (words - 1)]) + "."


def test_a_worked_example() -> None:
    """Budget 220 less 2 words of heading path: 100 + 100 fit, the next 100 do not."""
    paragraphs = [sentence(100, name) for name in "abc"]
    text = "# T\n\n## H\n\n" + "\n\n".join(paragraphs) + "\n"
    first, second = chunks_of(text)
    assert (first.char_start, first.char_end) == (11, 11 + 200 + 2 + 200)
    assert first.text == f"{paragraphs[0]}\n\n{paragraphs[1]}"
    assert second.text == paragraphs[2]
    assert first.embedded_text == f"T > H\n{first.text}"
    assert [c.section for c in (first, second)] == ["p#h", "p#h"]


def test_source_marks_are_cited_but_not_embedded() -> None:
    (chunk,) = chunks_of("Above 0.2 act.[^siddiqi-2006]\n")
    assert (chunk.text, chunk.embedded_text) == ("Above 0.2 act.[^siddiqi-2006]", "T\nAbove 0.2 act.")


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    parts = [sentence(150, "a"), sentence(150, "b")]
    assert [c.text for c in chunks_of(" ".join(parts))] == parts


def test_a_long_list_is_cut_between_items_and_stays_with_its_lead_in() -> None:
    items = [f"- {sentence(60, name)}" for name in "abcdef"]
    lead = sentence(10, "lead").rstrip(".") + ":"
    texts = [c.text for c in chunks_of(f"{lead}\n\n" + "\n".join(items))]
    assert texts[0].startswith(lead)
    assert items[0] in texts[0]
    assert "\n".join(texts).count("- ") == 6


def test_tables_and_code_are_never_cut() -> None:
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {sentence(20, 'x')} | y |" for _ in range(30))
    code = "```py\n" + "\n".join(f"call({n}, {n})" for n in range(200)) + "\n```"
    assert [c.text for c in chunks_of(f"{table}\n\n{code}")] == [table, code]


def test_a_monster_is_cut_into_windows_all_the_same() -> None:
    text = "word " * 100_000
    chunks = chunks_of(text)
    assert len(text) > LONGEST_WHOLE_BLOCK
    assert max(len(c.text) for c in chunks) <= 1_000
    assert sum(count_words(c.text) for c in chunks) == 100_000


def test_ids_depend_on_words_and_place_but_not_on_what_stands_before() -> None:
    before = {c.text: c.id for c in chunks_of("# A\n\none\n\n# B\n\ntwo\n")}
    after = {c.text: c.id for c in chunks_of("# A\n\nnew words\n\n# B\n\ntwo\n")}
    assert before["two"] == after["two"]
    assert before["one"] not in after.values()


def test_the_same_words_twice_in_a_section_have_two_ids() -> None:
    long = sentence(200, "same")
    chunks = chunks_of(f"{long}\n\n{long}\n")
    assert len({c.id for c in chunks}) == len(chunks) == 2


blocks = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=80),
    st.sampled_from(
        ["# H", "## H", "- a\n- b", "1. x\n2. y", "| a |\n|---|\n| 1 |", "```\ncode", "```\ncode\n```", "> quote"]
    ),
)


@given(st.lists(blocks, max_size=12).map("\n\n".join))
def test_offsets_always_give_back_the_text_in_order_and_within_the_section(text: str) -> None:
    document = Document("p", "T", text, "p.md")
    parsed = parse_blocks(text)
    sections = {s.id: s for s in split_sections(document, parsed)}
    chunks = split_chunks(document, list(sections.values()), parsed, count_words)
    for chunk in chunks:
        section = sections[chunk.section]
        assert text[chunk.char_start : chunk.char_end] == chunk.text
        assert section.body_start <= chunk.char_start < chunk.char_end <= section.char_end
    assert [c.char_start for c in chunks] == sorted(c.char_start for c in chunks)
    assert len({c.id for c in chunks}) == len(chunks)


@given(st.lists(st.integers(1, 120), min_size=1, max_size=12))
def test_no_chunk_of_ordinary_paragraphs_exceeds_the_budget(lengths: list[int]) -> None:
    text = "\n\n".join(sentence(words, f"w{n}") for n, words in enumerate(lengths))
    assert all(count_words(c.embedded_text) <= TOKEN_BUDGET for c in chunks_of(text))
