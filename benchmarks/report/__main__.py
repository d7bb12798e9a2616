"""The command: python -m benchmarks.report [--keep RUN.json ...]."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.report.page import render
from benchmarks.report.plots import draw_all
from benchmarks.report.results import RESULTS, keep, read_results
from mlplaybook.ingest.errors import BadSource, PlaybookError

DOCS = Path(__file__).parents[2] / "docs"
PAGE, IMAGES = "benchmarks.md", "img"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def say(line: str) -> None:
    """One line for people."""
    print(f"report: {line}", file=sys.stderr, flush=True)


@app.command()
def report(
    keep_too: Annotated[
        list[Path], typer.Option("--keep", help="First take over what this peers.json or scale.json says.")
    ] = [],  # noqa: B006 (typer copies it)
    results: Annotated[Path, typer.Option(help="Folder of the kept results.")] = RESULTS,
    docs: Annotated[Path, typer.Option(help="Folder that the page and the plots are written to.")] = DOCS,
) -> None:
    """Write the page of benchmarks and its plots from the kept results."""
    for path in keep_too:
        for kept in keep(path, results):
            say(f"keeps {kept}")
    found = read_results(results)
    if found.empty:
        raise BadSource(f"{results} holds no results.", "Run `make bench` or `make bench-scale`, then use --keep.")
    written = [docs / PAGE, *draw_all(found, docs / IMAGES)]
    written[0].write_text(render(found), "utf-8")
    for path in written:
        say(f"wrote {path}")


def main() -> None:
    """Run the command; an error a person can mend becomes one line on stderr."""
    try:
        app()
    except PlaybookError as error:
        say(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
