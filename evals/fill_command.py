"""`evals fill`: how much of a document is filled rightly from a project's files, by template and by kind of field."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from mlplaybook.evals.fill_cases import Score, Verdict, count, measure_fill, read_documents
from mlplaybook.ingest.encoder import Encoder, load_encoder
from mlplaybook.ingest.weights import find_exported
from mlplaybook.server.artefacts.filling.fill import fill
from mlplaybook.server.console.screen import create_screen
from mlplaybook.server.settings import read_settings

# Confidences are compared with the share that was right in these steps.
BINS = (0.0, 0.8, 0.9, 0.95, 1.01)


def fill_command(
    split: Annotated[Literal["dev", "test"], typer.Option(help="dev is for developing, test for reporting.")] = "dev",
    cases: Annotated[
        Path | None, typer.Option(help="A folder of cases of one's own, each with a gold.yaml, instead of the split.")
    ] = None,
    words_only: Annotated[bool, typer.Option("--words-only", help="Leave the encoder out.")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="List what was filled wrongly and what was missed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON record a field.")] = False,
) -> None:
    """Fill the documents of the fill cases without an LLM and compare every field with what the files say."""
    encoder = None if words_only else find_encoder()
    documents = read_documents(cases.name, cases.parent) if cases else read_documents(split)
    verdicts = measure_fill(documents, lambda template, inputs: fill(template, inputs, {}, encoder))
    if as_json:
        for verdict in verdicts:
            print(json.dumps(create_record(verdict), default=str))  # noqa: T201
        return
    screen = create_screen()
    with_without = "with the encoder" if encoder else "by words only"
    screen.print(
        draw_scores(f"{cases or split}: fields filled, {with_without}", "template", verdicts, lambda v: v.template)
    )
    screen.print(draw_scores("by type of field", "type", verdicts, lambda v: v.field.type))
    screen.print(draw_reliability(verdicts))
    if wrong:
        screen.print(draw_wrong(verdicts))


def find_encoder() -> Encoder | None:
    """The exported encoder, None where there is none."""
    folder = find_exported(read_settings().weights).folder
    return load_encoder(folder) if folder else None


def create_record(verdict: Verdict) -> dict[str, object]:
    """A verdict without what the template says of the field."""
    filled = dataclasses.asdict(verdict.filled)
    return {
        "case": verdict.case, "template": verdict.template, "field": verdict.field.name, "type": verdict.field.type,
        "wanted": verdict.wanted, "right": verdict.right, "share": verdict.share, "proven": verdict.proven,
        "status": filled["status"], "value": filled["value"], "confidence": filled["confidence"],
        "evidence": filled["evidence"], "problem": filled["problem"],
    }  # fmt: skip


def draw_scores(title: str, name: str, verdicts: Sequence[Verdict], group: Callable[[Verdict], str]) -> Table:
    """Precision and recall by group, and over all."""
    table = Table(title=title, title_justify="left")
    table.add_column(name)
    for column in ("in the files", "filled", "right", "precision", "recall", "without evidence"):
        table.add_column(column, justify="right")
    for key in sorted({group(verdict) for verdict in verdicts}):
        add_score(table, key, count([verdict for verdict in verdicts if group(verdict) == key]))
    add_score(table, "all", count(verdicts))
    return table


def add_score(table: Table, key: str, score: Score) -> None:
    """One row."""
    quality = f"{score.precision:.3f}", f"{score.recall:.3f}"
    table.add_row(key, str(score.wanted), str(score.filled), str(score.right), *quality, str(score.unproven))


def draw_reliability(verdicts: Sequence[Verdict]) -> Table:
    """The confidence that fields were filled with against the share of them that was right."""
    table = Table(title="confidence", title_justify="left")
    for column in ("from", "to", "fields", "mean confidence", "right"):
        table.add_column(column, justify="right")
    filled = [verdict for verdict in verdicts if verdict.filled.status == "filled"]
    for low, high in itertools.pairwise(BINS):
        inside = [verdict for verdict in filled if low <= verdict.filled.confidence < high]
        if inside:
            mean = sum(verdict.filled.confidence for verdict in inside) / len(inside)
            share = sum(verdict.right for verdict in inside) / len(inside)
            table.add_row(f"{low:.2f}", f"{min(high, 1):.2f}", str(len(inside)), f"{mean:.3f}", f"{share:.3f}")
    return table


def draw_wrong(verdicts: Sequence[Verdict]) -> Table:
    """What was filled wrongly, and what the files have and was not filled."""
    table = Table(title="wrong and missed", title_justify="left")
    for column in ("case", "field", "what", "value or problem"):
        table.add_column(column, overflow="fold")
    for verdict in verdicts:
        filled = verdict.filled.status == "filled"
        if filled and not verdict.right:
            what = "wrong" if verdict.wanted else "not in the files"
            table.add_row(verdict.case, verdict.field.name, what, str(verdict.filled.value)[:300])
        elif verdict.wanted and not filled:
            table.add_row(verdict.case, verdict.field.name, "missed", verdict.filled.problem)
    return table
