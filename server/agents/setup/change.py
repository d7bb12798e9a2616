"""A change of an agent's settings: worked out, shown as a difference, written with a copy of what was there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.server.agents.setup.clients import SERVER, Client
from mlplaybook.server.agents.setup.edit import remove_value, set_value
from mlplaybook.server.agents.setup.jsonc import BadJson, read_jsonc
from mlplaybook.server.agents.setup.machine import Machine
from mlplaybook.server.agents.setup.start import Start
from mlplaybook.server.agents.setup.tables import BadToml, read_toml, remove_table, set_table
from mlplaybook.server.artefacts.profile_file import replace_file

# What a difference must not put on a screen or into an agent's record: values of other servers' settings.
SECRET = re.compile(
    r"""(["']?[\w.-]*(?:key|token|secret|passw|auth|credential|cookie|bearer)[\w.-]*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*')""",
    re.IGNORECASE,
)
# A file written on one line is shown as far as this around what changes.
WIDEST = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file; `before` is None where there is none yet, `entry` where the server is taken out."""

    client: Client
    path: Path
    entry: Mapping[str, Any] | None
    before: str | None
    after: str

    @property
    def needed(self) -> bool:
        """Whether anything changes."""
        return self.after != (self.before or "")


def plan_change(client: Client, machine: Machine, start: Start | None, *, project: bool) -> Change:
    """The server set in, or taken out where `start` is None; keys that a person added to the entry stay.

    :raises BadSetting: the file cannot be read or changed safely; the remedy is what to write by hand.
    """
    path = client.file(machine, project=project)
    entry = None if start is None else entry_for(client, start, project=project)
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else None
        after = change_text(client, before or "", entry)
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path} cannot be read: {error}.", "Mend it; nothing was written.") from error
    except (BadJson, BadToml) as error:
        raise BadSetting(f"{path} was left as it is: {error}.", by_hand(client, entry)) from error
    return Change(client, path, entry, before, after)


def entry_for(client: Client, start: Start, *, project: bool) -> dict[str, Any]:
    """The server as this agent writes one."""
    make = client.shared_entry if project and client.shared_entry else client.entry
    return make(start)


def change_text(client: Client, text: str, entry: Mapping[str, Any] | None) -> str:
    """The text with the entry, or without it."""
    path = (*client.place, SERVER)
    if entry is None:
        return remove_table(text, path) if client.format == "toml" else remove_value(text, path)
    there = entry_in(client, text)
    if client.format == "toml":
        return set_table(text, path, {**(there or {}), **entry})
    if not isinstance(there, dict):
        return set_value(text, path, dict(entry))
    for name, value in entry.items():
        text = set_value(text, (*path, name), value)
    return text


def entry_in(client: Client, text: str) -> Any:  # noqa: ANN401 (JSON)
    """The entry that the text has, or None; raises BadJson or BadToml."""
    value: Any = read_toml(text) if client.format == "toml" else read_jsonc(text).value
    for name in (*client.place, SERVER):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def has_entry(client: Client, machine: Machine, *, project: bool) -> bool:
    """Whether the file has the server; a file that cannot be read has not."""
    if project and not client.shared:
        return False
    try:
        text = client.file(machine, project=project).read_bytes().decode("utf-8")
        return entry_in(client, text) is not None
    except (OSError, UnicodeDecodeError, BadJson, BadToml):
        return False


def by_hand(client: Client, entry: Mapping[str, Any] | None) -> str:
    """What a person can do instead."""
    where = ".".join(client.place)
    if entry is None:
        return f"Take {SERVER!r} out of {where} by hand."
    text = set_table("", (*client.place, SERVER), entry) if client.format == "toml" else set_value("", (SERVER,), entry)
    return f"Mend it, or add this to {where} by hand:\n{text.strip()}"


def difference(change: Change) -> list[str]:
    """A unified difference with one line of context; secrets in it are hidden."""
    before, after = (change.before or "").splitlines(), change.after.splitlines()
    name = str(change.path)
    lines = difflib.unified_diff(
        before, after, name if change.before is not None else "(no file)", name, n=1, lineterm=""
    )
    return [shorten(SECRET.sub(r'\1"…"', line)) for line in lines]


def shorten(line: str) -> str:
    """A long line around the server's name."""
    if len(line) <= WIDEST:
        return line
    at = max(line.find(f'"{SERVER}"') - WIDEST // 4, 1)
    return f"{line[0]}{'…' if at > 1 else ''}{line[at : at + WIDEST]}…"


def write_change(change: Change, now: datetime | None = None) -> Path | None:
    """Write the file, whole or not at all; where a copy of what was there is, or None where there was nothing.

    :raises BadSetting: the file has changed since it was shown.
    :raises StorageFailed: it cannot be written.
    """
    path = change.path.resolve()
    try:
        there = path.read_bytes().decode("utf-8") if path.exists() else None
        if there != change.before:
            raise BadSetting(f"{change.path} has just been changed by somebody else.", "Run the command again.")
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = None
        if there is not None:
            stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
            copy = path.with_name(f"{path.name}.{stamp}.bak")
            # Settings may hold keys: the copy is the owner's alone before anything is in it.
            copy.touch(mode=0o600)
            copy.write_bytes(there.encode("utf-8"))
        replace_file(path, change.after)
    except OSError as error:
        raise StorageFailed(
            f"{change.path} cannot be written: {error.strerror or error}.", "Check the folder."
        ) from error
    return copy


def records(changes: Sequence[tuple[Change, Path | None]]) -> list[dict[str, Any]]:
    """What was done, as JSON."""
    return [
        {
            "agent": change.client.name, "file": str(change.path), "changed": change.needed,
            "backup": str(copy) if copy else None, "difference": difference(change),
        }
        for change, copy in changes
    ]  # fmt: skip
