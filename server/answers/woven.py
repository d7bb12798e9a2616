"""Chosen units to statements: the section that answers best first, in reading order, numbered by section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlplaybook.ingest.blocks import Span
from mlplaybook.server.answers.choice import Choice, Place
from mlplaybook.server.answers.company import lead_in, stands_alone
from mlplaybook.server.answers.passages import Passage
from mlplaybook.server.answers.records import Citation, Statement, quote_hash
from mlplaybook.server.answers.units import is_label, points_back
from mlplaybook.server.retrieval.search import Hit

# The best sentence is moved to the front unless what stands there is so nearly as good.
OPENS = 0.5


def weave(passages: Sequence[Passage], choice: Choice) -> tuple[Statement, ...]:
    """Statements in the order in which they are read; numbers of citations count sections from 1."""
    order = sorted(
        (place for place, taken in enumerate(choice.taken) if taken),
        key=lambda place: (-max(passages[place].worth[n] for n in choice.taken[place]), place),
    )
    cited = [*order, *(place for (place, _), (there, n) in choice.again.items() if n in choice.taken[there])]
    numbers = {place: n for n, place in enumerate(dict.fromkeys(cited), start=1)}
    statements = []
    for place in order:
        units = sorted(choice.taken[place])
        for number in opened(passages[place], units) if place == order[0] else units:
            also = [again for again, said in choice.again.items() if said == (place, number)]
            statements.append(state(passages, numbers, place, number, units, also))
    return tuple(statements)


def opened(passage: Passage, units: Sequence[int]) -> list[int]:
    """The units with the best sentence first, unless they begin with one that is nearly as good."""
    sentences = [n for n in units if can_open(passage, units, n)]
    best = max(sentences, key=lambda n: passage.worth[n], default=units[0])
    if best == units[0] or passage.worth[units[0]] >= passage.worth[best] - OPENS:
        return list(units)
    run = [best]
    while run[-1] + 1 in units and points_back(passage.texts[run[-1] + 1]):
        run.append(run[-1] + 1)
    return [*run, *(n for n in units if n not in run)]


def can_open(passage: Passage, units: Sequence[int], number: int) -> bool:
    """Whether a unit may be moved to the front: a sentence, or an item that is one if only its own list stands before it."""
    text, before, after = passage.texts[number], number - 1, number + 1
    if passage.units[number].kind != "sentence":
        return stands_alone(passage, number) and {n for n in units if n < number} <= set(passage.block(number))
    labelled = before in units and is_label(passage.raw(before))
    leads = text.endswith(":") or (after in units and passage.units[after].kind == "code")
    return not (labelled or leads or is_label(passage.raw(number)) or points_back(text))


def state(
    passages: Sequence[Passage],
    numbers: Mapping[int, int],
    place: int,
    number: int,
    units: Sequence[int],
    also: Sequence[Place],
) -> Statement:
    """A unit as a statement; a row cites its header first, and other units that say the same are cited last."""
    passage, unit = passages[place], passages[place].units[number]
    headers = [Span(unit.header.start, unit.header.end)] if unit.header is not None else []
    spans = [(place, span) for span in (*headers, Span(unit.start, unit.end))]
    spans += [(there, Span(passages[there].units[n].start, passages[there].units[n].end)) for there, n in also]
    citations = tuple(cite(numbers[there], passages[there].hit, span) for there, span in spans)
    alone = unit.kind == "item" and not {*lead_in(passage, number), *passage.block(number)} & set(units) - {number}
    return Statement(passage.texts[number], citations, "sentence" if alone else unit.kind)


def cite(number: int, hit: Hit, span: Span) -> Citation:
    """A citation of exact characters of the hit's page."""
    quote = hit.document.text[span.start : span.end]
    return Citation(number, hit.document.id, hit.section.id, hit.path, span.start, span.end, quote, quote_hash(quote))
