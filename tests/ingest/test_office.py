"""Word keeps its headings, PowerPoint its slide numbers, Excel its sheets."""

from __future__ import annotations

import datetime
import io

import pytest
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from mlplaybook.ingest.markdown import TABLE_ROWS, Converted
from mlplaybook.ingest.office import cell_text, convert_docx, convert_pptx, convert_xlsx
from tests.ingest.files import docx

TITLE_AND_CONTENT, BLANK = 1, 6


def test_a_word_file_keeps_its_headings() -> None:
    data = docx(
        ("Title", "Runbook"), ("", "Who is called."), ("Heading 1", "Alerts"), ("Heading 2", "Drift"), ("", "# x")
    )
    assert convert_docx(data) == Converted("", "# Runbook\n\nWho is called.\n\n# Alerts\n\n## Drift\n\n\\# x")


def test_a_slide_keeps_its_number_and_what_is_said_to_it() -> None:
    show = Presentation()
    show.core_properties.title = "Review"
    first = show.slides.add_slide(show.slide_layouts[TITLE_AND_CONTENT])
    first.shapes.title.text = "Why drift matters"
    first.placeholders[1].text = "Inputs change\nLabels come late"
    first.notes_slide.notes_text_frame.text = "Name the owner."
    show.slides.add_slide(show.slide_layouts[BLANK])
    third = show.slides.add_slide(show.slide_layouts[BLANK])
    group = third.shapes.add_group_shape()
    group.shapes.add_textbox(0, Inches(2), Inches(1), Inches(1)).text_frame.text = "below"
    table = third.shapes.add_table(2, 1, 0, 0, Inches(1), Inches(1)).table
    table.cell(0, 0).text, table.cell(1, 0).text = "limit", "0.2"
    file = io.BytesIO()
    show.save(file)
    slides = "Inputs change\n\nLabels come late\n\nName the owner.\n\n## Slide 3\n\n| limit |\n|---|\n| 0.2 |\n\nbelow"
    assert convert_pptx(file.getvalue()) == Converted("Review", f"## Slide 1: Why drift matters\n\n{slides}")


def test_a_sheet_is_a_section_and_a_long_one_repeats_its_header() -> None:
    book = Workbook()
    book.properties.title = "Limits"
    book.active.title = "PSI"
    for row in [["name", None, "limit"], ["a|b", None, 0.2], [], *([f"r{n}", None, n] for n in range(TABLE_ROWS))]:
        book.active.append(row)
    hidden = book.create_sheet("Hidden")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Empty")
    file = io.BytesIO()
    book.save(file)
    converted = convert_xlsx(file.getvalue())
    heading, first, second = converted.body.split("\n\n")
    head = "| name | limit |\n|---|---|\n"
    assert (converted.title, heading) == ("Limits", "## PSI")
    assert first.startswith(f"{head}| a\\|b | 0.2 |\n| r0 | 0 |\n")
    assert second == f"{head}| r{TABLE_ROWS - 1} | {TABLE_ROWS - 1} |"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (3.0, "3"),
        (0.1 + 0.2, "0.3"),
        (datetime.datetime(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02T03:04:00"),
        (" two\nlines ", "two\nlines"),
        (True, "True"),
    ],
)
def test_a_cell_is_what_its_reader_would_say(value: object, text: str) -> None:
    assert cell_text(value) == text
