"""Hybrid search: BM25 and dense candidates, convex fusion, late-interaction rerank, expansion to sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mlplaybook.ingest.catalog import read_chunks, read_document, read_sections
from mlplaybook.ingest.documents import Chunk, Document, Section, section_id
from mlplaybook.ingest.encoder import Encoded
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.ingest.sections import reading_path
from mlplaybook.server.retrieval.asked import (
    ASKED_SECTIONS,
    UNASKED,
    asked_scores,
    rows_of_sections,
    sections_of_rows,
)
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter, allowed_rows
from mlplaybook.server.retrieval.fuse import convex
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.late import LATE_DEPTH, late_scores, question_tokens
from mlplaybook.server.retrieval.lexical import lexical_scores
from mlplaybook.server.retrieval.mmr import diversify
from mlplaybook.server.retrieval.profiles import UNKNOWN, Profile, inapplicable_rows
from mlplaybook.server.retrieval.tuned import Weights

# Candidates taken from each list; the fused top 30 lay within 100 of either on every development question.
CANDIDATES = 100
# BM25 scores are wanted for dense candidates too; so many rows are read to find them.
LEXICAL_DEPTH = 1_000
# A page may fill at most so many places, so that one long page does not hide the others.
PER_DOCUMENT = 3
# A section longer than this is shown as the chunk that matched and its neighbours.
LONGEST_SECTION = 4_000
# A chunk of a page that is not for the project loses this share of the best total. It halves such pages in front of one that
# is, and is the most that puts no development question's only answer out of the first five (docs/retrieval.md).
INAPPLICABLE = 0.05
# Of a chunk's meaning, the share that its whole section has: a question is about a section, a chunk is where its words
# stand. From 0 to .7 own dev nDCG@10 rose by .011, paragraphs by .001 and a FAQ by .004; at 1 paragraphs lost .005.
SECTION_WEIGHT = 0.7
# The heading under which a page says in short what it says at length.
SUMMARY_ANCHOR = "summary"

# Dense and lexical scores by row, and the lexical share, to one score.
Fuse = Callable[[Mapping[int, float], Mapping[int, float], float], dict[int, float]]


@dataclass(frozen=True, slots=True)
class Scores:
    """What a chunk scored, higher for better.

    `dense` cosine, `section` cosine of its section's mean vector, `lexical` BM25, `late` mean MaxSim, `asked` cosine with the
    nearest question written beside its section, `total` their weighted sum.
    """

    dense: float
    lexical: float
    late: float
    total: float
    asked: float = 0.0
    section: float = 0.0

    def meaning(self, section_weight: float) -> float:
        """The cosine that is fused: of the chunk, and of its section by its weight."""
        return (1 - section_weight) * self.dense + section_weight * self.section


@dataclass(frozen=True, slots=True)
class Hit:
    """A section with the chunk in it that matched best; `text` is exactly the document's `char_start:char_end`.

    `why_lower` says why its page is not for the project of the asker; such a hit has lost some of its total.
    """

    document: Document
    section: Section
    chunk: Chunk
    row: int
    scores: Scores
    char_start: int
    char_end: int
    why_lower: str = ""

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
    """Chunks by score, best first, with the encoded question where there is an encoder.

    `why_lower` has the chunks of pages that are not for the project, and why.
    """

    scores: dict[int, Scores]
    question: Encoded | None
    why_lower: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Method:
    """Which parts of the search take part; the default is what users get, the others are compared with it.

    A weight that is None is what the corpus was tuned to, or else the default; `late_depth` chunks get a MaxSim. `profile`
    is the project that is asked for. `mmr`, from 0 to 1, reorders the chunks by maximal marginal relevance: 1 is relevance
    alone, less prefers what is unlike what stands before it.
    """

    lexical: bool = True
    dense: bool = True
    fuse: Fuse = convex
    lexical_weight: float | None = None
    late_weight: float | None = None
    asked_weight: float | None = None
    section_weight: float = SECTION_WEIGHT
    late_depth: int = LATE_DEPTH
    profile: Profile = UNKNOWN
    mmr: float | None = None


def search(index: Index, question: str, k: int = 5, only: Filter = EVERYTHING, method: Method = Method()) -> list[Hit]:
    """The best k sections for a question, best first, at most PER_DOCUMENT of one page."""
    return expand(index, rank_chunks(index, question, only, method), k)


def rank_chunks(index: Index, question: str, only: Filter = EVERYTHING, method: Method = Method()) -> Ranking:
    """Score the chunks that either search found."""
    weights = weights_of(index, method)
    rows = allowed_rows(index, only)
    lexical = (
        lexical_scores(index.catalog, question, LEXICAL_DEPTH, rows) if method.lexical or not index.nearest else {}
    )
    if index.nearest is None or index.encoder is None or index.vectors is None or not method.dense:
        found = {row: Scores(0.0, score, 0.0, score) for row, score in list(lexical.items())[:CANDIDATES]}
        return arrange(index, Ranking(found, None), method)
    encoded = index.encoder.encode_query(question)
    near = nearest_rows(index, encoded, rows)
    asked = asked_scores(index.asked, index.vectors.asked, encoded.sentence) if weights.asked else {}
    led = rows_of_sections(index.catalog, list(asked)[:ASKED_SECTIONS])
    candidates = list(
        dict.fromkeys([*near, *list(lexical)[:CANDIDATES], *(row for row in led if rows is None or row in rows)])
    )
    by_row = asked_by_row(index, asked, candidates)
    found = compare(index, encoded, candidates, lexical, by_row)
    meaning = {row: scores.meaning(method.section_weight) for row, scores in found.items()}
    fused = method.fuse(meaning, {row: lexical[row] for row in candidates if row in lexical}, weights.lexical)
    fused = {row: score + weights.asked * by_row.get(row, 0.0) for row, score in fused.items()}
    totals, late = rerank(index, encoded, fused, weights.late, method.late_depth)
    order = sorted(totals, key=lambda row: (-totals[row], row))
    scores = {row: replace(found[row], late=late.get(row, 0.0), total=totals[row]) for row in order}
    return arrange(index, Ranking(scores, encoded), method)


def weights_of(index: Index, method: Method) -> Weights:
    """The weights that a method names, and for the others those of the corpus."""
    own = index.tuned.weights if index.tuned else Weights()
    return Weights(
        own.lexical if method.lexical_weight is None else method.lexical_weight,
        own.late if method.late_weight is None else method.late_weight,
        own.asked if method.asked_weight is None else method.asked_weight,
    )


def arrange(index: Index, ranking: Ranking, method: Method) -> Ranking:
    """The ranking in the order that suits the asker: pages for other projects lower, and diverse if that is wanted."""
    lowered = lower(ranking, inapplicable_rows(index.catalog, list(ranking.scores), method.profile))
    return lowered if method.mmr is None else diverse(index, lowered, method.mmr)


def lower(ranking: Ranking, why: Mapping[int, str]) -> Ranking:
    """The ranking with these chunks INAPPLICABLE of the best total lower."""
    if not why:
        return ranking
    loss = INAPPLICABLE * max(0.0, *(scores.total for scores in ranking.scores.values()))
    lowered = {r: replace(s, total=s.total - loss) if r in why else s for r, s in ranking.scores.items()}
    ordered = dict(sorted(lowered.items(), key=lambda pair: -pair[1].total))
    return Ranking(ordered, ranking.question, why)


def diverse(index: Index, ranking: Ranking, weight: float) -> Ranking:
    """The ranking by maximal marginal relevance; the scores stay what they were.

    :raises BadSetting: the weight is not between 0 and 1, or there are no vectors to compare.
    """
    if not 0 <= weight <= 1:
        raise BadSetting(f"--mmr {weight:g} is not between 0 and 1.", "1 is relevance alone; try 0.7.")
    if index.vectors is None or ranking.question is None:
        cause = "--mmr compares vectors, and this search is by words only."
        raise BadSetting(cause, "Leave it out; `mlplaybook doctor` says why there are no vectors.")
    rows = list(ranking.scores)
    totals = np.array([scores.total for scores in ranking.scores.values()], np.float32)
    order = diversify(totals, index.vectors.sentences[rows], weight)
    return replace(ranking, scores={rows[place]: ranking.scores[rows[place]] for place in order})


def compare(
    index: Index, encoded: Encoded, rows: Sequence[int], lexical: Mapping[int, float], asked: Mapping[int, float]
) -> dict[int, Scores]:
    """What each candidate scored so far."""
    assert index.vectors is not None
    dense = (index.vectors.sentences[rows] @ encoded.sentence).tolist()
    whole = (index.vectors.sections[rows] @ encoded.sentence).tolist()
    return {
        row: Scores(cosine, lexical.get(row, 0.0), 0.0, 0.0, asked.get(row, 0.0), of_section)
        for row, cosine, of_section in zip(rows, dense, whole, strict=True)
    }


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
    index: Index, encoded: Encoded, fused: Mapping[int, float], weight: float, depth: int
) -> tuple[dict[int, float], dict[int, float]]:
    """Add weighted MaxSim to the first `depth`; the rest keeps its order behind them. Returns (totals, MaxSim)."""
    assert index.vectors is not None
    if not weight:
        return dict(fused), {}
    question = question_tokens(encoded)
    first = sorted(fused, key=lambda row: (-fused[row], row))[:depth]
    late = dict(zip(first, late_scores(question, [index.vectors.token_rows(row) for row in first]), strict=True))
    totals = {row: fused[row] + weight * late.get(row, 0.0) for row in fused}
    return totals, late


def expand(index: Index, ranking: Ranking, k: int) -> list[Hit]:
    """Chunks to sections: each section once, by its best chunk."""
    hits: list[Hit] = []
    documents: dict[str, Whole] = {}
    seen: set[str] = set()
    taken: Counter[str] = Counter()
    for ranked, best in read_in_order(index, list(ranking.scores), PER_DOCUMENT * k):
        if len(hits) == k:
            break
        identifier = best.document
        if taken[identifier] == PER_DOCUMENT:
            continue
        if identifier not in documents:
            documents[identifier] = read_whole(index, identifier)
        row, chunk = from_summary(index, documents[identifier], ranked, best)
        if chunk.section not in seen:
            seen.add(chunk.section)
            taken[identifier] += 1
            hit = create_hit(documents[identifier], chunk, row, ranking.scores[ranked])
            hits.append(replace(hit, why_lower=ranking.why_lower.get(ranked, "")))
    return hits


def read_in_order(index: Index, rows: Sequence[int], at_once: int) -> Iterator[tuple[int, Chunk]]:
    """Rows with their chunks, read so many at a time: the first ones are enough as a rule."""
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        chunks = read_chunks(index.catalog, some)
        for row in some:
            yield row, chunks[row]


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
