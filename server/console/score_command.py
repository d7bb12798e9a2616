"""`mlplaybook score`: a rubric of the playbook applied to ratings."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from mlplaybook.ingest.errors import BadDocument, BadSetting, PlaybookError
from mlplaybook.server.artefacts.documents.write import write_text
from mlplaybook.server.artefacts.library import entries
from mlplaybook.server.artefacts.nearest import read_pairs
from mlplaybook.server.artefacts.scoring.explain import Explanation
from mlplaybook.server.artefacts.scoring.markdown import to_markdown
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.read_ratings import read_scores
from mlplaybook.server.artefacts.scoring.records import Rubric, Score
from mlplaybook.server.artefacts.scoring.rubrics import find_rubric
from mlplaybook.server.artefacts.scoring.svg import draw_score
from mlplaybook.server.artefacts.service_calls import Call
from mlplaybook.server.console.ask_options import MaxUsd
from mlplaybook.server.console.explaining import explanation_lines, explanation_markdown, make_explanation
from mlplaybook.server.console.person import ReadLine, create_reader
from mlplaybook.server.console.score_view import missing_lines, show_score
from mlplaybook.server.console.screen import create_screen, print_record, say
from mlplaybook.server.console.views import put, write_markdown
from mlplaybook.server.settings import read_settings
from mlplaybook.server.usage.budget import read_usd

# Something is not rated yet, or a fact that decides is not known.
PARTIAL = 1
EXAMPLE = "data_quality=3"
LARGEST = 1_000_000

Name = Annotated[
    str, typer.Argument(metavar="[RUBRIC]", help="data-quality, ml-system-quality or ml-test-score; none lists them.")
]
Pairs = Annotated[
    list[str],
    typer.Argument(metavar="[DIMENSION=RATING]...", help="Ratings, and facts as yes or no.", show_default=False),
]
Scores = Annotated[
    Path | None,
    typer.Option("--scores", help="YAML or JSON of ratings: a number or {score, evidence} each.", show_default=False),
]
Evidence = Annotated[
    list[str], typer.Option("--evidence", metavar="DIMENSION=TEXT", help="Words or a link that show a rating.")
]
Interactive = Annotated[bool, typer.Option("--interactive", "-i", help="Ask for what is not rated, with the anchors.")]
Chart = Annotated[
    Path | None, typer.Option("--chart", metavar="FILE.svg", help="Write the bars as SVG.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the chart.")]
Explain = Annotated[
    bool, typer.Option("--explain", help="Say what it means: by a model where MLPLAYBOOK_LLM names one, else quoted.")
]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print a Markdown page.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def score_command(
    name: Name = "", pairs: Pairs = [], scores: Scores = None, evidence: Evidence = [],  # noqa: B006
    interactive: Interactive = False, chart: Chart = None, force: Force = False, explain: Explain = False,
    max_usd: MaxUsd = "", as_markdown: AsMarkdown = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Apply a rubric of the playbook: the sum line by line, band, floors, weakest dimensions and three next actions.

    What is not rated is asked for by name, with the range that the total can still take; then the exit status is 1.
    """
    call = Call(max_usd=read_usd(max_usd, "--max-usd"))
    if not name:
        return list_rubrics(as_json)
    rubric = find_rubric(name)
    values: dict[str, Any] = read_scores(read_text(scores), str(scores)) if scores else {}
    values |= read_pairs(pairs, EXAMPLE)
    told = read_pairs(evidence, 'data_quality="checks on every load, ci.example/42"')
    if interactive:
        values = interview(rubric, values, create_reader("Give dimension=number or --scores FILE."))
    score = rate(rubric, values, told)
    if chart is not None:
        write_chart(chart, draw_score(rubric, score), force=force)
    told_why = make_explanation(read_settings(), score, call) if explain and score.ratings else None
    show(rubric, score, told_why, as_markdown=as_markdown, as_json=as_json)
    if score.status == "partial":
        raise typer.Exit(PARTIAL)


def show(rubric: Rubric, score: Score, told: Explanation | None, *, as_markdown: bool, as_json: bool) -> None:
    """The score in the form wanted, with its explanation where there is one."""
    if as_json:
        return print_record(
            {**dataclasses.asdict(score), **({"explanation": dataclasses.asdict(told)} if told else {})}
        )
    screen = create_screen()
    if as_markdown:
        return write_markdown(screen, to_markdown(rubric, score) + (explanation_markdown(told) if told else ""))
    show_score(screen, rubric, score)
    for line in explanation_lines(told) if told else ():
        put(screen, line)


def interview(rubric: Rubric, values: dict[str, Any], read: ReadLine) -> dict[str, Any]:
    """The ratings and those asked for; an empty reply leaves one open, and evidence may be empty too."""
    told, skipped = dict(values), set[str]()
    while missing := next((m for m in rate(rubric, told).missing if m.name not in skipped), None):
        for line in missing_lines(missing):
            say(line.plain)
        reply = read(f"{missing.name} = ")
        if reply is None:
            break
        if not reply:
            skipped.add(missing.name)
            continue
        try:
            rate(rubric, {missing.name: reply})
        except PlaybookError as error:
            say(str(error))
            continue
        told[missing.name] = {"score": reply, "evidence": read("  evidence: ") or ""} if missing.anchors else reply
    return told


def read_text(path: Path) -> str:
    """A score file, or stdin for -; raises BadDocument when it cannot be read."""
    try:
        content = sys.stdin.buffer.read(LARGEST + 1) if str(path) == "-" else path.read_bytes()
        return content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadDocument(f"{path} cannot be read: {error}.", "Give a YAML or JSON file of ratings.") from error


def write_chart(path: Path, picture: str, *, force: bool) -> None:
    """The picture as a file of its own, where nothing is overwritten unasked; raises BadSetting and StorageFailed."""
    if path.suffix != ".svg":
        raise BadSetting(f"--chart {path} cannot be drawn.", "Name a file that ends in .svg.")
    write_text(path, picture, replace=force)
    say(f"{path} written")


def list_rubrics(as_json: bool) -> None:
    """Every rubric with what it rates."""
    listed = entries("rubrics")
    if as_json:
        return print_record({"rubrics": [dataclasses.asdict(entry) for entry in listed]})
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for entry in listed:
        table.add_row(entry.id, Text.assemble((entry.title, "bold"), f"\n{entry.description}"))
    create_screen().print(table)
