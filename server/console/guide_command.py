"""`mlplaybook guide`: the guidance for one step of development in this project."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from mlplaybook.server.artefacts.guiding.draft import read_conditions
from mlplaybook.server.artefacts.guiding.guide import guide
from mlplaybook.server.artefacts.guiding.pieces import DEPTHS
from mlplaybook.server.artefacts.guiding.records import DEPTH, TOKENS, Wish
from mlplaybook.server.artefacts.guiding.steps import NO_CHANGE, Change, find_step, read_changes, read_steps, select
from mlplaybook.server.console.screen import create_screen, embedding_progress, print_record, say
from mlplaybook.server.console.search_options import ProfileChoices
from mlplaybook.server.console.views import put, write_markdown
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.profiles import Profile, read_project_file
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.usage.tokens import create_counter
from mlplaybook.server.wiring import PLAYBOOK, open_corpus, project_folder, project_profile

FEWEST, MOST = 200, 200_000

StepName = Annotated[str, typer.Argument(metavar="[STEP]", help="A step; without one all are listed.")]
Tokens = Annotated[int, typer.Option("--tokens", min=FEWEST, max=MOST, help="At most so many tokens.")]
Depth = Annotated[
    int,
    typer.Option("--depth", min=min(DEPTHS), max=max(DEPTHS), help="From 1 (a line a page) to 5 (whole sections)."),
]
About = Annotated[str, typer.Option("--question", help="Take the sections that answer this first.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]


def guide_command(
    step: StepName = "", tokens: Tokens = TOKENS, depth: Depth = DEPTH, question: About = "",
    profile: ProfileChoices = [], as_json: AsJson = False,  # noqa: B006
) -> None:  # fmt: skip
    """Assemble what the playbook has for one of the steps of development and applies to your project.

    Pages with their summaries and sections, checklists, documents to fill and decisions to make, within a number of tokens.
    """
    settings = read_settings()
    known = project_profile(settings, profile)
    changes = read_changes(read_project_file(project_folder(settings)))
    name = find_step(step).id if step else ""
    index = open_playbook(settings)
    if not step:
        records = step_records(index, known, changes)
        return print_record({"profile": dict(known.options), "steps": records}) if as_json else show_steps(records)
    wish = Wish(name, known, tokens, depth, question, changes.get(name, NO_CHANGE))
    made = guide(index, wish, create_counter(index.encoder.count_tokens if index.encoder else None))
    if as_json:
        return print_record(dataclasses.asdict(made))
    write_markdown(create_screen(), made.text)
    say(f"{made.tokens:,} of {made.budget:,} tokens, counted by {made.counted_by}")


def open_playbook(settings: Settings) -> Index:
    """The playbook with the project's own pages, up to date; what does not work is said on stderr."""
    with embedding_progress() as progress:
        index = open_corpus(settings, PLAYBOOK, say, progress)
    for trouble in index.troubles:
        say(f"degraded ({trouble.code}): {trouble.text}")
    return index


def step_records(index: Index, profile: Profile, changes: Mapping[str, Change]) -> list[dict[str, Any]]:
    """Every step with the pages that apply to the project and those that do not."""
    pages = read_conditions(index)
    records = []
    for step in read_steps().values():
        chosen = select(step, profile, pages, changes.get(step.id, NO_CHANGE))
        records.append({
            "step": step.id, "title": step.title, "pages": [entry.page for entry in chosen.entries],
            "left_out": {left.name: left.why for left in chosen.left_out},
        })  # fmt: skip
    return records


def show_steps(records: list[dict[str, Any]]) -> None:
    """One line a step."""
    screen = create_screen()
    widest = max(len(record["step"]) for record in records)
    for record in records:
        left = f", {len(record['left_out'])} left out" if record["left_out"] else ""
        pages = f"{len(record['pages'])} page{'s' * (len(record['pages']) != 1)}{left}"
        put(
            screen,
            Text.assemble((f"{record['step']:{widest}}", "cyan"), f"  {record['title']} ", (f"({pages})", "dim")),
        )
