"""Word, PowerPoint and Excel files to Markdown: headings kept, a section a slide, a section a sheet."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import mammoth
from openpyxl import load_workbook
from pptx import Presentation

from mlplaybook.ingest.decode import NotText
from mlplaybook.ingest.markdown import Converted, literal, readable, refuse_long_text, tables
from mlplaybook.ingest.webpage import convert_html

# What such a file may unpack to: a small one can be made to fill any memory.
LARGEST_UNPACKED = 256 * 1024 * 1024
# The container of password-protected files and of the formats before 2007.
OLD_CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")
WORD_STYLES = "p[style-name='Title'] => h1:fresh"


def check_package(data: bytes) -> None:
    """Refuse, with NotText, what is no package of XML files or unpacks to too much."""
    if data.startswith(OLD_CONTAINER):
        msg = "it is protected by a password, or in the format before 2007; save a copy as .docx, .pptx or .xlsx without one"
        raise NotText(msg)
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        if sum(entry.file_size for entry in package.infolist()) > LARGEST_UNPACKED:
            msg = f"it unpacks to more than {LARGEST_UNPACKED // 1024**2} MiB; split it or make its pictures smaller"
            raise NotText(msg)


def convert_docx(data: bytes) -> Converted:
    """A Word file by its styles; pictures are left out."""
    check_package(data)
    options = {"style_map": WORD_STYLES, "convert_image": lambda image: []}
    return convert_html(str(mammoth.convert_to_html(io.BytesIO(data), **options).value))


def convert_pptx(data: bytes) -> Converted:
    """`## Slide N: its title` with the texts, tables and notes of every slide that has some, N counted from 1."""
    check_package(data)
    show = Presentation(io.BytesIO(data))
    parts = [part for number, slide in enumerate(show.slides, start=1) if (part := slide_section(number, slide))]
    return Converted(str(show.core_properties.title or "").strip(), "\n\n".join(parts))


def slide_section(number: int, slide: Any) -> str:  # noqa: ANN401 (python-pptx names no type for it)
    """One slide, or nothing where nothing is written on it."""
    title = slide.shapes.title
    name = " ".join(title.text_frame.text.split()) if title is not None and title.has_text_frame else ""
    texts = [text for shape in reading_order(slide.shapes) for text in shape_texts(shape) if shape != title]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        texts.extend(paragraphs(slide.notes_slide.notes_text_frame.text))
    if not name and not texts:
        return ""
    return readable("\n\n".join([f"## Slide {number}{': ' if name else ''}{name}", *texts]))


def reading_order(shapes: Iterable[Any]) -> list[Any]:
    """Shapes from top to bottom, then from left to right; a placeholder without a place of its own comes first."""
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def shape_texts(shape: Any) -> Iterator[str]:  # noqa: ANN401 (python-pptx names no type for it)
    """The blocks that a shape, or a group of them, holds."""
    if hasattr(shape, "shapes"):
        for inner in reading_order(shape.shapes):
            yield from shape_texts(inner)
    elif shape.has_text_frame:
        yield from paragraphs(shape.text_frame.text)
    elif getattr(shape, "has_table", False):
        yield from tables([[cell.text for cell in row.cells] for row in shape.table.rows])


def paragraphs(text: str) -> Iterator[str]:
    """The lines of a text frame, each of which is a paragraph."""
    return (literal(line) for line in text.splitlines() if line.strip())


def convert_xlsx(data: bytes) -> Converted:
    """`## Name of the sheet` with the values of every visible sheet; a formula has the value that was saved with it.

    The first row is the header. Rows are kept by what they show: an empty one is left out.
    """
    check_package(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        parts = [part for sheet in book.worksheets if sheet.sheet_state == "visible" and (part := sheet_section(sheet))]
        title = str(book.properties.title or "").strip()
    finally:
        book.close()
    return Converted(title, "\n\n".join(parts))


def sheet_section(sheet: Any) -> str:  # noqa: ANN401 (openpyxl has no types)
    """One sheet, or nothing where nothing is written on it."""
    # The size that a file claims for a sheet may be anything; without it, rows are as long as they are.
    sheet.reset_dimensions()
    rows: list[list[str]] = []
    length = 0
    for values in sheet.iter_rows(values_only=True):
        row = [cell_text(value) for value in values]
        if any(row):
            rows.append(row)
            length += sum(map(len, row))
            refuse_long_text(length)
    return readable("\n\n".join([f"## {literal(sheet.title)}", *tables(rows)])) if rows else ""


def cell_text(value: object) -> str:
    """A value as a reader of the sheet would say it: dates in ISO form, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value).strip()


OFFICE: dict[str, Callable[[bytes], Converted]] = {".docx": convert_docx, ".pptx": convert_pptx, ".xlsx": convert_xlsx}
