"""Blocks, sections and sentences have exact offsets."""

from __future__ import annotations

from mlplaybook.ingest.blocks import Block, Span, parse_blocks
from mlplaybook.ingest.documents import Document
from mlplaybook.ingest.sections import reading_path, split_sections
from mlplaybook.ingest.sentences import sentence_spans

PAGE = "# A\n\nOne.\n\n- x\n- y\n  z\n\n| h |\n|---|\n| 1 |\n\n```py\nf()\n```\n"


def test_blocks_carry_the_characters_they_come_from() -> None:
    blocks = parse_blocks(PAGE)
    assert [(block.kind, PAGE[block.start : block.end]) for block in blocks] == [
        ("heading", "# A"),
        ("paragraph", "One."),
        ("list", "- x\n- y\n  z"),
        ("table", "| h |\n|---|\n| 1 |"),
        ("code", "```py\nf()\n```"),
    ]
    assert [[PAGE[p.start : p.end] for p in block.parts] for block in blocks[2:4]] == [
        ["- x", "- y\n  z"],
        ["| h |", "| 1 |"],
    ]


def test_offsets_count_from_the_beginning_of_the_whole_text() -> None:
    assert parse_blocks("---\nid: a\n---\nBody", 14) == (Block("paragraph", 14, 18),)


def test_an_unclosed_fence_is_seen() -> None:
    assert [block.closed for block in parse_blocks("```\nx\n```\n\n~~~~\ny\n~~~\n")] == [True, False]


def test_a_five_megabyte_line_is_one_block() -> None:
    text = "word " * 1_000_000
    assert [(b.kind, b.start, b.end) for b in parse_blocks(text)] == [("paragraph", 0, len(text.rstrip()))]


def test_sections_cover_the_body_and_repeat_no_anchor() -> None:
    text = "Lead.\n\n# A\n\none\n\n## B\n\ntwo\n\n## B\n\nthree\n\n# C\n"
    sections = split_sections(Document("p", "A", text, "p.md"), parse_blocks(text))
    assert [(s.id, s.heading_path, text[s.body_start : s.char_end].strip()) for s in sections] == [
        ("p#top", (), "Lead."),
        ("p#a", ("A",), "one"),
        ("p#b", ("A", "B"), "two"),
        ("p#b-1", ("A", "B"), "three"),
        ("p#c", ("C",), ""),
    ]
    assert [s.char_start for s in sections[1:]] == [s.char_end for s in sections[:-1]]


def test_page_furniture_is_left_out_of_the_reading_path() -> None:
    assert reading_path("Drift", ("Drift", "Deep Guidance", "Which test?")) == ("Drift", "Which test?")


def test_sentences_end_at_full_stops_but_not_at_abbreviations_numbers_or_code() -> None:
    text = "Use PSI, e.g. Per column.[^a] Above 0.2 act. See `a. B` first! Is it? Yes"
    assert [text[s.start : s.end] for s in sentence_spans(text, 0, len(text))] == [
        "Use PSI, e.g. Per column.[^a]",
        "Above 0.2 act.",
        "See `a. B` first!",
        "Is it?",
        "Yes",
    ]


def test_sentence_offsets_count_from_the_beginning_of_the_text() -> None:
    assert list(sentence_spans("xx One. Two.", 3, 12)) == [Span(3, 7), Span(8, 12)]
