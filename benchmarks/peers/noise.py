"""What else the machine did during a run: figures taken beside other work are not worth much."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

STAT = Path("/proc/stat")
# Columns of the first line of /proc/stat after its name; guest time is part of user time already.
IDLE, IOWAIT, LAST = 3, 4, 8
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


# Above this the times are no comparison: beside one busy core of two, a question to txtai took 496 ms with torch's default
# two threads, which wait for each other by spinning, and 10 ms with one.
QUIET_CORES = 0.1


@dataclass(frozen=True, slots=True)
class Meter:
    """Seconds of wall clock, of all cores being busy, and of the runner and its finished workers."""

    wall: float
    busy: float
    own: float


def read_meter(stat: Path = STAT) -> Meter:
    """The meter now; without /proc/stat the machine counts as ours alone."""
    own = sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, WHO))
    return Meter(time.monotonic(), busy_seconds(stat.read_text("utf-8")) if stat.is_file() else own, own)


def busy_seconds(stat: str) -> float:
    """Seconds that all cores together have worked, time taken by other virtual machines included."""
    ticks = [int(value) for value in stat.split("\n", 1)[0].split()[1 : LAST + 1]]
    return (sum(ticks) - ticks[IDLE] - ticks[IOWAIT]) / os.sysconf("SC_CLK_TCK")


def other_cores(before: Meter, after: Meter) -> float:
    """How many cores were busy with something else, on average.

    >>> other_cores(Meter(0.0, 0.0, 0.0), Meter(10.0, 18.0, 12.0))
    0.6
    """
    others = (after.busy - before.busy) - (after.own - before.own)
    return max(0.0, round(others / (after.wall - before.wall), 2))
