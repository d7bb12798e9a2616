"""The lock of a folder of prompts: what every version was when it was released.

`{"answer@1": "<sha256>", "answer@2": "draft <sha256>"}`. A version that was locked as released is never written again; a draft
may be, and becomes released when its file says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlplaybook.prompts.errors import BadPromptFile, PromptChanged
from mlplaybook.prompts.records import Prompt

LOCK = "lock.json"
DRAFT = "draft "
ENTRY = re.compile(rf"(?:{DRAFT})?[0-9a-f]{{64}}")
State = Literal["locked", "new", "draft changed", "released", "changed"]


@dataclass(frozen=True, slots=True)
class Locked:
    """One prompt beside its lock: `locked` needs nothing, `changed` is refused, all else is written by the next lock."""

    prompt: Prompt
    state: State


def read_lock(folder: Path) -> dict[str, str]:
    """The entries of a folder's lock, none where it has none.

    :raises BadPromptFile: the lock is not what a lock looks like.
    """
    path = folder / LOCK
    try:
        entries = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadPromptFile(f"{path} cannot be read: {error}.", "Restore it from version control.") from error
    if not isinstance(entries, dict) or not all(isinstance(e, str) and ENTRY.fullmatch(e) for e in entries.values()):
        raise BadPromptFile(f"{path} holds something else than hashes.", "Restore it from version control.")
    return entries


def state_of(prompt: Prompt, lock: Mapping[str, str]) -> State:
    """How a prompt's file stands to its lock."""
    entry = lock.get(prompt.id)
    if entry is None:
        return "new"
    same = entry.removeprefix(DRAFT) == prompt.sha256
    if not entry.startswith(DRAFT):
        return "locked" if same else "changed"
    if prompt.released:
        return "released"
    return "locked" if same else "draft changed"


def check_lock(prompt: Prompt, lock: Mapping[str, str]) -> None:
    """Raise PromptChanged when a file is not what the lock says."""
    state = state_of(prompt, lock)
    if state == "changed":
        raise changed(prompt)
    if state != "locked":
        said = "is not in the lock" if state == "new" else "is not what the lock says"
        raise PromptChanged(f"The prompt {prompt.id} {said}.", "Run: mlplaybook prompts lock")


def changed(prompt: Prompt) -> PromptChanged:
    """The error for a released version that was edited."""
    return PromptChanged(
        f"The prompt {prompt.id} was edited after it was released (its file now hashes to {prompt.sha256[:12]}).",
        f"Restore it, and put the change into a new version: {prompt.name}/{prompt.version + 1}.yaml.",
    )


def compare(prompts: Sequence[Prompt], lock: Mapping[str, str]) -> tuple[Locked, ...]:
    """Every prompt of a folder with its state."""
    return tuple(Locked(prompt, state_of(prompt, lock)) for prompt in prompts)


def lost(prompts: Sequence[Prompt], lock: Mapping[str, str]) -> tuple[str, ...]:
    """Locked versions whose file is gone, although answers may carry their stamp."""
    here = {prompt.id for prompt in prompts}
    return tuple(sorted(name for name in lock if name not in here))


def write_lock(folder: Path, prompts: Sequence[Prompt]) -> tuple[Locked, ...]:
    """Lock what is new or a draft; returns what was written.

    :raises PromptChanged: a released version was edited or removed; nothing is written.
    """
    lock = read_lock(folder)
    compared = compare(prompts, lock)
    for entry in compared:
        if entry.state == "changed":
            raise changed(entry.prompt)
    gone = [name for name in lost(prompts, lock) if not lock[name].startswith(DRAFT)]
    if gone:
        raise PromptChanged(f"The prompt {gone[0]} is locked and its file is gone.", "Restore the file.")
    written = tuple(entry for entry in compared if entry.state != "locked")
    entries = {prompt.id: prompt.sha256 if prompt.released else DRAFT + prompt.sha256 for prompt in prompts}
    if entries != lock:
        ordered = sorted(prompts, key=lambda prompt: (prompt.name, prompt.version))
        text = json.dumps({prompt.id: entries[prompt.id] for prompt in ordered}, indent=1) + "\n"
        replace(folder / LOCK, text)
    return written


def replace(path: Path, text: str) -> None:
    """Write a file at once; raises BadPromptFile where that is not possible."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, "utf-8")
        fresh.replace(path)
    except OSError as error:
        cause = f"{path} cannot be written: {error.strerror or error}."
        raise BadPromptFile(cause, "Check its permissions.") from error
