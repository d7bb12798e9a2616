"""Passages made from a few lines of Markdown, for tests of how an answer is chosen from them."""

from __future__ import annotations

from collections.abc import Sequence

from mlplaybook.ingest.documents import Chunk, Document, Section
from mlplaybook.ingest.encoder import Floats
from mlplaybook.server.answers.passages import Passage, cost_of
from mlplaybook.server.answers.units import split_units, unit_text
from mlplaybook.server.answers.worth import Evidence
from mlplaybook.server.retrieval.search import Hit, Scores


def hit_on(text: str, page: str = "page", total: float = 1.0) -> Hit:
    """A hit on a page that consists of one section with this text."""
    document = Document(page, page.title(), text, f"{page}.md")
    section = Section(page, "top", (page.title(),), 1, 0, 0, 0, len(text))
    chunk = Chunk(f"{page}-0", page, section.id, section.heading_path, 0, 0, len(text), text, text)
    return Hit(document, section, chunk, 0, Scores(0.0, 0.0, 0.0, total), 0, len(text))


def passage_of(
    text: str, worth: Sequence[float] = (), page: str = "page", means: Sequence[Floats | None] = ()
) -> Passage:
    """A passage whose units are worth this, in reading order, or nothing."""
    units = split_units(text, 0, len(text))
    texts = tuple(unit_text(text, unit) for unit in units)
    assert len(worth) in {0, len(units)}, texts
    evidence = (Evidence(0.0, 0.0),) * len(units)
    values, vectors = tuple(worth or [0.0] * len(units)), tuple(means or [None] * len(units))
    return Passage(hit_on(text, page), units, texts, tuple(map(cost_of, units, texts)), evidence, values, vectors)
