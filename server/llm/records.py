"""What is asked of a model, what comes back, and how it fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.llm.deadline import Deadline

Role = Literal["system", "user", "assistant"]
Kind = Literal[
    "timeout",  # nothing came in time
    "refused",  # no connection: refused, TLS, name, proxy
    "rate-limit",
    "auth",
    "bad-request",  # the provider does not accept what we sent
    "unknown-model",  # it has no such model, or the address is wrong
    "too-long",  # the question with its passages does not fit
    "server",
    "content",  # the provider or the model declined
    "garbage",  # what came back is no answer: empty, cut short, not the protocol
    "quota",  # the account at the provider has nothing left
    "budget",  # ours
    "resting",  # too many failures in a row; asked again later
]
# Kind -> what happened, in words of ours, then what to do.
WORDS: dict[Kind, tuple[str, str]] = {
    "timeout": ("did not answer in time", "Try again, or name another model."),
    "refused": ("could not be reached", "Check the network and the base URL."),
    "rate-limit": ("is asked too often", "Wait, or raise the provider's limit."),
    "auth": ("did not accept the key", "Check the provider's API key and what it may use."),
    "bad-request": ("did not accept the request", "Name another model; the log has more at debug level."),
    "unknown-model": ("is not known there", "Check the model's name and the base URL."),
    "too-long": (
        "has no room for the question with its passages",
        "Ask for fewer passages, or name a model with more.",
    ),
    "server": ("failed on the provider's side", "Try again, or name another model."),
    "content": ("declined to answer", "Ask in other words, or name another model."),
    "garbage": ("returned something that is no answer", "Try again, or name another model."),
    "quota": ("has no credit left at the provider", "Top up the account, or name another model."),
    "budget": ("was not asked: the budget is spent", "Raise the budget, or wait until tomorrow."),
    "resting": ("is left alone after repeated failures", "Wait half a minute, or name another model."),
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a model.

    `static` ones are the same for every question, `kept` ones for every question on the same passages: a provider's cache may
    keep both.
    """

    role: Role
    content: str
    static: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A passage for providers that cite by themselves; `section` is its id."""

    section: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them.

    Of `prompt_tokens`, `cached_tokens` are those that it had kept, `written_tokens` those that it keeps from now on.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        """The tokens of two calls."""
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
            self.written_tokens + other.written_tokens,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """All that a model is told.

    `schema` is the JSON Schema of the reply, `sources` the passages as blocks; `sources_kept` says that they are the same for
    other questions, so that a provider's cache should keep them.
    """

    messages: tuple[Message, ...]
    max_tokens: int = 1200
    temperature: float = 0.0
    schema: Mapping[str, Any] | None = None
    sources: tuple[Source, ...] = ()
    sources_kept: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the reply's text."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Restart:
    """Everything before is void: another attempt begins. `reason` may be shown to people."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a whole reply. `finish` is `stop` or `length` (cut at `max_tokens`); `attempts` counts this one."""

    model: str
    usage: Usage
    finish: str
    seconds: float
    attempts: int = 1


Stream = Iterator[Part | Restart | Done]


class Model(Protocol):
    """A model that can be asked. `name` is PROVIDER:NAME, `window` the tokens of prompt and reply together.

    One with an attribute `cites` that is true sends `Request.sources` as documents and cites them by itself: the messages
    then hold no passages, and there is no schema. Any other ignores the sources.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 (see the class)

    @property
    def window(self) -> int: ...  # noqa: D102 (see the class)

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """Parts, then one Done. A Restart voids what came before it.

        :raises ModelFailed: there is no reply; nothing follows.
        """
        ...


class ModelFailed(PlaybookError):
    """A model gave no reply. Its words are ours throughout: what a provider says about an error is never shown.

    `retry_after` is what the provider asked for, in seconds. `reasons` names each failure when several models were tried.
    `began` says that some text had already come.
    """

    code = "model-failed"

    def __init__(
        self,
        kind: Kind,
        model: str = "the model",
        *,
        public: str = "",
        retry_after: float | None = None,
        reasons: tuple[str, ...] = (),
        began: bool = False,
    ) -> None:
        self.kind = kind
        self.model = model
        self.public = public or f"{model} {WORDS[kind][0]}"
        self.retry_after = retry_after
        self.reasons = reasons or (self.public,)
        self.began = began
        super().__init__(f"{sentence(self.public)}.", WORDS[kind][1])


def sentence(text: str) -> str:
    """The text with a capital first letter, unless it begins with PROVIDER:NAME, which keeps its spelling."""
    return text if ":" in text.partition(" ")[0] else text[:1].upper() + text[1:]
