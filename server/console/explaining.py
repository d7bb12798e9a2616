"""`score --explain`: what a score means, by a model or in the playbook's own words, as people read it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from mlplaybook.server.artefacts.scoring.explain import SHEET, Explanation
from mlplaybook.server.artefacts.scoring.records import Score
from mlplaybook.server.artefacts.service_calls import Call, explain_score
from mlplaybook.server.console.screen import embedding_progress, say
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import PLAYBOOK, open_corpus


def make_explanation(settings: Settings, score: Score, call: Call) -> Explanation:
    """The explanation of a score; why no model wrote it goes to stderr."""
    with embedding_progress() as progress:
        index = open_corpus(settings, PLAYBOOK, say, progress)
    with open_service(settings, index, say) as service:
        made = explain_score(service, score, call)
    for reason in made.degraded:
        say(f"degraded: {reason}")
    return made


def explanation_lines(made: Explanation) -> Iterator[Text]:
    """The statements, each with where it stands."""
    if not made.statements:
        return
    yield Text("\nWhat it means" if made.mode == "llm" else "\nFrom the playbook", style="bold")
    for statement in made.statements:
        places = dict.fromkeys(one.section for one in statement.citations)
        shown = "; ".join("the score above" if place == SHEET else place for place in places)
        yield Text(f"  {statement.text}")
        yield Text(f"     {shown}", style="cyan")


def explanation_markdown(made: Explanation) -> str:
    """The statements as a section of the Markdown page; "" when there are none."""
    if not made.statements:
        return ""
    title = "## What it means" if made.mode == "llm" else "## From the playbook"
    lines = [f"- {one.text} [{'; '.join(dict.fromkeys(c.section for c in one.citations))}]" for one in made.statements]
    return "\n".join(["", title, "", *lines, ""])
