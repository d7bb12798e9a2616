"""The text of a PDF by page, as a person reads it."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.markdown import Converted
from mlplaybook.ingest.pdf import convert_pdf, paragraphs, read_lines, without_running_lines
from tests.ingest.files import pdf

LONG = "The index compares the shares of every bin in both windows of the data"


def test_every_page_with_text_is_a_section() -> None:
    assert convert_pdf(pdf(["One"], [], ["Three"])) == Converted("", "## Page 1\n\nOne\n\n## Page 3\n\nThree")


@pytest.mark.parametrize(
    ("title", "kept"),
    [("Model cards", "Model cards"), ("Microsoft Word - draft 3", ""), ("untitled", ""), ("thesis.dvi", ""), (" ", "")],
)
def test_a_title_that_a_program_made_up_is_not_used(title: str, kept: str) -> None:
    assert convert_pdf(pdf(["Text"], title=title)).title == kept


def test_what_looks_like_markup_in_a_page_is_text() -> None:
    lines = ["# no heading", "```", "---", "<!-- no comment", "<div>", "[1]: http://example.org", "===", "Text"]
    body = convert_pdf(pdf(lines, ["Next"])).body
    assert [body[b.start : b.end] for b in parse_blocks(body) if b.kind == "heading"] == ["## Page 1", "## Page 2"]
    assert {b.kind for b in parse_blocks(body)} == {"heading", "paragraph"}


def test_a_short_line_ends_a_paragraph_and_a_bullet_begins_an_item() -> None:
    after = "Next we look at what the owner of the table has changed"
    text = paragraphs(["Results", LONG, LONG, "and ends.", after, "• daily"])
    assert [b.kind for b in parse_blocks(text)] == ["paragraph", "paragraph", "paragraph", "list"]
    assert text.split("\n\n")[1] == f"{LONG}\n{LONG}\nand ends."


def test_running_heads_and_page_numbers_are_read_once_or_never() -> None:
    pages = [["Handbook 1", "Text", "1"], ["Handbook 2", "More", "2"], ["Handbook 3", "page 3 of 3"], ["Last"]]
    assert without_running_lines(pages) == [["Handbook 1", "Text"], ["More"], [], ["Last"]]
    rows = [["PSI 0.1 7"], ["PSI 0.2 7"], ["PSI 0.3 7"], [], ["Same"], ["Same"]]
    assert without_running_lines(rows) == rows


def test_divided_words_and_ligatures_are_found_by_a_search() -> None:
    assert read_lines("classi\x02\ufb01cation \r\n\r\nof o\ufb03ces\x00") == ["classification", "of offices"]
