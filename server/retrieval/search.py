"""Hybrid search: BM25 and dense candidates, convex fusion, late-interaction rerank, expansion to sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.ingest.catalog import read_chunks, read_document, read_sections
from mlplaybook.ingest.documents import Chunk, Document, Section, section_id
from mlplaybook.ingest.encoder import Encoded
from mlplaybook.ingest.sections import reading_path
from mlplaybook.server.retrieval.asked import (
    ASKED_SECTIONS,
    ASKED_WEIGHT,
    UNASKED,
    asked_scores,
    rows_of_sections,
    sections_of_rows,
)
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
    """What a chunk scored, higher for better.

    `dense` cosine, `lexical` BM25, `late` mean MaxSim, `asked` cosine with the nearest question written beside its section,
    `total` their weighted sum.
    """

    dense: float
    lexical: float
    late: float
    total: float
    asked: float = 0.0


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
    asked_weight: float = ASKED_WEIGHT


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
    asked = asked_scores(index.asked, index.vectors.asked, encoded.sentence) if method.asked_weight else {}
    led = rows_of_sections(index.catalog, list(asked)[:ASKED_SECTIONS])
    candidates = list(
        dict.fromkeys([*near, *list(lexical)[:CANDIDATES], *(row for row in led if rows is None or row in rows)])
    )
    sentences = index.vectors.sentences
    dense = {row: float(sentences[row] @ encoded.sentence) for row in candidates}
    fused = method.fuse(dense, {row: lexical[row] for row in candidates if row in lexical})
    by_row = asked_by_row(index, asked, candidates)
    fused = {row: score + method.asked_weight * by_row.get(row, 0.0) for row, score in fused.items()}
    totals, late = rerank(index, encoded, fused, method.late_weight)
    order = sorted(totals, key=lambda row: (-totals[row], row))
    scores = {r: Scores(dense[r], lexical.get(r, 0.0), late.get(r, 0.0), totals[r], by_row.get(r, 0.0)) for r in order}
    return Ranking(scores, encoded)


def asked_by_row(index: Index, asked: Mapping[str, float], rows: Sequence[int]) -> dict[int, float]:
    """What each candidate's section scored by its questions; nothing where the corpus has none."""
    if not asked:
        return {}
    return {row: asked.get(section, UNASKED) for row, section in sections_of_rows(index.catalog, rows).items()}


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
    documents: dict[str, Whole] = {}
    seen: set[str] = set()
    taken: Counter[str] = Counter()
    for ranked, scores in ranking.scores.items():
        if len(hits) == k:
            break
        identifier = chunks[ranked].document
        if taken[identifier] == PER_DOCUMENT:
            continue
        if identifier not in documents:
            documents[identifier] = read_whole(index, identifier)
        row, chunk = from_summary(index, documents[identifier], ranked, chunks[ranked])
        if chunk.section not in seen:
            seen.add(chunk.section)
            taken[identifier] += 1
            hits.append(create_hit(documents[identifier], chunk, row, scores))
    return hits


@dataclass(frozen=True, slots=True)
class Whole:
    """A document with its sections by id, in reading order."""

    document: Document
    sections: dict[str, Section]


def read_whole(index: Index, identifier: str) -> Whole:
    """A document and its sections."""
    document = read_document(index.catalog, identifier)
    assert document is not None
    return Whole(document, {section.id: section for section in read_sections(index.catalog, identifier)})


def from_summary(index: Index, whole: Whole, row: int, chunk: Chunk) -> tuple[int, Chunk]:
    """The first chunk of the summary for a chunk of a page's lead that a summary follows, else the chunk itself.

    Such a lead says what the page is about; whoever matches it wants to know what the page says.
    """
    lead = whole.sections[chunk.section]
    after = section_id(lead.document, SUMMARY_ANCHOR)
    if lead.level > 1 or after not in whole.sections or whole.sections[after].ordinal != lead.ordinal + 1:
        return row, chunk
    found = index.catalog.connection.execute(
        "SELECT row FROM chunks WHERE document = ? AND section = ? ORDER BY ordinal LIMIT 1", (lead.document, after)
    ).fetchone()
    return (found[0], read_chunks(index.catalog, [found[0]])[found[0]]) if found else (row, chunk)


def create_hit(whole: Whole, chunk: Chunk, row: int, scores: Scores) -> Hit:
    """A hit that shows the whole section, or what surrounds the chunk when that would be too long."""
    document, section = whole.document, whole.sections[chunk.section]
    start, end = trim(document.text, section.body_start, section.char_end)
    if end - start > LONGEST_SECTION:
        spare = max(0, LONGEST_SECTION - (chunk.char_end - chunk.char_start)) // 2
        start, end = trim(document.text, max(start, chunk.char_start - spare), min(end, chunk.char_end + spare))
    return Hit(document, section, chunk, row, scores, start, end)


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without white space at its ends."""
    content = text[start:end]
    return end - len(content.lstrip()), start + len(content.rstrip())
