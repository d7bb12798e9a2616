"""Options of `ask` alone: who writes the answer, by which prompt, for how much, and what was said before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, get_args

import typer

from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.history import EMPTY, History, create_history, read_turns
from mlplaybook.server.answers.length import LONGEST, SHORTEST
from mlplaybook.server.service import Wish

Mode = Annotated[
    str,
    typer.Option(
        "--mode",
        help="auto: a model writes where MLPLAYBOOK_LLM names one; extractive: pages are quoted; llm; "
        "full-context: the model is shown every page.",
    ),
]
PromptPin = Annotated[
    str,
    typer.Option("--prompt", metavar="NAME@VERSION", help="The prompt version for this answer.", show_default=False),
]
MaxUsd = Annotated[
    str, typer.Option("--max-usd", metavar="USD", help="The most that the answer may cost.", show_default=False)
]
Words = Annotated[
    int | None,
    typer.Option(
        "--words", min=SHORTEST, max=LONGEST, help="The most words of an extractive answer.", show_default="180"
    ),
]
HistoryFile = Annotated[
    Path | None,
    typer.Option(
        "--history",
        help='The turns before: a JSON list of {"role": "user" or "assistant", "content"}; the question may lean on them.',
        show_default=False,
    ),
]


def read_wish(text: str) -> Wish:
    """A mode by its name; raises BadSetting for another."""
    found = next((known for known in get_args(Wish) if known == text), None)
    if found is None:
        raise BadSetting(f"There is no mode '{text}'.", f"Use one of: {', '.join(get_args(Wish))}.")
    wish: Wish = found
    return wish


def read_history(path: Path | None) -> History:
    """The turns of a file, bounded; raises BadSource when it holds something else."""
    if path is None:
        return EMPTY
    try:
        records = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadSource(f"{path} cannot be read: {error}.", "Give a JSON list of turns.") from error
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise BadSource(f"{path} holds no list of turns.", 'Write [{"role": "user", "content": "..."}, ...].')
    return create_history(read_turns(records))
