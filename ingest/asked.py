"""Questions that people ask of a section, written beside the pages: they are searched with the sections they lead to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlplaybook.ingest.checksums import sha256_of_all
from mlplaybook.ingest.encoder import Encoder, Floats
from mlplaybook.ingest.errors import BadSource

# Below a source folder: a file a page, a line a section.
FOLDER = "asked"
VECTORS_FILE = "asked.f32"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the id of the section that answers it."""

    section: str
    text: str


def read_asked(source: Path) -> tuple[Asked, ...]:
    """Every question below `source/asked`, in file order; none where there is no such folder.

    :raises BadSource: a line is not `{"section": "page#anchor", "questions": ["..."]}`.
    """
    return tuple(entry for path in asked_files(source) for entry in read_file(path))


def asked_files(source: Path) -> list[Path]:
    """The files in name order."""
    return sorted((source / FOLDER).glob("*.jsonl"))


def read_file(path: Path) -> Iterator[Asked]:
    """The questions of one file."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            yield from (Asked(str(record["section"]), str(text)) for text in record["questions"])
        except (ValueError, KeyError, TypeError) as error:
            cause = f"{path}, line {number}, holds no questions of a section: {error}."
            raise BadSource(cause, 'Write {"section": "page#anchor", "questions": ["..."]}.') from error


def asked_mark(source: Path) -> str:
    """A hash of all the files, part of what decides whether an index is up to date."""
    return sha256_of_all([part for path in asked_files(source) for part in (path.name, path.read_text("utf-8"))])


def keep_known(asked: Iterable[Asked], sections: frozenset[str]) -> tuple[Asked, ...]:
    """The questions whose sections are there: a page of the reader's own may have replaced one."""
    return tuple(entry for entry in asked if entry.section in sections)


def encode_asked(asked: Sequence[Asked], encoder: Encoder, known: dict[str, Floats]) -> Floats:
    """Sentence vectors, (questions, dimensions); those in `known`, by text, are taken over."""
    new = [entry.text for entry in asked if entry.text not in known]
    made = dict(zip(new, (encoded.sentence for encoded in encoder.encode_documents(new)), strict=True))
    rows = [known[entry.text] if entry.text in known else made[entry.text] for entry in asked]
    return np.stack(rows) if rows else np.zeros((0, encoder.dimensions), np.float32)
