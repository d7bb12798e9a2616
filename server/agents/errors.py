"""Errors as models read them: what was wrong, and which call to make next; never the words of a crash."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.agents.definitions import ASK, DECIDE, READ

# The core speaks to people at a command line; the same calls have other names here.
COMMANDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"`?mlplaybook (?:decide|calculate|score) ([a-z0-9-]+)`?"), lambda m: f'{DECIDE} {{"name": "{m[1]}"}}'),
    (re.compile(r"`?mlplaybook (?:decide|calculate|score)`?"), lambda m: f"{DECIDE} without a name"),
    (re.compile(r'`?mlplaybook read "?([^\s"`]+)"?`?'), lambda m: f'{READ} {{"name": "{m[1]}"}}'),
    (re.compile(r'`?mlplaybook ask ("[^"]*")`?'), lambda m: f'{ASK} {{"question": {m[1]}}}'),
    (re.compile(r"--(template|topic|column|csv|reference|format|set)\b"), lambda m: f'"{m[1]}"'),
)
LONGEST = 2_000


def message_of(tool: str, error: PlaybookError) -> str:
    """What a model is told: cause, and what to do."""
    text = f"{error.cause} {error.remedy}"
    for pattern, words in COMMANDS:
        text = pattern.sub(words, text)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return f"{tool}: {text}"


def crash_of(tool: str) -> str:
    """What a model is told when something is wrong with us."""
    doctor = json.dumps("mlplaybook doctor")
    return f"{tool} failed inside the server. Try another call; the user can run {doctor} to see what is wrong."
