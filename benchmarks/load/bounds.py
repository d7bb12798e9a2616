"""What a run has to keep to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.report.machine import is_busy

SLOWEST_SEARCH_MS = 250.0
MOST_GROWTH_PERCENT = 5.0
# Threads and connections that a service keeps for the next client.
SPARE = 8


@dataclass(frozen=True, slots=True)
class Checked:
    """A figure and what it may be."""

    what: str
    figure: float
    bound: float
    unit: str = ""
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the figure is within its bound."""
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound

    @property
    def allowed(self) -> str:
        """The bound in words."""
        return f"{'at least' if self.at_least else 'at most'} {self.bound:g} {self.unit}".strip()


def check(record: Mapping[str, Any]) -> list[Checked]:
    """Every figure that has a bound."""
    search, many, held, left = (record[name] for name in ("search", "many", "held", "left"))
    waiting = held["search_beside"]["open_streams"]
    return [
        Checked(f"p95 of /v1/search, {search['clients']} clients", search["kinds"]["search"]["p95_ms"], SLOWEST_SEARCH_MS, "ms"),
        Checked(f"errors of {search['clients']} clients", search["errors"], 0),
        Checked(f"errors of {many['clients']} clients but 429, {many['seconds']:.0f} s", many["errors"], 0),
        Checked("growth of memory meanwhile", many["growth_percent"], MOST_GROWTH_PERCENT, "%"),
        Checked(f"streams of {held['streams']} that waited at once", waiting, held["streams"], at_least=True),
        Checked("of them, come to their end", held["ended"], held["streams"], at_least=True),
        Checked("errors of held streams", held["errors"], 0),
        Checked("growth of memory by held streams", held["growth_percent"], MOST_GROWTH_PERCENT, "%"),
        Checked(f"replies stopped for {left['clients']} who left", left["stopped"], left["clients"], at_least=True),
        Checked("errors of those who left", left["errors"], 0),
        Checked("replies of the model still open", left["open_at_model"], 0),
        Checked("places still taken", left["places_taken"], 0),
        Checked("threads more than before", left["after"]["threads"] - left["before"]["threads"], SPARE),
        Checked("files more than before", left["after"]["files"] - left["before"]["files"], SPARE),
        Checked("growth of memory by those who left", left["growth_percent"], MOST_GROWTH_PERCENT, "%"),
        Checked("growth from the warm service to the end", whole_growth(record), MOST_GROWTH_PERCENT, "%"),
        Checked("failures in the log", record["failures"], 0),
    ]  # fmt: skip


def whole_growth(record: Mapping[str, Any]) -> float:
    """Percent of memory between the end of the warm-up and the end of the run."""
    warm, end = record["many"]["before"]["memory_mb"], record["left"]["after"]["memory_mb"]
    return round((end / warm - 1) * 100, 1)


def broken(checked: Sequence[Checked]) -> list[Checked]:
    """Those that do not hold."""
    return [one for one in checked if not one.holds]


def table(checked: Sequence[Checked], machine: Mapping[str, Any]) -> str:
    """All of them for people, and whether the machine was quiet.

    >>> print(table([Checked("errors", 2, 0), Checked("held", 200, 200, at_least=True)], {"other_cores": 0.0}), end="")
    errors    2  at most 0     BROKEN
    held    200  at least 200  holds
    1 of 2 bounds broken
    """
    rows = [
        (one.what, f"{one.figure:g} {one.unit}".strip(), one.allowed, "holds" if one.holds else "BROKEN")
        for one in checked
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"{row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:<{wide[2]}}  {row[3]}" for row in rows]
    bad = len(broken(checked))
    lines.append(f"{bad} of {len(checked)} bounds broken" if bad else f"all {len(checked)} bounds hold")
    if is_busy(machine):
        lines.append(f"{machine['other_cores']:g} cores were busy with something else: do not cite the times")
    return "\n".join(lines) + "\n"
