"""A whole corpus as passages: what a model with a large window can be shown instead of the best few."""

from __future__ import annotations

import json

from mlplaybook.ingest.catalog import read_chunks
from mlplaybook.ingest.options import conditions
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import UNKNOWN, Profile, why_not
from mlplaybook.server.retrieval.search import Hit, Scores, read_whole, trim

# Nothing was searched for, so nothing has a score.
NO_SCORES = Scores(0.0, 0.0, 0.0, 0.0)


def read_everything(index: Index, only: Filter, profile: Profile = UNKNOWN) -> tuple[Hit, ...]:
    """Every section that has words of its own, in reading order; of the pages that pass the filter.

    Those of pages that are not for the project say why.
    """
    pages = index.catalog.connection.execute(
        "SELECT id, folder, topics, volatility, applies_to FROM documents ORDER BY position"
    ).fetchall()
    return tuple(
        hit
        for page, folder, topics, volatility, applies_to in pages
        if only.passes(page, folder, json.loads(topics), volatility)
        for hit in read_sections_of(index, page, why_not(conditions(json.loads(applies_to)), profile))
    )


def read_sections_of(index: Index, page: str, why_lower: str = "") -> list[Hit]:
    """The sections of a page as hits; one without a chunk holds nothing to read."""
    whole = read_whole(index, page)
    rows = index.catalog.connection.execute(
        "SELECT section, min(row) FROM chunks WHERE document = ? GROUP BY section ORDER BY min(row)", (page,)
    ).fetchall()
    chunks = read_chunks(index.catalog, [row for _, row in rows])
    hits = []
    for section, row in rows:
        found = whole.sections[section]
        start, end = trim(whole.document.text, found.body_start, found.char_end)
        hits.append(Hit(whole.document, found, chunks[row], row, NO_SCORES, start, end, why_lower))
    return hits
