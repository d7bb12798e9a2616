"""A unit is measured by its own tokens, however the chunks are cut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.blocks import Span
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.catalog import read_chunks
from mlplaybook.ingest.chunking import DEFAULT, Chunking
from mlplaybook.ingest.plain import without_source_marks
from mlplaybook.server.answers.relevance import unit_vectors
from mlplaybook.server.answers.units import Unit
from mlplaybook.server.retrieval.index import open_index
from tests.conftest import WORDS, WordEncoder, WritePages

PAGE = "# Drift\n\nOne two three four.[^a] Five six seven eight nine.\n\n- Ten eleven twelve thirteen fourteen.\n"
UNITS = ["One two three four.[^a]", "Five six seven eight nine.", "- Ten eleven twelve thirteen fourteen."]


@pytest.mark.parametrize(
    "chunking",
    [DEFAULT, Chunking("fixed", 4), Chunking("fixed", 8, 4), Chunking("sentences", 4, 2), Chunking("section", 1_800)],
    ids=lambda chunking: f"{chunking.strategy}-{chunking.tokens}-{chunking.overlap}",
)
def test_every_word_of_a_unit_counts_once(
    write_pages: WritePages, job: Callable[..., Job], encoder: WordEncoder, tmp_path: Path, chunking: Chunking
) -> None:
    write_pages({"drift.md": PAGE})
    ingest(job(chunking=chunking))
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))
    assert index.vectors is not None
    chunks = read_chunks(index.catalog, range(index.manifest.chunks))
    loaded = {row: index.vectors.token_rows(row) for row in chunks}
    for words in UNITS:
        start = PAGE.index(words)
        span = Span(start, start + len(words))
        found = unit_vectors(Unit("sentence", span.start, span.end, 0), chunks, loaded)
        assert len(found) == len(WORDS.findall(without_source_marks(words)))
