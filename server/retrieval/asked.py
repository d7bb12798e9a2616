"""Sections by the questions that are written beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.catalog import Catalog, marks
from mlplaybook.ingest.encoder import Floats

# How much the best cosine with a section's questions counts beside the fused score (docs/retrieval.md has the sweep).
ASKED_WEIGHT = 1.5
# Sections whose chunks become candidates by their questions alone.
ASKED_SECTIONS = 20
# What a section without questions counts as: about the cosine of a question with one from elsewhere.
UNASKED = 0.3


@dataclass(frozen=True, slots=True)
class AskedSections:
    """Sections that have questions, and for each question the number of its section."""

    sections: tuple[str, ...]
    numbers: NDArray[np.int64]


NO_QUESTIONS = AskedSections((), np.zeros(0, np.int64))


def read_asked_sections(catalog: Catalog) -> AskedSections:
    """Which section each question belongs to, in row order; read once, when an index is opened."""
    of = [section for (section,) in catalog.connection.execute("SELECT section FROM asked ORDER BY row")]
    numbers = {section: number for number, section in enumerate(dict.fromkeys(of))}
    return AskedSections(tuple(numbers), np.array([numbers[section] for section in of], np.int64))


def asked_scores(asked: AskedSections, vectors: Floats, question: Floats) -> dict[str, float]:
    """Highest cosine of the question with any question of a section, by section id, best first.

    :param vectors: (questions, dimensions), unit rows in the order of the catalog's table.
    :param question: (dimensions,), of unit length.

    >>> sections = AskedSections(("a", "b"), np.array([0, 1, 1]))
    >>> vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    >>> {name: round(best, 2) for name, best in asked_scores(sections, vectors, np.array([0, 1], np.float32)).items()}
    {'b': 1.0, 'a': 0.0}
    """
    best = np.full(len(asked.sections), -1.0)
    np.maximum.at(best, asked.numbers, vectors @ question)
    return {asked.sections[number]: float(best[number]) for number in np.argsort(-best, kind="stable")}


def rows_of_sections(catalog: Catalog, sections: Sequence[str]) -> list[int]:
    """Chunk rows of sections."""
    places = marks(len(sections))
    found = catalog.connection.execute(
        f"SELECT row FROM chunks WHERE section IN ({places}) ORDER BY row", tuple(sections)
    )
    return [row for (row,) in found]


def sections_of_rows(catalog: Catalog, rows: Sequence[int]) -> dict[int, str]:
    """Section ids by chunk row."""
    found = catalog.connection.execute(
        f"SELECT row, section FROM chunks WHERE row IN ({marks(len(rows))})", tuple(rows)
    )
    return dict(found)
