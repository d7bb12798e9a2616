"""Hybrid search: BM25 and dense candidates, convex fusion, late-interaction rerank, expansion to sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.catalog import read_chunks, read_document, read_sections
from mlplaybook.ingest.documents import Chunk, Document, Section
from mlplaybook.ingest.encoder import Encoded
from mlplaybook.ingest.sections import reading_path
from mlplaybook.server.retrieval.fuse import convex
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.late import LATE_DEPTH, LATE_WEIGHT, late_scores, question_tokens
from mlplaybook.server.retrieval.lexical import lexical_scores

# Candidates taken from each list; the fused top 30 lay within 100 of either on every development question.
CANDIDATES = 100
# BM25 scores are wanted for dense candidates too; so many rows are read to find them.
LEXICAL_DEPTH = 1_000
# A page may fill at most so many places, so that one long page does not hide the others.
PER_DOCUMENT = 3
# A section longer than this is shown as the chunk that matched and its neighbours.
LONGEST_SECTION = 4_000
# The heading under which a page says in short what it says at length.
SUMMARY_ANCHOR = "summary"

Fuse = Callable[[Mapping[int, float], Mapping[int, float]], dict[int, float]]


@dataclass(frozen=True, slots=True)
class Filter:
    """Only these pages, only below these folders; empty means all."""

    pages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """What a chunk scored: `dense` cosine, `lexical` BM25, `late` mean MaxSim, `total` their weighted sum; higher is better."""

    dense: float
    lexical: float
    late: float
    total: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A section with the chunk in it that matched best; `text` is exactly the document's `char_start:char_end`."""

    document: Document
    section: Section
    chunk: Chunk
    row: int
    scores: Scores
    char_start: int
    char_end: int

    @property
    def text(self) -> str:
        """What is shown: the section without its heading, or the neighbourhood of the chunk in a very long one."""
        return self.document.text[self.char_start : self.char_end]

    @property
    def path(self) -> tuple[str, ...]:
        """Page title and headings as a person would say them."""
        return reading_path(self.document.title or self.document.id, self.section.heading_path)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Chunks by score, best first, with the encoded question where there is an encoder."""

    scores: dict[int, Scores]
    question: Encoded | None


@dataclass(frozen=True, slots=True)
class Method:
    """Which parts of the search take part; the default is what users get, the others are compared with it."""

    lexical: bool = True
    dense: bool = True
    fuse: Fuse = convex
    late_weight: float = LATE_WEIGHT


def search(index: Index, question: str, k: int = 5, only: Filter = Filter(), method: Method = Method()) -> list[Hit]:
    """The best k sections for a question, best first, at most PER_DOCUMENT of one page."""
    return expand(index, rank_chunks(index, question, only, method), k)


def rank_chunks(index: Index, question: str, only: Filter = Filter(), method: Method = Method()) -> Ranking:
    """Score the chunks that either search found."""
    rows = allowed_rows(index, only)
    lexical = (
        lexical_scores(index.catalog, question, LEXICAL_DEPTH, rows) if method.lexical or not index.nearest else {}
    )
    if index.nearest is None or index.encoder is None or index.vectors is None or not method.dense:
        found = {row: Scores(0.0, score, 0.0, score) for row, score in list(lexical.items())[:CANDIDATES]}
        return Ranking(found, None)
    encoded = index.encoder.encode_query(question)
    near = nearest_rows(index, encoded, rows)
    candidates = list(dict.fromkeys([*near, *list(lexical)[:CANDIDATES]]))
    sentences = index.vectors.sentences
    dense = {row: float(sentences[row] @ encoded.sentence) for row in candidates}
    fused = method.fuse(dense, {row: lexical[row] for row in candidates if row in lexical})
    totals, late = rerank(index, encoded, fused, method.late_weight)
    order = sorted(totals, key=lambda row: (-totals[row], row))
    return Ranking({r: Scores(dense[r], lexical.get(r, 0.0), late.get(r, 0.0), totals[r]) for r in order}, encoded)


def nearest_rows(index: Index, encoded: Encoded, rows: frozenset[int] | None) -> list[int]:
    """Rows by cosine: from the index over everything, or by comparing all vectors that the filter leaves."""
    assert index.nearest is not None
    assert index.vectors is not None
    if rows is None:
        return index.nearest(encoded.sentence, min(CANDIDATES, index.manifest.chunks))
    kept = sorted(rows)
    cosines = index.vectors.sentences[kept] @ encoded.sentence
    return [kept[place] for place in (-cosines).argsort(kind="stable")[:CANDIDATES]]


def rerank(
    index: Index, encoded: Encoded, fused: Mapping[int, float], weight: float
) -> tuple[dict[int, float], dict[int, float]]:
    """Add weighted MaxSim to the first LATE_DEPTH; the rest keeps its order behind them. Returns (totals, MaxSim)."""
    assert index.vectors is not None
    if not weight:
        return dict(fused), {}
    question = question_tokens(encoded)
    first = sorted(fused, key=lambda row: (-fused[row], row))[:LATE_DEPTH]
    late = dict(zip(first, late_scores(question, [index.vectors.token_rows(row) for row in first]), strict=True))
    totals = {row: fused[row] + weight * late.get(row, 0.0) for row in fused}
    return totals, late


def allowed_rows(index: Index, only: Filter) -> frozenset[int] | None:
    """Chunk rows that the filter leaves, or None for all of them."""
    if not only.pages and not only.folders:
        return None
    rows = index.catalog.connection.execute(
        "SELECT c.row, d.id, d.folder FROM chunks AS c JOIN documents AS d ON d.id = c.document"
    )
    return frozenset(
        row
        for row, page, folder in rows
        if (not only.pages or page in only.pages)
        and (not only.folders or any(folder == name or folder.startswith(f"{name}/") for name in only.folders))
    )


def expand(index: Index, ranking: Ranking, k: int) -> list[Hit]:
    """Chunks to sections: each section once, by its best chunk."""
    hits: list[Hit] = []
    chunks = read_chunks(index.catalog, list(ranking.scores))
    summaries = read_summaries(index)
    documents: dict[str, tuple[Document, dict[str, Section]]] = {}
    seen: set[str] = set()
    taken: dict[str, int] = {}
    for row, scores in ranking.scores.items():
        if len(hits) == k:
            break
        chunk = chunks[row]
        if chunk.section in summaries:
            row = summaries[chunk.section]
            chunk = chunks.get(row) or read_chunks(index.catalog, [row])[row]
        if chunk.section in seen or taken.get(chunk.document, 0) == PER_DOCUMENT:
            continue
        seen.add(chunk.section)
        taken[chunk.document] = taken.get(chunk.document, 0) + 1
        document, sections = documents.setdefault(chunk.document, read_whole(index, chunk.document))
        hits.append(create_hit(document, sections[chunk.section], chunk, row, scores))
    return hits


def read_summaries(index: Index) -> dict[str, int]:
    """For every page lead that a `Summary` section follows, the row of the summary's first chunk.

    Such a lead says what the page is about; whoever matches it wants to know what the page says.
    """
    found = index.catalog.connection.execute(
        "SELECT lead.document || '#' || lead.anchor, min(c.row) FROM sections AS lead"
        " JOIN sections AS summary ON summary.document = lead.document AND summary.ordinal = lead.ordinal + 1"
        " JOIN chunks AS c ON c.section = summary.document || '#' || summary.anchor"
        " WHERE lead.level <= 1 AND summary.anchor = ? GROUP BY lead.document, lead.anchor",
        (SUMMARY_ANCHOR,),
    )
    return dict(found)


def read_whole(index: Index, identifier: str) -> tuple[Document, dict[str, Section]]:
    """A document and its sections by id."""
    document = read_document(index.catalog, identifier)
    assert document is not None
    return document, {section.id: section for section in read_sections(index.catalog, identifier)}


def create_hit(document: Document, section: Section, chunk: Chunk, row: int, scores: Scores) -> Hit:
    """A hit that shows the whole section, or what surrounds the chunk when that would be too long."""
    start, end = trim(document.text, section.body_start, section.char_end)
    if end - start > LONGEST_SECTION:
        spare = max(0, LONGEST_SECTION - (chunk.char_end - chunk.char_start)) // 2
        start, end = trim(document.text, max(start, chunk.char_start - spare), min(end, chunk.char_end + spare))
    return Hit(document, section, chunk, row, scores, start, end)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    content = text[start:end]
    return end - len(content.lstrip()), start + len(content.rstrip())


def documents_in_order(hits: Sequence[Hit]) -> list[str]:
    """Document ids by their best hit."""
    return list(dict.fromkeys(hit.document.id for hit in hits))
