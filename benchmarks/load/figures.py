"""What the service says of itself at /metrics."""

from __future__ import annotations

import math
import re
import urllib.request
from collections.abc import Mapping
from typing import Any

LINE = re.compile(r"^([a-z_]+(?:\{.*\})?) ([\d.e+-]+)$", re.MULTILINE)
LAG = re.compile(r'mlplaybook_event_loop_lag_seconds_bucket\{le="(.*)"\}')


def read_figures(url: str) -> dict[str, float]:
    """Every figure by its name and labels."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as response:  # noqa: S310 (of this machine)
        return {name: float(value) for name, value in LINE.findall(response.read().decode())}


def lateness(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Any]:
    """How late the event loop was between two readings: within which bound 95 % and all of its wakings were.

    A bound is None where some were later than any that is counted.

    >>> name = 'mlplaybook_event_loop_lag_seconds_bucket{le="%s"}'
    >>> lateness({name % 0.01: 5, name % 0.1: 5, name % "+Inf": 5}, {name % 0.01: 105, name % 0.1: 105, name % "+Inf": 106})
    {'loop_late': {'wakings': 101, 'p95_below_ms': 10.0, 'all_below_ms': None}}
    """
    counts = {
        float(found[1]): value - before.get(name, 0) for name, value in after.items() if (found := LAG.match(name))
    }
    total = counts.get(math.inf, 0)
    late = {f"{name}_below_ms": bound(counts, total * share) for name, share in (("p95", 0.95), ("all", 1.0))}
    return {"loop_late": {"wakings": int(total), **late}}


def bound(counts: Mapping[float, float], enough: float) -> float | None:
    """The least milliseconds within which there were enough."""
    return min((le * 1000 for le, count in counts.items() if count >= enough and le < math.inf), default=None)
