"""The part of docs/benchmarks.md on the service under load."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.report.machine import taken
from benchmarks.report.results import Record
from benchmarks.report.tables import Column, cells, table, titles

WAITS: tuple[Column, ...] = (
    ("count", "answered", 0),
    ("p50_ms", "p50, ms", 0),
    ("p95_ms", "p95, ms", 0),
    ("p99_ms", "p99, ms", 0),
)
INTRO = """## The service under load

`mlplaybook serve` with one worker on the playbook, its clients and a model that answers at once, all on the same cores. No two
questions are alike, so that nothing comes from the cache. Searches are the default ones, with fusion and reranking. Before
anything is measured the service has been asked all of this for a while, and has held as many streams at once: the memory that it
needed for them it keeps for the next ones."""


def load_part(record: Record) -> str:
    """What clients waited for, and what was left of them."""
    search, many, held, left = (record[name] for name in ("search", "many", "held", "left"))
    rows = [row(f"`/v1/search`, {search['clients']} clients", search["kinds"]["search"])]
    rows += [row(f"{kind}, {many['clients']} clients of all kinds", one) for kind, one in many["kinds"].items()]
    beside = held["search_beside"]["kinds"].get("search")
    rows += [row("`/v1/search`, 8 clients, beside the held streams", beside)] if beside else []
    return "\n\n".join(
        [INTRO, taken(record["machine"]), table(["", *titles(WAITS)], rows), said(many, held, left, record)]
    )


def row(name: str, figures: Mapping[str, float]) -> list[str]:
    """A row of the table."""
    return [name, *cells(figures, figures, WAITS)]


def said(many: Record, held: Record, left: Record, record: Record) -> str:
    """The rest in words."""
    times = (
        (f"under {many['clients']} clients", many),
        ("beside the held streams", held),
        ("while clients left", left),
    )
    lines = [
        f"- {many['clients']} clients for {many['seconds']:.0f} s: {many['requests']:,} requests, {statuses(many)}, "
        f"{many['errors']} errors; memory {many['before']['memory_mb']:.0f} to {many['after']['memory_mb']:.0f} MB "
        f"({many['growth_percent']:+.1f} %).",
        f"- {held['streams']} streams at once, {held['search_beside']['open_streams']} of them waiting for their model "
        f"({held['search_beside']['held']['memory_mb']:.0f} MB): {held['errors']} errors, {held['ended']} came to their end.",
        f"- {left['clients']} clients that leave in the middle of a stream: {left['stopped']} replies of the model stopped, "
        f"{left['open_at_model']} left running, {left['places_taken']} places still taken; "
        f"{held_by(left['before'])} before and {held_by(left['after'])} after.",
        *(f"- The event loop {when}: {late(part)}." for when, part in times),
        f"- Failures in the service's log: {record['failures']}.",
    ]
    return "\n".join(lines)


def late(part: Record) -> str:
    """How late the event loop was.

    >>> late({"loop_late": {"wakings": 600, "p95_below_ms": 10.0, "all_below_ms": 50.0}})
    '95 % of its wakings less than 10 ms late, all less than 50 ms'
    """
    figures = part["loop_late"]
    if None in figures.values():
        return "some of its wakings later than is counted"
    return f"95 % of its wakings less than {figures['p95_below_ms']:g} ms late, all less than {figures['all_below_ms']:g} ms"


def statuses(figures: Record) -> str:
    """How often each status came.

    >>> statuses({"statuses": {"200": 1500, "429": 2}})
    '1,500 × 200, 2 × 429'
    """
    return ", ".join(f"{count:,} × {status}" for status, count in figures["statuses"].items())


def held_by(held: Mapping[str, Any]) -> str:
    """What a process holds."""
    return f"{held['memory_mb']:.0f} MB, {held['threads']} threads, {held['files']} files"
