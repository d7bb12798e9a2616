"""`mlplaybook calculate`: a formula of the playbook with key=value, or with the columns of a CSV."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from mlplaybook.ingest.decode import NotText, decode
from mlplaybook.ingest.errors import BadDocument, BadSetting
from mlplaybook.server.artefacts.calculators.columns import File, bind
from mlplaybook.server.artefacts.calculators.plot import FORMATS, draw
from mlplaybook.server.artefacts.calculators.records import Calculation
from mlplaybook.server.artefacts.calculators.registry import calculate, describe, descriptions, find_calculator
from mlplaybook.server.artefacts.documents.write import check_target
from mlplaybook.server.artefacts.nearest import read_pairs
from mlplaybook.server.console.calculate_view import show_calculation, show_calculator, show_calculators
from mlplaybook.server.console.screen import create_screen, print_record, say

EXAMPLE = "baseline=4% or memory=80GB"
# A file that would not fit in memory as text is refused before it is read.
LARGEST = 200_000_000

Name = Annotated[str, typer.Argument(metavar="[CALCULATOR]", help="Its id or another name; none lists all.")]
Pairs = Annotated[
    list[str],
    typer.Argument(metavar="[KEY=VALUE]...", help="Inputs, with units where they have one.", show_default=False),
]
Csv = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Take values from this file.", show_default=False)
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--column", metavar="[INPUT=]NAME", help="The column, or the column for an input.", show_default=False
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option(
        "--reference", metavar="FILE", help="The same column of this file is the reference.", show_default=False
    ),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE.png|svg", help="Draw the result.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the plot.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def calculate_command(
    name: Name = "", pairs: Pairs = [], csv: Csv = None, column: Columns = [], reference: Reference = None,  # noqa: B006
    plot: Plot = None, force: Force = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Work out a formula of the playbook: inputs, arithmetic, result, what it means, and page#heading.

    Without inputs it shows what the calculator asks for, without a name it lists all.
    """
    screen = create_screen()
    if not name:
        listed = descriptions()
        return print_record({"calculators": [dataclasses.asdict(d) for d in listed]}) if as_json else show_calculators(
            screen, listed
        )  # fmt: skip
    calculator = find_calculator(name)
    if not (pairs or csv or column or reference):
        found = describe(calculator)
        return print_record(dataclasses.asdict(found)) if as_json else show_calculator(screen, found)
    given: dict[str, Any] = dict(read_pairs(pairs, EXAMPLE))
    given |= bind(calculator, column, read_file(csv), read_file(reference))
    if plot is not None:
        check_plot(plot, force=force)
    made = calculate(name, given)
    if plot is not None:
        write_plot(plot, made, force=force)
    if as_json:
        return print_record(dataclasses.asdict(made))
    show_calculation(screen, made)


def read_file(path: Path | None) -> File | None:
    """The text of a CSV file with its name; raises BadDocument when it cannot be read."""
    if path is None:
        return None
    try:
        if path.stat().st_size > LARGEST:
            raise BadDocument(f"{path} has more than {LARGEST:,} bytes.", "Draw a sample of its rows first.")
        return File(path.name, decode(path.read_bytes()))
    except (OSError, NotText) as error:
        raise BadDocument(f"{path} cannot be read: {error}.", "Give a CSV file as UTF-8 text.") from error


def check_plot(path: Path, *, force: bool) -> None:
    """Raises BadSetting before anything is calculated that could not be drawn there."""
    if path.suffix.lower().removeprefix(".") not in FORMATS:
        raise BadSetting(f"--plot {path} cannot be drawn.", "Name a file that ends in .png or .svg.")
    if check_target(path) and not force:
        raise BadSetting(f"{path} is there already.", "Name another file with --plot, or replace it with --force.")


def write_plot(path: Path, made: Calculation, *, force: bool) -> None:
    """The picture of a result; raises BadSetting where there is nothing to draw or the file cannot be written."""
    if made.chart is None:
        drawn = "psi, ks-test, ab-sample-size, ab-power, mde, confidence-interval and disparate-impact have one"
        raise BadSetting(f"{made.calculator} has no plot.", f"Leave --plot out; {drawn}.")
    picture = draw(made.chart, path.suffix.lower().removeprefix("."))
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(picture)
    except OSError as error:
        remedy = "Check the folder and its permissions."
        raise BadSetting(f"{path} cannot be written: {error.strerror or error}.", remedy) from error
    say(f"{path} written")
