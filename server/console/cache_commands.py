"""`mlplaybook cache`: what is kept of answers and question vectors, and forgetting it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, get_args

import typer

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.cache.open import open_store
from mlplaybook.server.cache.store import Counts, Kind, Store
from mlplaybook.server.console.screen import print_line, print_record, say
from mlplaybook.server.settings import read_settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Show or clear what is kept of earlier questions.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
KindName = Annotated[
    str, typer.Option("--kind", help=f"Only this kind: {' or '.join(get_args(Kind))}.", show_default=False)
]
OFF = "the cache is off (MLPLAYBOOK_CACHE=none)"


@app.command("stats")
def stats_command(as_json: AsJson = False) -> None:
    """Say where the cache is, what it holds, and how often it helped."""
    with opened() as store:
        if store is None:
            return print_record({"place": None, "limit": None, "kinds": {}}) if as_json else print_line(OFF)
        stats = store.stats()
        if as_json:
            return print_record(dataclasses.asdict(stats))
        limit = f", at most {size(stats.limit)}" if stats.limit is not None else ""
        print_line(f"{stats.place}{limit}")
        for kind, counts in stats.kinds.items():
            print_line(f"  {kind:<10}{counts.entries:>8} entries {size(counts.bytes):>10}{helped(counts)}")


@app.command("clear")
def clear_command(kind: KindName = "", as_json: AsJson = False) -> None:
    """Forget what is kept; answers are then worked out anew."""
    named = next((known for known in get_args(Kind) if known == kind), None)
    if kind and named is None:
        raise BadSetting(f"The cache has no kind '{kind}'.", f"Use one of: {', '.join(get_args(Kind))}.")
    with opened() as store:
        removed = store.clear(named) if store is not None else 0
        print_record({"removed": removed}) if as_json else print_line(f"{removed} entries removed")


@contextmanager
def opened() -> Iterator[Store | None]:
    """The store that the settings name, closed behind."""
    settings = read_settings()
    store = open_store(settings.cache, settings.cache_file, say, settings.cache_mb)
    try:
        yield store
    finally:
        if store is not None:
            store.close()


def helped(counts: Counts) -> str:
    """How often the cache had what was wanted, where that is counted."""
    if counts.hits is None or counts.misses is None:
        return ""
    asked = counts.hits + counts.misses
    return f", {counts.hits} of {asked} times at hand" if asked else ""


def size(count: int) -> str:
    """Bytes for people.

    >>> size(900), size(3_307_632)
    ('0.9 kB', '3.3 MB')
    """
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
