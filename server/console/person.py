"""A person at the terminal: one prompt, one line."""

from __future__ import annotations

import sys
from collections.abc import Callable

from mlplaybook.ingest.errors import BadSetting

# What a person typed after a prompt, stripped; None where the input ends (Ctrl-D).
ReadLine = Callable[[str], str | None]


def create_reader(instead: str) -> ReadLine:
    """What asks the person at the terminal; raises BadSetting, naming what to give instead, where nobody sits."""
    if not sys.stdin.isatty():
        raise BadSetting("--interactive asks questions, and stdin is no terminal.", instead)
    return read_line


def read_line(prompt: str) -> str | None:
    """A line; the prompt goes to stderr, stdout is for the result."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None
