"""A fill for people: how far it is, and what is still to be answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlplaybook.server.artefacts.documents.remarks import counts
from mlplaybook.server.artefacts.library import Entry
from mlplaybook.server.artefacts.records import Fill


def summary(fill: Fill, target: Path | None) -> str:
    """`docs/problem-brief.yaml: 7 filled, 3 missing`."""
    return f"{target or fill.template}: {counts(fill)}"


def model_line(fill: Fill) -> str:
    """What a model did and cost."""
    kept = sum(filled.by == "llm" for filled in fill.fields.values())
    cost = "price unknown" if fill.cost_usd is None else f"{fill.cost_usd:.4f} USD"
    return f"{fill.model} gave {kept} values; {fill.removed} without support removed; {fill.tokens} tokens, {cost}"


def template_line(entry: Entry, width: int) -> str:
    """`problem-brief  Eleven fields agreed before any code: ...`."""
    return f"{entry.id:<{width}}  {entry.title}: {entry.description}"


def open_lines(fill: Fill) -> Iterator[str]:
    """A line for every field that is not known."""
    for name, filled in fill.fields.items():
        if filled.status == "missing":
            yield f"open: {name}: {filled.question} ({filled.guidance})"
