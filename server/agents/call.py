"""What the work of a tool is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mlplaybook.server.service import Service
from mlplaybook.server.settings import Settings
from mlplaybook.server.usage.tokens import Counter


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call with its arguments read; `counter` counts the tokens of replies, `notes` are said with the reply."""

    service: Service
    settings: Settings
    arguments: dict[str, Any]
    counter: Counter
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (as many types as arguments)
        return self.arguments[name]

    def count(self, text: str) -> int:
        """Tokens of a text."""
        return self.counter.count(text)

    @property
    def most(self) -> int:
        """The tokens that the reply may have."""
        return int(self.arguments["max_tokens"])
