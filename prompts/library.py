"""The prompts there are: shipped ones, and versions that a project adds; loading, and rendering with inputs.

`own` is a project's folder of prompts (`.mlplaybook/prompts/`), with a lock of its own. It adds versions and replaces none; one
of its versions serves only where it is pinned or in a split, so that a checked-out project cannot change what is sent unasked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError, UndefinedError

from mlplaybook.prompts import prompts_folder
from mlplaybook.prompts.choose import choose_version, parse_pin, parse_pins, parse_split
from mlplaybook.prompts.errors import BadPromptFile, InputMissing, PromptMissing
from mlplaybook.prompts.fence import Plain, create_mark, plain_value
from mlplaybook.prompts.lock import check_lock, read_lock
from mlplaybook.prompts.read import compiled, read_prompt
from mlplaybook.prompts.records import Prompt, Rendered

__all__ = [
    "Entry",
    "choose_version",
    "default_version",
    "find_entry",
    "list_prompts",
    "load_prompt",
    "parse_pin",
    "parse_pins",
    "parse_split",
    "render",
]

NAME = re.compile(r"[a-z][a-z0-9-]*")
VERSION = re.compile(r"[1-9]\d{0,5}")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one version lies; `own` for a project's."""

    name: str
    version: int
    path: Path
    own: bool = False

    @property
    def folder(self) -> Path:
        """The folder of prompts, where the lock is."""
        return self.path.parents[1]


def entries(own: Path | None = None, shipped: Path | None = None) -> tuple[Entry, ...]:
    """Every version by name and number.

    :raises BadPromptFile: the project has a version that is shipped too.
    """
    base = {(entry.name, entry.version): entry for entry in scan(shipped or prompts_folder(), own=False)}
    for entry in scan(own, own=True) if own else ():
        if (entry.name, entry.version) in base:
            cause = f"{entry.path}: {entry.name}@{entry.version} is shipped and cannot be replaced."
            raise BadPromptFile(cause, "Give yours a number of its own, from 100 on.")
        base[entry.name, entry.version] = entry
    return tuple(base[key] for key in sorted(base))


def scan(folder: Path, *, own: bool) -> Iterator[Entry]:
    """The files `<name>/<version>.yaml` of a folder."""
    for path in folder.glob("*/*.yaml"):
        if NAME.fullmatch(path.parent.name) and VERSION.fullmatch(path.stem):
            yield Entry(path.parent.name, int(path.stem), path, own)


def list_prompts(own: Path | None = None, shipped: Path | None = None) -> tuple[Prompt, ...]:
    """Every version by name and number, whatever its lock says.

    :raises BadPromptFile: one of them cannot be understood.
    """
    return tuple(read_prompt(entry.path, own=entry.own) for entry in entries(own, shipped))


def load_prompt(
    name: str, version: int | None = None, *, own: Path | None = None, shipped: Path | None = None, audience: str = ""
) -> Prompt:
    """A version that is what its lock says; without a number the default for the audience.

    :raises PromptMissing: there is no such prompt or version.
    :raises PromptChanged: its file is not what the lock says.
    :raises BadPromptFile: it cannot be understood.
    """
    entry = find_entry(name, version, own, shipped, audience)
    prompt = read_prompt(entry.path, own=entry.own)
    check_lock(prompt, read_lock(entry.folder))
    return prompt


def find_entry(
    name: str, version: int | None = None, own: Path | None = None, shipped: Path | None = None, audience: str = ""
) -> Entry:
    """Where a version lies; without a number the default for the audience.

    :raises PromptMissing: there is no such prompt or version.
    """
    everything = entries(own, shipped)
    found = [entry for entry in everything if entry.name == name]
    if not found:
        known = ", ".join(sorted({entry.name for entry in everything}))
        raise PromptMissing(f"There is no prompt '{name}'.", f"There are: {known}.")
    if version is None:
        prompts = [read_prompt(entry.path) for entry in found if not entry.own]
        version = default_version(name, prompts, audience)
    for entry in found:
        if entry.version == version:
            return entry
    here = ", ".join(f"{name}@{entry.version}" for entry in found)
    raise PromptMissing(f"There is no {name}@{version}.", f"There are: {here}.")


def default_version(name: str, prompts: Sequence[Prompt], audience: str = "") -> int:
    """The highest released version that is for the audience, else that is for any model.

    :raises PromptMissing: no version has been released.
    """
    released = [prompt for prompt in prompts if prompt.name == name and prompt.released and not prompt.own]
    suited = [prompt.version for prompt in released if prompt.audience == audience]
    general = [prompt.version for prompt in released if not prompt.audience]
    if not suited and not general:
        raise PromptMissing(f"No version of '{name}' has been released.", f"Pin one, such as {name}@1.")
    return max(suited or general)


def render(prompt: Prompt, **inputs: object) -> tuple[Rendered, ...]:
    """The messages with the inputs put in; the same inputs give the same bytes.

    What is put in is data: braces stay braces, and nothing in it can look like the end of what it stands in.

    :raises InputMissing: an input is missing, unknown, or not what the prompt reads.
    """
    missing = [name for name in prompt.inputs if name not in inputs]
    unknown = [name for name in inputs if name not in prompt.inputs]
    if missing or unknown:
        lists = (("needs", missing), ("does not know", unknown))
        said = " and ".join(f"{word} {', '.join(names)}" for word, names in lists if names)
        raise InputMissing(f"The prompt {prompt.id} {said}.", f"Its inputs are {', '.join(prompt.inputs)}.")
    values: dict[str, Plain] = {name: plain_value(name, inputs[name]) for name in prompt.inputs}
    values["mark"] = create_mark(values)
    made = []
    for message in prompt.messages:
        try:
            content = message.content if message.static else compiled(message.content).render(values)
        except UndefinedError as error:
            cause = f"The inputs of {prompt.id} lack something: {error}."
            raise InputMissing(cause, f"See: mlplaybook prompts show {prompt.id}") from error
        except (TypeError, ValueError) as error:
            raise InputMissing(f"{prompt.id} cannot be rendered: {error}.", "Check the inputs' kinds.") from error
        except (TemplateError, OverflowError) as error:
            raise BadPromptFile(f"{prompt.id} does what no prompt may: {error}.", "Mend its file.") from error
        made.append(Rendered(message.role, content, message.static))
    return tuple(made)
