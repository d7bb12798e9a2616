"""Floors: ratings that a total cannot make up for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlplaybook.server.artefacts.scoring.records import Band, Broken, Floor, Rubric
from mlplaybook.server.artefacts.scoring.tally import Scores

Facts = Mapping[str, bool]


def broken_floors(rubric: Rubric, scores: Scores, facts: Facts) -> Iterator[tuple[Floor, Broken]]:
    """Every rating below a floor that holds, or that may hold while facts are not known."""
    for floor in rubric.floors:
        holds = holds_for(floor, facts)
        for name in floor.dimensions:
            if holds is not False and name in scores and scores[name] < floor.minimum:
                yield floor, Broken(name, scores[name], floor.minimum, floor.meaning, floor.section, holds is True)


def holds_for(floor: Floor, facts: Facts) -> bool | None:
    """Whether a floor holds in a situation; None while the facts known leave it open."""
    applies = every(floor.applies_if, facts)
    waived = every(floor.waived_if, facts) if floor.waived_if else False
    if applies is False or waived is True:
        return False
    return True if applies is True and waived is False else None


def every(names: tuple[str, ...], facts: Facts) -> bool | None:
    """Whether all facts are true: False as soon as one is not, None while one is unknown."""
    if any(facts.get(name) is False for name in names):
        return False
    return True if all(facts.get(name) for name in names) else None


def caps(rubric: Rubric, scores: Scores, facts: Facts, *, strict: bool) -> tuple[str, ...]:
    """The bands that broken floors leave at most; `strict` counts floors that may hold too."""
    return tuple(
        floor.band
        for floor, broken in broken_floors(rubric, scores, facts)
        if floor.band and (strict or broken.certain)
    )


def facts_asked(rubric: Rubric, scores: Scores, facts: Facts, best: Band) -> list[str]:
    """The unknown facts on which a broken floor depends that can lower the best band still possible."""
    starts = {band.label: band.start for band in rubric.bands}
    pending = [floor for floor, broken in broken_floors(rubric, scores, facts) if not broken.certain]
    lowering = [floor for floor in pending if floor.band and starts[floor.band] < best.start]
    names = {name for floor in lowering for name in (*floor.applies_if, *floor.waived_if) if name not in facts}
    return [fact.name for fact in rubric.facts if fact.name in names]
