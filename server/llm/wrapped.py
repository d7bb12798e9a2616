"""A model behind another that asks it in its own way, and is known by the same name."""

from __future__ import annotations

from dataclasses import dataclass

from mlplaybook.server.llm.records import Model


@dataclass(frozen=True, slots=True)
class WrappedModel:
    """What a wrapper says of the model behind it; how it streams is its own."""

    model: Model

    @property
    def name(self) -> str:
        """PROVIDER:NAME."""
        return self.model.name

    @property
    def window(self) -> int:
        """Tokens of prompt and reply together."""
        return self.model.window

    @property
    def cites(self) -> bool:
        """Whether it takes passages as sources."""
        return bool(getattr(self.model, "cites", False))
