"""A prompt version, its messages, and what they become with inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]
# Of a hash, as many characters are shown and stamped.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message for a model; `static` ones are the same bytes for every question, so that a provider's cache keeps them."""

    role: Role
    content: str
    static: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt file. The content of a static one is literal, that of another a Jinja template."""

    role: Role
    content: str
    static: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt.

    `inputs` maps names to what they are, `example` gives a value for each of them, `output` is the JSON Schema of the reply.
    `released` is a date in ISO form, empty while the version may still be edited. `audience` is empty for a prompt for any
    model; one for an audience is never the default. `own` ones are the project's. `text` is the file, normalised.
    """

    name: str
    version: int
    sha256: str
    description: str
    inputs: Mapping[str, str]
    messages: tuple[Message, ...]
    changelog: tuple[str, ...]
    output: Mapping[str, Any]
    example: Mapping[str, Any]
    released: str = ""
    audience: str = ""
    own: bool = False
    text: str = ""

    @property
    def id(self) -> str:
        """Name and version, as they are pinned."""
        return f"{self.name}@{self.version}"

    @property
    def stamp(self) -> str:
        """What answers, traces and cache keys carry: `answer@1#` and the beginning of the hash."""
        return f"{self.id}#{self.sha256[:SHOWN]}"
