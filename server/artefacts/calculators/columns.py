"""Columns of a CSV file by name."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Sequence

from mlplaybook.ingest.errors import BadDocument

SEPARATORS = ",;\t|"
# Python's csv stops at 131,072 characters in a cell; a longer one is no value that can be calculated with.
NEAR = 3


def read_columns(text: str, names: Sequence[str], source: str = "the CSV") -> dict[str, tuple[str, ...]]:
    """The cells of the named columns, row by row, an empty text where a row ends before them.

    The separator is the one of comma, semicolon, tab and bar that the first line has most of; the first line holds the
    names. Without names and with one column, that column is meant.

    :raises BadDocument: there is no such column, no row, or a row has more cells than there are names.
    """
    rows = read_rows(text, source)
    header = [name.strip() for name in next(rows, [])]
    if not any(header):
        raise BadDocument(f"{source} is empty.", "Give a CSV file whose first line names its columns.")
    places = {name: find_column(name, header, source) for name in names or header[:1]}
    if not names and len(header) > 1:
        raise BadDocument(f"{source} has {len(header)} columns.", f"Say --column with one of: {', '.join(header)}.")
    found: dict[str, list[str]] = {name: [] for name in places}
    for line, row in enumerate(rows, start=2):
        if len(row) > len(header):
            cause = f"{source} has {len(row)} cells in row {line}, and {len(header)} columns."
            raise BadDocument(cause, "Quote cells that hold the separator.")
        for name, place in places.items() if row or len(header) == 1 else ():
            found[name].append(row[place] if place < len(row) else "")
    if not any(found.values()):
        raise BadDocument(f"{source} has no rows below its first line.", "Give a file with values.")
    return {name: tuple(cells) for name, cells in found.items()}


def read_rows(text: str, source: str) -> Iterator[list[str]]:
    """Rows of cells; raises BadDocument where the text is no CSV."""
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    except csv.Error as error:
        raise BadDocument(f"{source} is no CSV: {error}.", "Save it as comma-separated UTF-8 text.") from error


def find_column(name: str, header: Sequence[str], source: str) -> int:
    """The place of a column; raises BadDocument offering the nearest names, or when two have that name."""
    if header.count(name) > 1:
        raise BadDocument(f"{source} has {header.count(name)} columns '{name}'.", "Rename all but one of them.")
    if name in header:
        return header.index(name)
    near = difflib.get_close_matches(name, header, NEAR, 0.5)
    offer = f"Did you mean {' or '.join(near)}? " if near else ""
    raise BadDocument(f"{source} has no column '{name}'.", f"{offer}Its columns: {', '.join(header)}.")
