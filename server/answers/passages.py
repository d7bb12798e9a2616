"""A hit cut into units, each with what it costs and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlplaybook.ingest.catalog import read_chunks
from mlplaybook.ingest.documents import Chunk
from mlplaybook.ingest.encoder import Floats
from mlplaybook.server.answers.orders import inside, order_spans
from mlplaybook.server.answers.relevance import Relevance, measure_units, overlap_of, terms_in
from mlplaybook.server.answers.units import Unit, split_units, unit_text, word_count
from mlplaybook.server.answers.worth import Evidence, Wanted, worth_of
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Hit

# Less than any unit is worth.
NOTHING = float("-inf")
# A line of code counts as so many words, being skimmed rather than read.
LINE_OF_CODE = 3


@dataclass(frozen=True, slots=True)
class Passage:
    """The units of a hit in reading order; all that is said of them goes by the same number.

    `costs` are in words, `worth` are log-odds, `means` the mean vectors, of unit length, where there are vectors.
    """

    hit: Hit
    units: tuple[Unit, ...]
    texts: tuple[str, ...]
    costs: tuple[int, ...]
    evidence: tuple[Evidence, ...]
    worth: tuple[float, ...]
    means: tuple[Floats | None, ...]

    @property
    def best(self) -> float:
        """The highest worth."""
        return max(self.worth, default=NOTHING)

    def raw(self, number: int) -> str:
        """A unit as the page has it."""
        unit = self.units[number]
        return self.hit.document.text[unit.start : unit.end]

    def cost(self, numbers: Iterable[int]) -> int:
        """Words of several units."""
        return sum(self.costs[n] for n in numbers)

    def header_cost(self, number: int) -> int:
        """Words of the header above a row, 0 for other units."""
        header = self.units[number].header
        return 0 if header is None else word_count(self.hit.document.text[header.start : header.end])

    def block(self, number: int) -> list[int]:
        """The units that share a block with one of them."""
        wanted = self.units[number].block
        return [n for n, unit in enumerate(self.units) if unit.block == wanted]


def read_passage(index: Index, hit: Hit, relevance: Relevance, wanted: Wanted, best: float) -> Passage:
    """A hit as a passage; `best` is the highest score of all hits."""
    text = hit.document.text
    orders = order_spans(text, hit.char_start, hit.char_end)
    whole = split_units(text, hit.char_start, hit.char_end)
    units = tuple(unit for unit in whole if not inside(orders, unit.start, unit.end))
    texts = tuple(unit_text(text, unit) for unit in units)
    chunks = chunks_of(index, hit) if index.vectors is not None else {}
    measured = measure_units(relevance, units, chunks, index.vectors)
    above = terms_in(relevance.terms, " ".join(hit.path))
    found = [above | terms_in(relevance.terms, text[unit.start : unit.end]) for unit in units]
    nearness = hit.scores.total / best if best > 0 else 1.0
    evidence = tuple(
        Evidence(vectors.late, overlap_of(relevance.terms, terms), nearness, hit.scores.asked)
        for vectors, terms in zip(measured, found, strict=True)
    )
    worth = tuple(worth_of(wanted, evidence[n], unit, texts[n], n) for n, unit in enumerate(units))
    means = tuple(vectors.mean for vectors in measured)
    return Passage(hit, units, texts, tuple(map(cost_of, units, texts)), evidence, worth, means)


def chunks_of(index: Index, hit: Hit) -> dict[int, Chunk]:
    """The chunks that cover what a hit shows, by row."""
    found = index.catalog.connection.execute(
        "SELECT row FROM chunks WHERE document = ? AND char_end > ? AND char_start < ?",
        (hit.document.id, hit.char_start, hit.char_end),
    )
    return read_chunks(index.catalog, [row for (row,) in found])


def cost_of(unit: Unit, text: str) -> int:
    """What a unit takes of the word budget."""
    return LINE_OF_CODE * text.count("\n") if unit.kind == "code" else word_count(text)
