"""Extractive answers: whole sentences, items, rows and blocks of the best sections, in reading order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlplaybook.ingest.catalog import read_chunks
from mlplaybook.ingest.documents import Chunk
from mlplaybook.server.answers.records import Citation, Statement, quote_hash
from mlplaybook.server.answers.relevance import Relevance, score_units
from mlplaybook.server.answers.units import Unit, split_units, unit_text, word_count
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Hit

# An answer is read at a glance: about ten lines of a terminal, most of them from the best section.
WORD_BUDGET = 180
FIRST_SECTION_BUDGET = 160
# Sections that answer: those whose score comes this near to the best one's, at most so many.
NEAR_BEST = 0.90
MOST_SECTIONS = 3
# Within the best section a unit joins when its score is this near to the best unit's; from other sections it must be better.
JOINS = 0.80
JOINS_FROM_OTHERS = 0.92
# A fragment of fewer words says nothing outside its own list.
SHORTEST_ADDITION = 8
# An answer of one sentence is rarely enough: below so many words, units join at this lower share.
ENOUGH_WORDS = 70
FILLS = 0.60
# The section's first sentence joins even so far below the best unit.
OPENS = 0.65
# A list is quoted whole when it is short or when so many of its items are wanted anyway.
SHORT_LIST_WORDS = 150
LONG_CODE_LINES = 40
# Words that two statements may share before the second one only repeats the first (Jaccard index).
REPEATS = 0.5
WANTS_CODE = re.compile(
    r"\b(code|python|snippet|implement|implementation|example config|yaml|template|dockerfile|makefile|sql|script|config file)\b",
    re.IGNORECASE,
)
WANTS_LIST = re.compile(
    r"^(which|list)\b|\b(steps?|checklist|checks|list|types?|kinds?|ways|options|methods|techniques|stages|fields"
    r"|pillars|phases|components|triggers|criteria|metrics|dimensions|strategies|best practices)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Units taken from one hit, in reading order."""

    hit: Hit
    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """The units of one hit with their scores."""

    hit: Hit
    units: tuple[Unit, ...]
    scores: tuple[float, ...]

    @property
    def best(self) -> float:
        """The highest score, 0 without units."""
        return max(self.scores, default=0.0)


def compose(index: Index, question: str, hits: Sequence[Hit], relevance: Relevance) -> tuple[Statement, ...]:
    """Statements from the hits, best hit first; every one quotes exactly what it says."""
    if not hits:
        return ()
    near = [hit for hit in hits if hit.scores.total >= NEAR_BEST * hits[0].scores.total][:MOST_SECTIONS]
    scored = [score_hit(index, hit, relevance) for hit in near]
    first = choose(question, scored[0], FIRST_SECTION_BUDGET)
    choices = [first] if first.units else []
    used = sum(words_of(choice) for choice in choices)
    for other in scored[1:]:
        unit = best_addition(other, scored[0].best, choices)
        if unit is not None and used + word_count(unit_text(other.hit.document.text, unit)) <= WORD_BUDGET:
            choices.append(Choice(other.hit, (unit,)))
            used += words_of(choices[-1])
    return tuple(state(number, choice, unit) for number, choice in enumerate(choices, start=1) for unit in choice.units)


def score_hit(index: Index, hit: Hit, relevance: Relevance) -> Scored:
    """The units of what a hit shows."""
    units = split_units(hit.document.text, hit.char_start, hit.char_end)
    chunks = chunks_of(index, hit) if index.vectors is not None else {}
    return Scored(hit, units, tuple(score_units(relevance, units, hit.document.text, chunks, index.vectors)))


def chunks_of(index: Index, hit: Hit) -> dict[int, Chunk]:
    """The chunks that cover what a hit shows, by row."""
    found = index.catalog.connection.execute(
        "SELECT row FROM chunks WHERE document = ? AND char_end > ? AND char_start < ?",
        (hit.document.id, hit.char_start, hit.char_end),
    )
    return read_chunks(index.catalog, [row for (row,) in found])


def choose(question: str, scored: Scored, budget: int) -> Choice:
    """The units of the best section that answer, within the budget, in reading order."""
    text, units = scored.hit.document.text, scored.units
    by_score = sorted(range(len(units)), key=lambda n: (-scored.scores[n], n))
    taken: set[int] = set()
    used = 0
    for number in by_score:
        floor = JOINS if used >= ENOUGH_WORDS else FILLS
        if number in taken or not wanted(question, text, units[number], scored.scores[number], floor * scored.best):
            continue
        group = [n for n in with_company(question, text, units, number) if n not in taken]
        words = sum(cost(text, units[n]) for n in group)
        if taken and used + words > budget:
            continue
        taken.update(group)
        used += words
    if opens_answer(scored) and 0 not in taken and used + cost(text, units[0]) <= budget:
        taken.add(0)
    return Choice(scored.hit, tuple(units[n] for n in sorted(taken)))


