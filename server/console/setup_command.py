"""`mlplaybook setup`: the playbook's server in the settings of coding agents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Confirm
from rich.text import Text

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.agents.setup.change import Change, difference, has_entry, plan_change, records, write_change
from mlplaybook.server.agents.setup.clients import CLIENTS, Client, find_client, has_client
from mlplaybook.server.agents.setup.machine import Machine, this_machine
from mlplaybook.server.agents.setup.start import WAYS, Way, choose_start
from mlplaybook.server.console.screen import create_screen, print_record, say
from mlplaybook.server.console.views import put
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import project_folder

COLOURS = {"+": "green", "-": "red", "@": "cyan"}

Agents = Annotated[
    list[str], typer.Argument(metavar="AGENT", help="Which agents; without one, lists all.", show_default=False)
]
Remove = Annotated[bool, typer.Option("--remove", help="Take the server out again; of all agents where none is named.")]
Project = Annotated[
    bool, typer.Option("--project", help="The settings of this project, which others share, not yours.")
]
Begin = Annotated[
    str,
    typer.Option(
        "--start", help="installed: this installation; uvx: the released package.", show_default="what will stay"
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be written and stop.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record; writes only with --yes.")]


def setup_command(
    agents: Agents = [], remove: Remove = False, project: Project = False, start: Begin = "",  # noqa: B006
    dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Connect coding agents to the playbook: shows the change of their settings, asks, writes it and keeps a copy.

    Other servers, comments and order in the file stay. Doing it twice changes nothing.
    """
    machine = this_machine(project_folder(read_settings()))
    if not agents and not remove:
        return show_agents(machine, as_json=as_json)
    clients = [find_client(name) for name in agents] or [
        client for client in CLIENTS if has_entry(client, machine, project=project)
    ]
    begin = None if remove else choose_start(machine, read_way(start), project=project)
    if begin and begin.command == "uvx" and not machine.program("uvx"):
        say("uvx is not on the PATH: install uv before an agent starts the server (https://docs.astral.sh/uv/)")
    done: list[tuple[Change, Path | None]] = []
    for client in clients:
        # Two agents may share a file: each change is worked out on what the one before it left.
        change = plan_change(client, machine, begin, project=project)
        done.append((change, settle(change, dry_run=dry_run or (as_json and not yes), yes=yes, quiet=as_json)))
    if as_json:
        print_record({"changes": records(done), "written": yes and not dry_run})
    elif not done:
        say("no agent has the server; nothing was changed")
    elif not dry_run and not remove and any(change.needed for change, _ in done):
        say("`mlplaybook doctor` tests the connection")


def read_way(text: str) -> Way | None:
    """`--start` as it is meant; raises BadSetting."""
    if text and text not in WAYS:
        raise BadSetting(f"--start {text!r} is unknown.", f"Say {' or '.join(WAYS)}.")
    return next((way for way in WAYS if way == text), None)


def settle(change: Change, *, dry_run: bool, yes: bool, quiet: bool) -> Path | None:
    """Show a change and, if it is wished, write it; where the copy of the old file is."""
    screen = create_screen()
    if not quiet:
        show_change(change)
    if dry_run or not change.needed:
        return None
    if not yes:
        if not sys.stdin.isatty():
            raise BadSetting(
                "Nothing was written: nobody is there to be asked.", "Add --yes, or --dry-run to look only."
            )
        if not Confirm.ask(f"Write {change.path}?", console=create_screen(errors=True), default=True):
            say("nothing was written")
            return None
    copy = write_change(change)
    if not quiet:
        put(screen, Text.assemble("written", f"; a copy of the old file is {copy}" if copy else ""))
        put(screen, Text("Start a new session." if change.entry is None else change.client.then))
    return copy


def show_change(change: Change) -> None:
    """The difference, or that there is none."""
    screen = create_screen()
    put(screen, Text(f"{change.client.title}: {change.path}", style="bold"))
    if not change.needed:
        put(screen, Text("  already so; nothing to change"))
    for line in difference(change):
        put(screen, Text(f"  {line}", style=COLOURS.get(line[:1], "")))


def show_agents(machine: Machine, *, as_json: bool) -> None:
    """Every agent that is known: whether it is here, and whether it has the server."""
    rows = [agent_record(client, machine) for client in CLIENTS]
    if as_json:
        return print_record({"agents": rows})
    screen = create_screen()
    put(screen, Text(f"{'agent':<16}{'here':<7}{'connected':<15}file", style="bold"))
    for row in rows:
        connected = ", ".join(name for name in ("user", "project") if row[name]) or "no"
        here = "yes" if row["here"] else "no"
        put(
            screen, Text(f"{row['agent']:<16}{here:<7}{connected:<15}{row['file']}", style="" if row["here"] else "dim")
        )
    put(screen, Text("\nConnect one with: mlplaybook setup AGENT"))


def agent_record(client: Client, machine: Machine) -> dict[str, object]:
    """One agent on this machine."""
    return {
        "agent": client.name, "title": client.title, "here": has_client(client, machine),
        "user": has_entry(client, machine, project=False), "project": has_entry(client, machine, project=True),
        "file": str(client.file(machine, project=False)),
    }  # fmt: skip
