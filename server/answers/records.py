"""The record that command line, HTTP and MCP return for a question."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal

from mlplaybook.server.answers.request import Asked

Status = Literal["answered", "partial", "abstained"]
Mode = Literal["extractive", "llm"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Exact words of a page: `document.text[char_start:char_end] == quote`. `n` is the number in the rendered text."""

    n: int
    document: str
    section: str
    heading_path: tuple[str, ...]
    char_start: int
    char_end: int
    quote: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing the answer says and what it rests on; `kind` is how it is shown."""

    text: str
    citations: tuple[Citation, ...]
    kind: Literal["sentence", "item", "row", "code", "quote"] = "sentence"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an answer was made from, so that it can be made again; times in milliseconds.

    `tuned_config` is the digest of what was fitted to the corpus, empty where nothing was; `cost_usd` is None where the
    price is not known; `asked` is how the question was asked.
    """

    corpus: str
    generation: str
    encoder: str
    version: str
    prompt: str = ""
    model: str = ""
    tokens: int = 0
    cost_usd: float | None = 0.0
    cached: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)
    profile: dict[str, str] = field(default_factory=dict)
    tuned: bool = False
    tuned_config: str = ""
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer or the refusal to give one. `confidence` is between 0 and 1; `suggestions` are sections to look at instead.

    `inapplicable` are cited pages that are not for the asker's project, each with why.
    """

    question: str
    status: Status
    confidence: float
    text: str
    statements: tuple[Statement, ...]
    suggestions: tuple[str, ...]
    mode: Mode
    degraded: tuple[str, ...]
    stamp: Stamp
    removed: int = 0
    inapplicable: dict[str, str] = field(default_factory=dict)


def quote_hash(quote: str) -> str:
    """SHA-256 of the quoted characters in UTF-8."""
    return hashlib.sha256(quote.encode("utf-8")).hexdigest()
