"""How a question was asked: what the stamp needs beside corpus, prompt and model so that the answer can be made again."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlplaybook.server.retrieval.filters import Filter, create_filter


@dataclass(frozen=True, slots=True)
class Asked:
    """The request behind an answer.

    `mode` is what was wanted: an answer may be extractive because the model failed. `searched` is the question that was
    searched for where a conversation made another one of it, and `history` the hash of the turns before. `parameters` are
    those of the model, `words` the length that was asked for.
    """

    k: int = 5
    mode: str = "extractive"
    pages: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    volatilities: tuple[str, ...] = ()
    mmr: float | None = None
    searched: str = ""
    history: str = ""
    words: int | None = None
    parameters: dict[str, float] = field(default_factory=dict)

    @property
    def only(self) -> Filter:
        """The filter; raises BadSetting for a volatility that this version does not know."""
        return create_filter(self.pages, self.folders, self.topics, self.volatilities)
