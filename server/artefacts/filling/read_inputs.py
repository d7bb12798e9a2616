"""Files and folders into inputs, and inputs into what they hold: words or values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.server.artefacts.filling.logs import (
    is_log,
    is_report,
    mlflow_part,
    read_header,
    read_log,
    read_mlflow,
    read_named_numbers,
    read_report,
    read_sheet,
)
from mlplaybook.server.artefacts.filling.prose import read_prose
from mlplaybook.server.artefacts.filling.records import InputText, Leaf, Piece
from mlplaybook.server.artefacts.filling.structured import NotStructured, read_settings, read_structured

# What a person wrote about a project is far shorter; a longer file is data.
MOST_BYTES = 1_000_000
MOST_FILES = 400
STRUCTURED = {".yaml", ".yml", ".json"}
SETTINGS = {".toml", ".ini", ".cfg", ".env", ".conf"}
TABLES = {".csv", ".tsv"}
# Written by programs, of no use as words.
SKIPPED = {".git", ".venv", "node_modules", "__pycache__", "artifacts"}


@dataclass(frozen=True, slots=True)
class Material:
    """What the inputs hold: pieces of prose, leaves of everything structured, and which inputs gave nothing and why."""

    texts: dict[str, str]
    pieces: tuple[Piece, ...]
    leaves: tuple[Leaf, ...]
    left_out: tuple[str, ...]


def read_inputs(paths: Iterable[Path]) -> tuple[InputText, ...]:
    """The files, and the files below the folders, in the order given; what cannot be read comes with its `problem`."""
    return tuple(read_file(path, source) for path, source in files_of(paths))


def files_of(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file with the name that evidence shows: as given, or relative to the folder's parent."""
    count = 0
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        for found in sorted(path.rglob("*")):
            inside = found.relative_to(path)
            if found.is_file() and not found.is_symlink() and not SKIPPED & set(inside.parts) and count < MOST_FILES:
                count += 1
                yield found, f"{path.name}/{inside.as_posix()}"


def read_file(path: Path, source: str) -> InputText:
    """One file as text; line breaks stay as they are."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return InputText(source, "", f"larger than {MOST_BYTES:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        return InputText(source, "", error.strerror or str(error))
    if b"\0" in data:
        return InputText(source, "", "not a text file")
    try:
        return InputText(source, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return InputText(source, data.decode("cp1252", "replace"))


def read_material(inputs: Iterable[InputText]) -> Material:
    """The inputs taken apart, each by what it is: by its name, then by its content."""
    texts: dict[str, str] = {}
    pieces: list[Piece] = []
    leaves: list[Leaf] = []
    left_out: list[str] = []
    for given in inputs:
        if given.problem or not given.text.strip():
            left_out.append(f"{given.source}: {given.problem or 'empty'}")
            continue
        texts[given.source] = given.text
        try:
            words, values = take_apart(given)
        except NotStructured as error:
            left_out.append(f"{given.source}: read as prose, since it is not what its name says ({error})")
            words, values = read_prose(given), ()
        pieces += words
        leaves += values
        if not words and not values:
            left_out.append(f"{given.source}: nothing in it could be read")
    return Material(texts, tuple(pieces), tuple(leaves), tuple(left_out))


def take_apart(given: InputText) -> tuple[tuple[Piece, ...], tuple[Leaf, ...]]:
    """Pieces and leaves of one input; raises NotStructured."""
    suffix = Path(given.source).suffix.lower()
    if part := mlflow_part(given.source):
        return (), read_mlflow(given, *part)
    if suffix in STRUCTURED or given.text.lstrip().startswith("{"):
        return (), read_structured(given)
    if suffix in SETTINGS or Path(given.source).name.startswith(".env"):
        return (), read_settings(given)
    if suffix in TABLES:
        return (read_prose(given), ()) if is_sheet(given.text) else ((), read_sheet(given) or read_header(given))
    if is_report(given.text):
        return report_with_words(given)
    if is_log(given.text):
        return (), read_log(given)
    numbers = read_named_numbers(given)
    spans = {(leaf.key_start, leaf.char_end) for leaf in numbers}
    words = read_prose(given)
    return tuple(p for p in words if not any(p.char_start <= start < p.char_end for start, _ in spans)), numbers


def report_with_words(given: InputText) -> tuple[tuple[Piece, ...], tuple[Leaf, ...]]:
    """A scikit-learn report; what stands around it in a note is prose, its numbers are not."""
    leaves = read_report(given)
    words = [p for p in read_prose(given) if not re.search(r"f1-score|macro avg|weighted avg", p.text)]
    return tuple(words), leaves


def is_sheet(text: str) -> bool:
    """Whether a tab-separated file is a person's sheet of labels and sentences, and no table of data."""
    rows = [line.split("\t") for line in text.splitlines() if line.strip()]
    worded = [
        row for row in rows if len(row) > 1 and len(row[1].split()) > 3 and not re.fullmatch(r"[\d.,\s]+", row[1])
    ]
    return len(worded) >= max(3, 0.4 * len(rows))