def wanted(question: str, text: str, unit: Unit, score: float, floor: float) -> bool:
    """Whether a unit scores enough, and is of a kind that the question can be answered with."""
    if unit.kind == "code" and not WANTS_CODE.search(question):
        return False
    if unit.kind == "code" and text.count("\n", unit.start, unit.end) > LONG_CODE_LINES:
        return False
    return score >= floor


def with_company(question: str, text: str, units: Sequence[Unit], number: int) -> list[int]:
    """A unit and what it cannot be read without: an item's list and lead-in, a lead-in's list, a row's lead-in."""
    unit = units[number]
    block = [n for n, other in enumerate(units) if other.block == unit.block]
    following = [n for n, other in enumerate(units) if other.block == unit.block + 1]
    if unit.kind == "sentence" and ends_in_colon(text, unit) and following and number == block[-1]:
        return [number, *whole_or_first(text, units, following)]
    lead = [n for n, other in enumerate(units) if other.block == unit.block - 1 and ends_in_colon(text, other)]
    if unit.kind in {"item", "row"}:
        short = sum(cost(text, units[n]) for n in block) <= SHORT_LIST_WORDS
        return [*lead, *(block if short or (WANTS_LIST.search(question) and unit.kind == "item") else [number])]
    return [*lead, number] if unit.kind == "code" else [number]


def whole_or_first(text: str, units: Sequence[Unit], block: Sequence[int]) -> list[int]:
    """All units of a block that is announced, as far as they fit."""
    kept: list[int] = []
    used = 0
    for number in block:
        used += cost(text, units[number])
        if kept and used > SHORT_LIST_WORDS:
            break
        kept.append(number)
    return kept


def ends_in_colon(text: str, unit: Unit) -> bool:
    """Whether a sentence announces what comes after it."""
    return unit.kind == "sentence" and unit_text(text, unit).endswith(":")


def opens_answer(scored: Scored) -> bool:
    """Whether the section's first sentence, which answers its heading, also bears on the question."""
    return bool(scored.units) and scored.units[0].kind == "sentence" and scored.scores[0] >= OPENS * scored.best


def cost(text: str, unit: Unit) -> int:
    """What a unit takes of the word budget; a line of code counts as three words, being skimmed rather than read."""
    if unit.kind == "code":
        return 3 * text.count("\n", unit.start, unit.end)
    return word_count(unit_text(text, unit))


def words_of(choice: Choice) -> int:
    """Words of everything chosen."""
    return sum(cost(choice.hit.document.text, unit) for unit in choice.units)


def best_addition(other: Scored, best: float, choices: Sequence[Choice]) -> Unit | None:
    """The one sentence or item of a further section that is good and says something new."""
    said = [words_in(unit_text(choice.hit.document.text, unit)) for choice in choices for unit in choice.units]
    for score, unit in sorted(zip(other.scores, other.units, strict=True), key=lambda pair: (-pair[0], pair[1].start)):
        text = unit_text(other.hit.document.text, unit)
        if score < JOINS_FROM_OTHERS * best or not text:
            return None
        stands_alone = (
            unit.kind in {"sentence", "item"} and not text.endswith(":") and word_count(text) >= SHORTEST_ADDITION
        )
        if stands_alone and not repeats(words_in(text), said):
            return unit
    return None


def words_in(text: str) -> frozenset[str]:
    """Distinct lower-case words."""
    return frozenset(re.findall(r"\w+", text.lower()))


def repeats(words: frozenset[str], said: Sequence[frozenset[str]]) -> bool:
    """Whether nearly the same words have been said."""
    return any(len(words & other) > REPEATS * len(words | other) for other in said)


def state(number: int, choice: Choice, unit: Unit) -> Statement:
    """A unit as a statement; a table row also cites its header, without which its cells say nothing."""
    spans = [(unit.start, unit.end)]
    if unit.header is not None:
        spans.insert(0, (unit.header.start, unit.header.end))
    citations = tuple(cite(number, choice.hit, start, end) for start, end in spans)
    return Statement(unit_text(choice.hit.document.text, unit), citations, unit.kind)


def cite(number: int, hit: Hit, start: int, end: int) -> Citation:
    """A citation of exact characters of the hit's page."""
    quote = hit.document.text[start:end]
    return Citation(number, hit.document.id, hit.section.id, hit.path, start, end, quote, quote_hash(quote))
