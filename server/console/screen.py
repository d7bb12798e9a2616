"""Standard output for data, standard error for people; colours only on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mlplaybook.ingest import embed

# Wider lines are hard to read, whatever the terminal allows.
WIDEST = 100


def create_screen(*, errors: bool = False) -> Console:
    """A console on stdout, or on stderr; rich leaves colours out where no terminal is."""
    console = Console(stderr=errors, highlight=False, soft_wrap=False)
    if console.width > WIDEST:
        console.width = WIDEST
    return console


def say(line: str) -> None:
    """One line for people, beside the data."""
    sys.stderr.write(f"mlplaybook: {line}\n")
    sys.stderr.flush()


def print_line(line: str) -> None:
    """One line of stdout, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def print_record(record: dict[str, Any]) -> None:
    """One JSON record on one line of stdout."""
    print_line(json.dumps(record, ensure_ascii=False))


@contextmanager
def embedding_progress() -> Iterator[embed.Progress]:
    """A bar on stderr that appears when there is something to embed; plain lines every quarter where no terminal is."""
    console = create_screen(errors=True)
    columns = (TextColumn("embedding"), BarColumn(), MofNCompleteColumn(), TextColumn("chunks"), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=False)
    shown: list[int] = []

    def on_terminal(done: int, total: int) -> None:
        if not total:
            return
        if not shown:
            bar.start()
            shown.append(int(bar.add_task("embedding", total=total)))
        bar.update(bar.task_ids[0], completed=done)

    def in_lines(done: int, total: int) -> None:
        quarter = 4 * done // total if total else 0
        if total and (not shown or quarter > shown[-1]):
            shown.append(quarter)
            say(f"embedding: {done} of {total} chunks")

    try:
        yield on_terminal if console.is_terminal else in_lines
    finally:
        # Stopping a bar that never started would print an empty line.
        if bar.task_ids:
            bar.stop()
