"""What would change a decision: other values of each given input, tried one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlplaybook.server.artefacts.deciding.diagram import Outcome, Value, cells_of, find_outcome, thresholds
from mlplaybook.server.artefacts.deciding.read_given import figure, with_unit
from mlplaybook.server.artefacts.deciding.records import Change
from mlplaybook.server.artefacts.records import Decision, Input


def find_changes(decision: Decision, known: Mapping[str, Value], now: Outcome) -> tuple[Change, ...]:
    """For every given input its other options, or the nearest threshold on either side, that change the result.

    Nothing changes what is not decided yet. In a table whose rows all count, only rows that fire for sure are compared.
    """
    if not now.certain and now.asks:
        return ()
    return tuple(
        create_change(decision, entry.name, words, now, then)
        for entry in decision.inputs
        if known.get(entry.name) is not None
        for words, then in other_outcomes(decision, entry, known, compared(decision, now))
    )


def try_value(decision: Decision, known: Mapping[str, Value], name: str, value: Value) -> Outcome:
    """The outcome, as it is compared, with one input changed."""
    return compared(decision, find_outcome(decision, {**known, name: value}))


def compared(decision: Decision, outcome: Outcome) -> Outcome:
    """What of an outcome is compared."""
    return Outcome(outcome.certain) if decision.hit == "all" else outcome


def other_outcomes(
    decision: Decision, entry: Input, known: Mapping[str, Value], now: Outcome
) -> Iterator[tuple[str, Outcome]]:
    """Other values in words, with an outcome that differs from the present one."""
    if entry.type == "number":
        yield from beyond_thresholds(decision, entry, known, now)
        return
    for option in cells_of(decision, entry):
        if option is None or option == known[entry.name]:
            continue
        then = try_value(decision, known, entry.name, option)
        if then != now:
            yield ("yes" if option is True else "no" if option is False else str(option)), then


def beyond_thresholds(
    decision: Decision, entry: Input, known: Mapping[str, Value], now: Outcome
) -> Iterator[tuple[str, Outcome]]:
    """The nearest cell below and the nearest one above whose outcome differs, in words with the unit."""
    cuts = thresholds(decision, entry.name)
    cells = [cell for cell in cells_of(decision, entry) if cell is not None] if cuts else []
    here = place_of(known[entry.name], cuts)
    for places in (range(here - 1, -1, -1), range(here + 1, len(cells))):
        outcomes = [try_value(decision, known, entry.name, cells[place]) for place in places]
        step = next((n for n, then in enumerate(outcomes) if then != now), None)
        if step is not None:
            goes_on = outcomes[step : step + 2] == [outcomes[step]] * 2
            yield threshold_words(entry, cuts, places[step], goes_on=goes_on, up=places.step > 0), outcomes[step]


def place_of(value: Value, cuts: tuple[float, ...]) -> int:
    """The cell of a number: 0 below the first threshold, 1 at it, 2 above it, and so on.

    >>> [place_of(value, (10.0, 20.0)) for value in (5, 10, 15, 20, 25)]
    [0, 1, 2, 3, 4]
    """
    assert isinstance(value, int | float)
    return sum((value > cut) + (value >= cut) for cut in cuts)


def threshold_words(entry: Input, cuts: tuple[float, ...], place: int, *, goes_on: bool, up: bool) -> str:
    """A cell as a bound: 'below 100 ms', '100 ms', '100 ms or more', 'above 100 ms'."""
    cut = with_unit(figure(cuts[place // 2 - (up and place % 2 == 0)]), entry)
    if place % 2:
        return f"{cut} or {'more' if up else 'less'}" if goes_on else cut
    return f"{'above' if up else 'below'} {cut}"


def create_change(decision: Decision, name: str, words: str, now: Outcome, then: Outcome) -> Change:
    """The difference of two outcomes as results."""
    adds = tuple(decision.rows[row].result for row in then.certain if row not in now.certain)
    drops = tuple(decision.rows[row].result for row in now.certain if row not in then.certain)
    return Change(name, words, adds, drops, tuple(e.name for e in decision.inputs if e.name in then.asks))
