"""Sections by the questions that are written beside them."""

from __future__ import annotations

from collections.abc import Sequence

from mlplaybook.ingest.catalog import Catalog, marks
from mlplaybook.ingest.encoder import Floats

# How much the best cosine with a section's questions counts beside the fused score (docs/retrieval.md has the sweep).
ASKED_WEIGHT = 2.0
# Sections whose chunks become candidates by their questions alone.
ASKED_SECTIONS = 20
# What a section without questions counts as: about the cosine of a question with one from elsewhere.
UNASKED = 0.3


def asked_scores(catalog: Catalog, vectors: Floats, question: Floats) -> dict[str, float]:
    """Highest cosine of the question with any question of a section, by section id, best first.

    :param vectors: (questions, dimensions), unit rows in the order of the catalog's table.
    :param question: (dimensions,), of unit length.
    """
    if not len(vectors):
        return {}
    cosines = vectors @ question
    best: dict[str, float] = {}
    for (section,), cosine in zip(
        catalog.connection.execute("SELECT section FROM asked ORDER BY row"), cosines, strict=True
    ):
        best[section] = max(best.get(section, -1.0), float(cosine))
    return dict(sorted(best.items(), key=lambda item: -item[1]))


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
