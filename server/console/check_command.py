"""`mlplaybook check`: what is wrong in a filled document, by its template and by the playbook."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.checking.check import SEVERITIES, Checked, examine
from mlplaybook.server.artefacts.records import Finding, Severity
from mlplaybook.server.console.screen import create_screen, print_record
from mlplaybook.server.console.views import put

ERRORS = 1
STYLES: dict[Severity, str] = {"error": "bold red", "warning": "yellow", "note": "cyan"}
# No document that a person fills is larger; more is not read.
MOST_BYTES = 1_000_001

File = Annotated[
    str, typer.Argument(metavar="FILE", help="YAML, JSON, Markdown or the form of the template; - is stdin.")
]
TemplateName = Annotated[
    str,
    typer.Option("--template", help="Which template it follows.", show_default="by root key, file name or best match"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def check_command(file: File, template: TemplateName = "", as_json: AsJson = False) -> None:
    """Check a filled document against its template and the playbook (exit 1 on errors, 2 when it cannot be read)."""
    checked = examine(read_text(file), template, "" if file == "-" else Path(file).name)
    if as_json:
        print_record(create_record(file, checked))
    else:
        show_checked(create_screen(), file, checked)
    if checked.count("error"):
        raise typer.Exit(ERRORS)


def read_text(file: str) -> str:
    """The text of a file or of stdin; raises BadDocument when there is none or it is no UTF-8."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MOST_BYTES)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES)
    except OSError as error:
        raise BadDocument(f"{file} cannot be read: {error.strerror or error}.", "Check the path.") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if len(data) == MOST_BYTES:
            raise BadDocument(f"{file} has more than {MOST_BYTES - 1:,} bytes.", "Give the document alone.") from error
        raise BadDocument(f"{file} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error


def create_record(file: str, checked: Checked) -> dict[str, object]:
    """The record for programs: document, template, counts and findings."""
    counts = {f"{severity}s": checked.count(severity) for severity in SEVERITIES}
    return {"file": file, **dataclasses.asdict(checked), **counts}


def show_checked(screen: Console, file: str, checked: Checked) -> None:
    """The findings by severity, each with the document's words, what is wrong, what to do and where to read on."""
    head = f"{file}: {checked.template} ({checked.reason}), {checked.filled} of {checked.fields} fields have a value"
    put(screen, Text(head))
    for severity in SEVERITIES:
        findings = [finding for finding in checked.findings if finding.severity == severity]
        if findings:
            screen.print()
            put(screen, Text(counted(len(findings), severity), style=STYLES[severity]))
            for finding in findings:
                show_finding(screen, finding)
    screen.print()
    if not checked.findings:
        return put(screen, Text("Nothing to mend.", style="green"))
    put(screen, Text(", ".join(counted(checked.count(severity), severity) for severity in SEVERITIES), style="bold"))


def show_finding(screen: Console, finding: Finding) -> None:
    """One finding in up to five lines."""
    line = f"line {finding.line}  " if finding.line else ""
    put(screen, Text.assemble("  ", (line, "dim"), (finding.field, "bold"), (f"  [{finding.rule}]", "dim")))
    if finding.words:
        put(screen, Text(f"    “{finding.words}”", style="italic"))
    put(screen, Text(f"    {finding.problem}"))
    put(screen, Text(f"    → {finding.remedy}"))
    put(screen, Text(f"    {finding.section}", style="cyan"))


def counted(number: int, severity: Severity) -> str:
    """A number of findings in words.

    >>> counted(1, "error"), counted(0, "note")
    ('1 error', '0 notes')
    """
    return f"{number} {severity}{'' if number == 1 else 's'}"
