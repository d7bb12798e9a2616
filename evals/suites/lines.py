"""Case files: one JSON record a line, each with the line that it stands in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlplaybook.ingest.errors import BadSource

CASES = Path(__file__).parents[1] / "cases"


def read_lines(name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records of a file of `evals/cases` with their line numbers; raises BadSource naming the line."""
    for number, line in enumerate((CASES / name).read_text("utf-8").splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                cause = f"evals/cases/{name}, line {number}, is no JSON: {error}."
                raise BadSource(cause, "Write one record a line.") from error


def shown_name(name: str) -> str:
    """A case file as people find it."""
    return f"evals/cases/{name}"
