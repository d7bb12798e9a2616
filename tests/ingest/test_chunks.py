"""Chunks keep within their budget and overlap, leave nothing out, and their offsets give back their text."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.chunking import DEFAULT, STRATEGIES, TOKEN_BUDGET, Chunking
from mlplaybook.ingest.chunks import CHARACTERS_PER_TOKEN, LONGEST_WHOLE_BLOCK, split_chunks
from mlplaybook.ingest.documents import Chunk, Document
from mlplaybook.ingest.sections import split_sections


def count_words(text: str) -> int:
    return len(re.findall(r"\w+", text))


def chunks_of(text: str, chunking: Chunking = DEFAULT, title: str = "T") -> tuple[Chunk, ...]:
    document = Document("p", title, text, "p.md")
    blocks = parse_blocks(text)
    return split_chunks(document, split_sections(document, blocks), blocks, count_words, chunking)


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


def test_the_ids_of_the_default_are_those_of_the_first_release() -> None:
    assert [c.id for c in chunks_of("# A\n\none\n")] == ["192315b0864a998b4a5eb78f91cdbac3"]


def test_every_other_way_has_ids_of_its_own() -> None:
    ways = [DEFAULT, Chunking("sentences"), Chunking(tokens=120), Chunking(overlap=40), Chunking(heading_prefix=False)]
    assert len({chunks_of("# A\n\none\n", way)[0].id for way in ways}) == len(ways)


def test_blocks_repeat_what_fits_in_the_overlap() -> None:
    """Budget 49: 20 + 20 fit; the next 20 follow the last 20 of these again, and so on; 30 have no room for them."""
    a, b, c, d = (sentence(words, name) for name, words in zip("abcd", (20, 20, 20, 30), strict=True))
    texts = [chunk.text for chunk in chunks_of(f"{a}\n\n{b}\n\n{c}\n\n{d}", Chunking("blocks", 50, 25))]
    assert texts == [f"{a}\n\n{b}", f"{b}\n\n{c}", d]


def test_sentences_are_packed_across_paragraphs_and_repeated() -> None:
    a, b, c, d = (sentence(15, name) for name in "abcd")
    text = f"{a} {b}\n\n{c} {d}"
    assert [chunk.text for chunk in chunks_of(text, Chunking("sentences", 50))] == [f"{a} {b}\n\n{c}", d]
    assert [chunk.text for chunk in chunks_of(text, Chunking("sentences", 50, 20))] == [f"{a} {b}\n\n{c}", f"{c} {d}"]


def test_sentences_leave_items_tables_and_code_whole() -> None:
    items = [f"- {sentence(9, name)} {sentence(9, name * 2)}" for name in "ab"]
    table = "| a |\n|---|\n" + "\n".join(f"| {sentence(12, 'x')} {sentence(12, 'y')} |" for _ in range(2))
    code = f"```\n{sentence(30, 'z')} {sentence(30, 'w')}\n```"
    text = "\n".join(items) + f"\n\n{table}\n\n{code}"
    assert [chunk.text for chunk in chunks_of(text, Chunking("sentences", 32))] == [*items, table, code]


def test_a_lead_in_stays_with_the_first_item_whatever_the_way() -> None:
    items = f"- {sentence(12, 'b')}\n- {sentence(12, 'c')}"
    text = f"{sentence(20, 'a')} Two follow:\n\n{items}"
    expected = [sentence(20, "a"), f"Two follow:\n\n{items}"]
    assert [chunk.text for chunk in chunks_of(text, Chunking("sentences", 32))] == expected


def test_a_section_is_one_chunk_up_to_what_the_encoder_reads() -> None:
    paragraphs = [sentence(300, name) for name in "abcdefgh"]
    way = Chunking("section", 1_800)
    text = "# A\n\n" + "\n\n".join(paragraphs[:5]) + "\n\n# B\n\n" + "\n\n".join(paragraphs)
    assert [count_words(chunk.text) for chunk in chunks_of(text, way)] == [1500, 1500, 900]


def test_fixed_windows_end_at_white_space_and_begin_with_a_word_of_the_one_before() -> None:
    """40 characters a window: "one two three four five six seven eight " has 40, and "six" is the first word in the last 20."""
    text = "one two three four five six seven eight nine ten eleven"
    assert [chunk.text for chunk in chunks_of(text, Chunking("fixed", 10, 5))] == [
        "one two three four five six seven eight",
        "six seven eight nine ten eleven",
    ]


def test_fixed_windows_mind_no_block_but_keep_to_their_section() -> None:
    text = f"# A\n\n{sentence(10, 'aa')}\n\n- {sentence(10, 'bb')}\n\n# B\n\nlast"
    first, second, last = chunks_of(text, Chunking("fixed", 10))
    assert (first.text, last.text) == ("Aa aa aa aa aa aa aa aa aa aa.\n\n- Bb bb", "last")
    assert second.text == "bb bb bb bb bb bb bb bb."
    assert [chunk.section for chunk in (first, second, last)] == ["p#a", "p#a", "p#b"]


def test_a_word_longer_than_a_window_is_cut_all_the_same() -> None:
    """The second window begins with the last word of the first and must say something new, so it cuts the long one."""
    text = "one two " + "x" * 100
    texts = [chunk.text for chunk in chunks_of(text, Chunking("fixed", 10, 5))]
    assert texts == ["one two", "two " + "x" * 36, "x" * 40, "x" * 24]


def test_without_headings_the_encoder_reads_the_text_alone() -> None:
    (chunk,) = chunks_of("# H\n\nwords\n", Chunking(heading_prefix=False))
    assert (chunk.embedded_text, chunk.heading_path) == ("words", ("H",))


blocks = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=80),
    st.sampled_from(
        ["# H", "## H", "- a\n- b", "1. x\n2. y", "| a |\n|---|\n| 1 |", "```\ncode", "```\ncode\n```", "> quote"]
    ),
)


prose = st.builds(
    lambda lengths, names: " ".join(sentence(n, name) for n, name in zip(lengths, names, strict=False)),
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.permutations("abcdef"),
)
ways = st.builds(
    lambda strategy, tokens, share, headings: Chunking(strategy, tokens, int(share * tokens), headings),
    st.sampled_from(STRATEGIES),
    st.integers(4, 64),
    st.sampled_from([0, 0.25, 0.5]),
    st.booleans(),
)


@pytest.mark.parametrize("fixed_way", [DEFAULT, None], ids=["default", "any"])
@given(text=st.lists(st.one_of(blocks, prose), max_size=12).map("\n\n".join), way=ways)
def test_offsets_always_give_back_the_text_in_order_and_within_the_section(
    fixed_way: Chunking | None, text: str, way: Chunking
) -> None:
    document = Document("p", "T", text, "p.md")
    parsed = parse_blocks(text)
    sections = {s.id: s for s in split_sections(document, parsed)}
    chunks = split_chunks(document, list(sections.values()), parsed, count_words, fixed_way or way)
    for chunk in chunks:
        section = sections[chunk.section]
        assert text[chunk.char_start : chunk.char_end] == chunk.text
        assert section.body_start <= chunk.char_start < chunk.char_end <= section.char_end
    assert [c.char_start for c in chunks] == sorted(c.char_start for c in chunks)
    assert all(first.char_end < second.char_end for first, second in pairwise(chunks))
    assert len({c.id for c in chunks}) == len(chunks)


@given(text=st.lists(st.one_of(blocks, prose), max_size=12).map("\n\n".join), way=ways)
def test_every_way_covers_all_text_and_shares_no_more_than_the_overlap(text: str, way: Chunking) -> None:
    chunks = chunks_of(text, way)
    covered = set().union(*(range(c.char_start, c.char_end) for c in chunks))
    for block in parse_blocks(text):
        if block.kind != "heading":
            assert [n for n in range(block.start, block.end) if n not in covered and text[n].strip()] == []
    for first, second in pairwise(chunks):
        shared = text[second.char_start : first.char_end]
        if way.strategy == "fixed":
            assert len(shared) <= CHARACTERS_PER_TOKEN * way.overlap
        else:
            assert count_words(shared) <= way.overlap


@given(st.lists(st.integers(1, 120), min_size=1, max_size=12))
def test_no_chunk_of_ordinary_paragraphs_exceeds_the_budget(lengths: list[int]) -> None:
    text = "\n\n".join(sentence(words, f"w{n}") for n, words in enumerate(lengths))
    assert all(count_words(c.embedded_text) <= TOKEN_BUDGET for c in chunks_of(text))
