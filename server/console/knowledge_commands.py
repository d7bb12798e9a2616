"""`mlplaybook knowledge`: for those who write pages, or have pages of their own."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from mlplaybook.ingest.read import OWN_FOLDER
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.authoring.check import check
from mlplaybook.server.authoring.gaps import read_gaps
from mlplaybook.server.authoring.own import find_page, reset_own, select, start_own
from mlplaybook.server.authoring.pages import Page, read_playbook
from mlplaybook.server.console.screen import create_screen, say
from mlplaybook.server.console.views import write_markdown
from mlplaybook.server.settings import Settings, read_settings

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, check and override the playbook's pages.")

PageId = Annotated[str, typer.Argument(metavar="PAGE", help="The page's id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one record a line.")]
Folder = Annotated[
    Path | None, typer.Option("--path", help="Another knowledge folder.", show_default="the installed one")
]


@app.command("list")
def list_command(
    folder: Annotated[str, typer.Option("--folder", help="Only pages below this folder.")] = "",
    topic: Annotated[str, typer.Option("--topic", help="Only pages with this topic.")] = "",
    volatility: Annotated[str, typer.Option("--volatility", help="stable, evolving or fast-moving.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the pages by folder."""
    pages = select(read_playbook(pages_folder()).pages, folder, topic, volatility)
    if as_json:
        for page in pages:
            emit(page_row(page))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("folder", "page", "reviewed", "volatility", "title"):
        table.add_column(name, no_wrap=name != "title")
    for page in pages:
        row = page_row(page)
        table.add_row(*(str(row[name]) for name in ("folder", "page", "reviewed", "volatility", "title")))
    create_screen().print(table)


@app.command("show")
def show_command(page: PageId) -> None:
    """Print a page as it is shipped, front matter included."""
    write_markdown(create_screen(), find_page(read_playbook(pages_folder()), page).document.text)


@app.command("update")
def update_command(page: PageId) -> None:
    """Start the project's own version of a page from the shipped one."""
    print_line(
        f"{start_own(read_playbook(pages_folder()), page, own_folder(read_settings()))}: edit it; it wins from now on"
    )


@app.command("reset")
def reset_command(page: PageId) -> None:
    """Remove the project's own version of a page."""
    print_line(f"{reset_own(page, own_folder(read_settings()))}: removed; the shipped page serves again")


@app.command("check")
def check_command(path: Folder = None, as_json: AsJson = False) -> None:
    """Check pages and artefacts by every rule; exit 1 with what is to be mended."""
    playbook = read_playbook(path or pages_folder())
    findings = check(playbook, datetime.now(UTC).date())
    for finding in findings:
        emit(dataclasses.asdict(finding)) if as_json else print_line(str(finding))
    say(f"{len(playbook.pages)} pages, {len(playbook.artefacts)} artefacts: {len(findings) or 'no'} findings")
    if findings:
        raise typer.Exit(1)


@app.command("gaps")
def gaps_command(as_json: AsJson = False) -> None:
    """List topics that were asked and not covered (kept only with MLPLAYBOOK_GAPS=1, on this machine)."""
    settings = read_settings()
    if not settings.gaps:
        say("MLPLAYBOOK_GAPS is not set: nothing is being counted")
    for gap in read_gaps(settings.gaps_file):
        emit(dataclasses.asdict(gap)) if as_json else print_line(f"{gap.asked:5}  {gap.last}  {gap.topic}")


def own_folder(settings: Settings) -> Path:
    """The project's folder of own pages."""
    return (settings.project or Path.cwd()) / OWN_FOLDER


def page_row(page: Page) -> dict[str, object]:
    """What a list says of a page."""
    d = page.document
    return {
        "page": d.id, "folder": d.folder, "title": d.title, "description": d.description, "topics": list(d.topics),
        "volatility": d.volatility, "reviewed": d.reviewed,
    }  # fmt: skip


def emit(record: dict[str, object]) -> None:
    """One JSON record on a line of stdout."""
    print_line(json.dumps(record, ensure_ascii=False))


def print_line(line: str) -> None:
    """One line of stdout."""
    sys.stdout.write(line + "\n")
