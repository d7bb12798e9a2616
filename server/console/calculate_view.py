"""A calculation in the form that people read: inputs, arithmetic, result, meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from mlplaybook.server.artefacts.calculators.records import Calculation, Given, Parameter, Table
from mlplaybook.server.artefacts.calculators.registry import Description
from mlplaybook.server.artefacts.calculators.show import percent
from mlplaybook.server.console.views import put

GOOD, BAD = "green", "bold red"
COLOURS = {
    "stable": GOOD, "ok": GOOD, "fits": GOOD, "within": GOOD, "quiet": GOOD, "left": GOOD, "sustainable": GOOD,
    "act": BAD, "alarm": BAD, "too-large": BAD, "spent": BAD, "page": BAD, "investigate": BAD,
}  # fmt: skip


def show_calculation(screen: Console, made: Calculation) -> None:
    """The result first, then how it was reached."""
    put(screen, Text(made.title, style="bold"))
    put(screen, Text(f"  {made.formula}", style="dim"))
    for lines in (result_lines(made), input_lines(made.inputs), step_lines(made), note_lines(made)):
        screen.print()
        for line in lines:
            put(screen, line)


def result_lines(made: Calculation) -> Iterator[Text]:
    """The figure that was asked for, what it means, and the figures beside it."""
    yield Text.assemble(("→ ", "bold cyan"), f"{made.result.name}: ", (made.result.text, "bold cyan"))
    if made.meaning:
        yield Text(f"  {made.meaning}", style=COLOURS.get(made.verdict, "yellow" if made.verdict else ""))
    for figure in made.more:
        yield Text.assemble(f"  {figure.name}: ", (figure.text, "cyan"))


def input_lines(inputs: Sequence[Given]) -> Iterator[Text]:
    """Every input that was given on a line of its own, all defaults on one."""
    given = [entry for entry in inputs if entry.origin == "given"]
    width = max((len(entry.name) for entry in given), default=0)
    yield Text("Inputs", style="bold")
    for entry in given:
        yield Text(f"  {entry.name.ljust(width)}  {entry.text}")
    defaults = ", ".join(f"{entry.name}={entry.text}" for entry in inputs if entry.origin == "default")
    if defaults:
        yield Text(f"  not given, so: {defaults}", style="dim")


def step_lines(made: Calculation) -> Iterator[Text]:
    """The arithmetic, with its table."""
    yield Text("Arithmetic", style="bold")
    for step in made.steps:
        yield Text(f"  {step}")
    if made.table:
        yield Text()
        yield from (Text(f"  {line}") for line in table_lines(made.table))


def table_lines(table: Table) -> Iterator[str]:
    """Rows in columns; names to the left, numbers to the right."""
    rows = [table.columns, *table.rows]
    widths = [max(len(row[n]) for row in rows) for n in range(len(table.columns))]
    right = [all(looks_numeric(row[n]) for row in table.rows) for n in range(len(table.columns))]
    for row in rows:
        cells = [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ]  # fmt: skip
        yield "  ".join(cells).rstrip()


def looks_numeric(cell: str) -> bool:
    """Whether a cell is a number with a unit at most.

    >>> looks_numeric("1,000"), looks_numeric("12.5%"), looks_numeric("sum")
    (True, True, False)
    """
    return not cell or cell[0].isdigit() or (cell[0] in "-−" and cell[1:2].isdigit())


def note_lines(made: Calculation) -> Iterator[Text]:
    """What was assumed, and where the playbook says it."""
    if made.assumptions:
        yield Text("Assumed", style="bold")
        yield from (Text(f"  {note}") for note in made.assumptions)
    yield Text(f'  mlplaybook read "{made.section}"', style="dim")


def show_calculators(screen: Console, listed: Sequence[Description]) -> None:
    """Every calculator with its title."""
    width = max(len(entry.id) for entry in listed)
    for entry in listed:
        put(screen, Text.assemble((entry.id.ljust(width), "cyan"), f"  {entry.title}"))


def show_calculator(screen: Console, found: Description) -> None:
    """What a calculator computes, its inputs, and examples to copy."""
    put(screen, Text(found.title, style="bold"))
    put(screen, Text(f"  {found.formula}", style="dim"))
    screen.print()
    width = max(len(parameter.name) for parameter in found.inputs)
    for parameter in found.inputs:
        put(screen, Text.assemble(("  " + parameter.name.ljust(width), "cyan"), f"  {parameter_words(parameter)}"))
    screen.print()
    for example in found.examples:
        put(screen, Text(f"  mlplaybook calculate {example}"))
    put(screen, Text(f'  mlplaybook read "{found.section}"', style="dim"))


def parameter_words(parameter: Parameter) -> str:
    """Meaning, unit, choices, and whether it may be left out."""
    unit = f", per {parameter.unit}" if parameter.kind == "money" and parameter.unit else ""
    unit = f" ({parameter.unit})" if parameter.unit and parameter.kind != "money" else unit
    choices = f": {', '.join(parameter.allowed)}" if parameter.allowed else ""
    state = " [needed]" if parameter.required else ""
    if parameter.default is not None:
        default = percent(parameter.default) if parameter.kind == "share" else parameter.default
        state = f" [{default:g}]" if isinstance(default, float) else f" [{default}]"
    return f"{parameter.meaning}{unit}{choices}{state}"
