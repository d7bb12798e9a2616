"""`mlplaybook decide`: a decision table asked with key=value."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, get_args

import typer
from rich.table import Table
from rich.text import Text

from mlplaybook.ingest.errors import BadSetting, PlaybookError
from mlplaybook.server.artefacts.deciding.aliases import Found, aliases_of, find_decision
from mlplaybook.server.artefacts.deciding.judge import Rest, judge
from mlplaybook.server.artefacts.deciding.records import Verdict
from mlplaybook.server.artefacts.library import entries, load
from mlplaybook.server.artefacts.nearest import read_pairs
from mlplaybook.server.console.decide_view import ask_lines, show_verdict
from mlplaybook.server.console.person import ReadLine, create_reader
from mlplaybook.server.console.screen import create_screen, print_record, say
from mlplaybook.server.console.views import put

# No answer: no row applies, or inputs are still asked for.
NO_ANSWER = 1
EXAMPLE = "latency=80ms or model_size=2GB or needs_gpu=yes"

Name = Annotated[str, typer.Argument(metavar="[DECISION]", help="Its id, or what it is about; none lists all.")]
Pairs = Annotated[
    list[str], typer.Argument(metavar="[KEY=VALUE]...", help="What is known; key=- does not apply.", show_default=False)
]
RestOption = Annotated[str, typer.Option("--rest", help="Take what is not given as no, or as none (does not apply).")]
Interactive = Annotated[bool, typer.Option("--interactive", "-i", help="Ask for what is missing, one by one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def decide_command(
    name: Name = "", pairs: Pairs = [], rest: RestOption = "", interactive: Interactive = False, as_json: AsJson = False,  # noqa: B006
) -> None:  # fmt: skip
    """Run a decision table of the playbook: the answer, the row that fired, and what would change it.

    Without KEY=VALUE it shows what the decision asks. Inputs that are not given are asked for by name as long as they can
    change the result. Exit 1 without an answer.
    """
    if not name:
        return list_decisions(as_json)
    chosen = next((known for known in get_args(Rest) if known == rest), None)
    if chosen is None:
        raise BadSetting(f"--rest {rest} is not possible.", "Use no or none, or leave it out.")
    found = find_decision(name)
    given: dict[str, str] = {**found.preset, **read_pairs(pairs, EXAMPLE)}
    if not (pairs or interactive or rest):
        return describe(found, as_json)
    if interactive:
        given = interview(found, given, chosen, create_reader("Give the inputs as key=value."))
    verdict = judge(found.decision, given, chosen)
    if as_json:
        print_record(dataclasses.asdict(verdict))
    else:
        note_name(found)
        show_verdict(create_screen(), verdict)
    if not verdict.answers:
        raise typer.Exit(NO_ANSWER)


def interview(found: Found, given: Mapping[str, str], rest: Rest, read: ReadLine) -> dict[str, str]:
    """The given inputs and those asked for, until nothing can change the result; an empty reply does not apply."""
    told = dict(given)
    while asks := judge(found.decision, told, rest).asks:
        for line in ask_lines(asks[0]):
            say(line.plain.strip())
        reply = read(f"{asks[0].input} ({asks[0].values}, empty: does not apply) = ")
        if reply is None:
            break
        try:
            judge(found.decision, {asks[0].input: reply or "-"})
        except PlaybookError as error:
            say(str(error))
            continue
        told[asks[0].input] = reply or "-"
    return told


def list_decisions(as_json: bool) -> None:
    """Every table with what it decides and what else it is called."""
    listed = entries("decisions")
    if as_json:
        return print_record({"decisions": [{**dataclasses.asdict(e), "names": aliases_of(e.id)} for e in listed]})
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="cyan")
    table.add_column()
    for entry in listed:
        others = ", ".join(aliases_of(entry.id)[:3])
        table.add_row(entry.id, Text.assemble(entry.title, (f" ({others})" if others else "", "dim")))
    create_screen().print(table)


def describe(found: Found, as_json: bool) -> None:
    """The inputs of a table and their questions, with an example; what the name already says is left out."""
    decision, preset = found.decision, found.preset
    if as_json:
        record = {key: value for key, value in dataclasses.asdict(decision).items() if key != "rows"}
        return print_record({**record, "preset": dict(preset), "names": aliases_of(decision.id), "see": found.see})
    note_name(found)
    screen = create_screen()
    put(screen, Text.assemble((decision.title, "bold")))
    put(screen, Text(decision.description))
    screen.print()
    verdict = judge(decision, preset)
    for ask in verdict.asks:
        for line in ask_lines(ask):
            put(screen, line)
    screen.print()
    put(screen, Text(f"  {command_of(found, verdict)}"))
    put(screen, Text(f'  mlplaybook read "{decision.page}"', style="dim"))


def command_of(found: Found, verdict: Verdict) -> str:
    """An example of the command, from the table's own examples where one fits what is preset."""
    examples = load("decisions", found.decision.id)["examples"]
    fits = [e["inputs"] for e in examples if all(str(e["inputs"].get(k)) == v for k, v in found.preset.items())]
    inputs = max(fits or [examples[0]["inputs"]], key=len)
    words = {True: "yes", False: "no"}
    pairs = [f"{key}={words.get(value, value) if isinstance(value, bool) else value}" for key, value in inputs.items()]
    return " ".join(["mlplaybook decide", verdict.decision, *pairs])


def note_name(found: Found) -> None:
    """Which table another name was taken for, and which ones are near."""
    if found.note:
        near = f"; see also {', '.join(found.see)}" if found.see else ""
        say(f"{found.note}{near}")
