"""`mlplaybook plugin`: the folder that coding agents install, and tasks to test them with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.agents.plugin.build import Drift, compare, skill_texts, write_files
from mlplaybook.server.agents.plugin.cases import eval_files, read_cases, run_command
from mlplaybook.server.agents.plugin.files import SKILL, plugin_files, repository_files
from mlplaybook.server.agents.plugin.source import Source, read_source
from mlplaybook.server.agents.setup.start import installed_start
from mlplaybook.server.console.screen import print_line, print_record, say
from mlplaybook.server.console.setup_command import read_way

DIFFERENT = 1

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Write the plugin for coding agents, and tasks to test them with."
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where it goes.")]
Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 1 when the folder is not what would be written.")
]


Begin = Annotated[
    str, typer.Option("--start", help="What the agent starts: uvx, the released package; installed, this installation.")
]


Repository = Annotated[
    Path | None,
    typer.Option(
        "--repository", metavar="ROOT", show_default=False,
        help="Write into it, too, what agents look for at the root of a repository whose URL is installed.",
    ),
]  # fmt: skip


@app.command("build")
def build_command(
    folder: Folder = Path("plugin"), start: Begin = "uvx", repository: Repository = None, check: Check = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the folder that coding agents install.

    Claude Code, Codex, Gemini CLI, Copilot CLI, Cursor, VS Code, opencode, Claude Desktop and others each read their own part.
    """
    source = source_for(start)
    files = plugin_files(skill_texts(), source)
    below = path_below(folder, repository) if repository is not None else ""
    drift = compare(folder, files) if check else write_files(folder, files)
    if repository is not None:
        more = repository_files(source, below)
        found = (compare if check else write_files)(repository, more, shared=True)
        folder, files, drift = repository, {**under(below, files), **more}, drift.below(below).beside(found)
    show(folder, files, drift, check=check, as_json=as_json)
    if check and drift.any:
        raise typer.Exit(DIFFERENT)


def path_below(folder: Path, repository: Path) -> str:
    """Where in a repository the folder lies; raises BadSetting when it does not."""
    below = folder.resolve()
    if repository.resolve() not in below.parents:
        raise BadSetting(
            f"{folder} does not lie below {repository}.", "Name the repository that holds the plugin's folder."
        )
    return below.relative_to(repository.resolve()).as_posix()


def under(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files by their paths from above that folder."""
    return {f"{folder}/{name}": data for name, data in files.items()}


@app.command("evals")
def evals_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where it goes.", show_default=False)],
    start: Begin = "uvx", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the plugin with twenty tasks to test agents with.

    They are laid out for `claude plugin eval DIR`, and as evals.json of Agent Skills.
    """
    source = source_for(start)
    files = {**plugin_files(skill_texts(), source), **eval_files(read_cases(), SKILL, source)}
    show(folder, files, write_files(folder, files), check=False, as_json=as_json)
    say(f"run them with: {run_command(str(folder), source)}")


def source_for(start: str) -> Source:
    """The source with the start command that was asked for; raises BadSetting."""
    return read_source(installed_start(os.environ) if read_way(start) == "installed" else None)


def show(folder: Path, files: Mapping[str, bytes], drift: Drift, *, check: bool, as_json: bool) -> None:
    """What was written, or what differs."""
    written = sorted((*drift.missing, *drift.changed))
    if as_json:
        key = "different" if check else "written"
        print_record({"folder": str(folder), "files": len(files), key: written, "left_over": list(drift.left_over)})
        return
    if check and drift.any:
        say(f"{folder} is not what mlplaybook plugin build writes")
    for name in written:
        print_line(f"{'differs' if check else 'written'}  {folder / name}")
    for name in drift.left_over:
        print_line(f"not ours {folder / name}")
    if not drift.any:
        print_line(f"{folder}: {len(files)} files, all as they should be")
