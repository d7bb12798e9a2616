"""`mlplaybook init`: what a project says of itself, asked or given, into its mlplaybook.toml."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Prompt
from rich.text import Text

from mlplaybook.ingest.options import read_options
from mlplaybook.server.artefacts.profile_file import Chosen, choose_options, write_profile
from mlplaybook.server.console.screen import create_screen, print_record
from mlplaybook.server.console.views import put
from mlplaybook.server.retrieval.profiles import PROJECT_FILE, read_profile
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import project_folder

Phase = Annotated[
    str, typer.Option("--phase", help="What the project builds: training, inference or both.", show_default=False)
]
ModelType = Annotated[
    str, typer.Option("--model-type", help="classical, deep-learning or llm.", show_default="deep-learning with --yes")
]
Serving = Annotated[
    str,
    typer.Option(
        "--serving",
        help="How predictions reach their consumer: none, batch, realtime or edge.",
        show_default="realtime with --yes, none for training",
    ),
]
Tracking = Annotated[
    bool | None,
    typer.Option("--tracking/--no-tracking", help="Whether runs are recorded in a tracker.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take the default for what is not given.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite options that the file has with other values.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def init_command(
    phase: Phase = "", model_type: ModelType = "", serving: Serving = "", tracking: Tracking = None,
    yes: Yes = False, force: Force = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write what is true of your project into mlplaybook.toml; what is not given is asked.

    `guide` takes the pages that apply to it, `ask` and `search` rank the others lower. A file that is there keeps its
    comments and everything else in it.
    """
    project = project_folder(read_settings())
    flags: dict[str, object] = {
        "projectPhase": phase or None,
        "modelType": model_type or None,
        "servingPattern": serving or None,
        "hasExperimentTracking": tracking,
    }
    given = {name: value for name, value in flags.items() if value is not None}
    asked = None if yes or not sys.stdin.isatty() else ask
    chosen = choose_options({**read_profile(project), **given}, asked)
    changed = write_profile(project, chosen.profile, force=force)
    path = project / PROJECT_FILE
    if as_json:
        profile = dict(chosen.profile.options)
        record = {"file": str(path), "changed": changed, "profile": profile}
        print_record({**record, "assumed": list(chosen.assumed), "implied": list(chosen.implied)})
        return
    show(chosen, path, changed=changed)


def ask(name: str, values: tuple[str, ...], usual: str) -> str:
    """One option, asked on the terminal with what it means and its possible values; stdout stays free for the result."""
    screen = create_screen(errors=True)
    put(screen, Text(f"\n{read_options().meanings[name]}"))
    while True:
        answer = Prompt.ask(name, console=screen, choices=list(values), default=usual or None)
        if answer:
            return answer


def show(chosen: Chosen, path: Path, *, changed: bool) -> None:
    """What the file now says, option by option, and how each came about."""
    screen = create_screen()
    put(screen, Text(f"{path}: {'written' if changed else 'said so already, nothing was changed'}"))
    for name, value in chosen.profile.options:
        how = "  (the default; nobody said so)" if name in chosen.assumed else ""
        how = "  (all that the other options allow)" if name in chosen.implied else how
        put(screen, Text.assemble("  ", (name, "bold"), f" = {value}", (how, "dim")))
    put(screen, Text("Next: mlplaybook guide"))
