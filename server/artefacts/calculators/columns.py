"""Columns of a CSV file by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.records import Calculator
from mlplaybook.server.artefacts.nearest import nearest

SEPARATORS = ",;\t|"


@dataclass(frozen=True, slots=True)
class File:
    """A CSV file that was read; `name` is how errors call it."""

    name: str
    text: str


def bind(
    calculator: Calculator, wanted: Sequence[str], file: File | None, reference: File | None
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    """The cells for each input that a column fills.

    `NAME` is the column of the calculator's main input, `INPUT=NAME` that of another one; with a reference file the same
    column of it fills the reference, unless `INPUT=NAME` names another.

    :raises BadDocument: the calculator takes no columns, a file or a column is missing.
    """
    if file is None and reference is None and not wanted:
        return {}
    inputs = [parameter.name for parameter in calculator.inputs if parameter.kind == "column"]
    if not inputs:
        raise BadDocument(f"{calculator.id} takes no columns.", f"Give key=value: mlplaybook calculate {calculator.id}")
    if file is None:
        raise BadDocument(f"{calculator.id} has no file for its columns.", "Add --csv FILE.")
    if reference is not None and not calculator.reference:
        raise BadDocument(f"{calculator.id} has no reference.", "Leave --reference out.")
    chosen = dict(split_name(text, inputs, calculator.column) for text in wanted)
    if not chosen:
        chosen = {calculator.column: ""}
    if reference is not None:
        chosen.setdefault(calculator.reference, chosen.get(calculator.column, ""))
    return {
        target: one_column(name, reference if reference is not None and target == calculator.reference else file)
        for target, name in chosen.items()
    }


def split_name(text: str, inputs: Sequence[str], main: str) -> tuple[str, str]:
    """The input and the column of `INPUT=NAME`; a name alone, even with a sign in it, is for the main input.

    >>> split_name("labels=churned", ("labels",), "values"), split_name("a=b", ("labels",), "values")
    (('labels', 'churned'), ('values', 'a=b'))
    """
    target, sign, name = text.partition("=")
    wanted = target.strip().lower().replace("-", "_")
    return (wanted, name.strip()) if sign and wanted in inputs else (main, text.strip())


def one_column(name: str, file: File) -> tuple[str, ...]:
    """The cells of a column; the only one where no name is given."""
    return next(iter(read_columns(file.text, [name] if name else [], file.name).values()))


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
    near = nearest(name, header)
    offer = f"Did you mean {' or '.join(near)}? " if near else ""
    raise BadDocument(f"{source} has no column '{name}'.", f"{offer}Its columns: {', '.join(header)}.")
