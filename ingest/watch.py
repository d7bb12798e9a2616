"""Waiting for a folder to change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mlplaybook.ingest.read import page_paths

# How often files are looked at: an edit is seen within half a second, at the cost of a stat a file.
INTERVAL_SECONDS = 0.5

Snapshot = dict[Path, tuple[int, int]]


def changes(
    source: Path, sleep: Callable[[float], None] = time.sleep, look: Callable[[Path], Snapshot] | None = None
) -> Iterator[frozenset[Path]]:
    """The files that were added, changed or removed, each time that some were; never ends by itself."""
    look = look or snapshot
    before = look(source)
    while True:
        sleep(INTERVAL_SECONDS)
        now = look(source)
        changed = frozenset(path for path, _ in before.items() ^ now.items())
        before = now
        if changed:
            yield changed


def snapshot(source: Path) -> Snapshot:
    """Modification time in nanoseconds and size of every page."""
    paths = page_paths(source) if source.is_dir() else iter([source])
    found: Snapshot = {}
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        found[path] = (status.st_mtime_ns, status.st_size)
    return found
