"""What differs between providers, as one record, and a Model over it."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mlplaybook.server.llm.deadline import Clock, Deadline, Limits
from mlplaybook.server.llm.faults import classify
from mlplaybook.server.llm.line import Line
from mlplaybook.server.llm.records import Done, ModelFailed, Part, Request, Stream, Usage
from mlplaybook.server.llm.scan import is_whole
from mlplaybook.server.llm.watch import Stop, watch

# What providers call the end of a whole reply, and of one that reached its bound.
FINISHES = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}
REFUSALS = frozenset({"content_filter", "refusal", "safety"})
FINISH_KEYS = ("finish_reason", "stop_reason", "done_reason")
# What a provider keeps from now on. langchain-anthropic 1.7 leaves the first at 0 where it knows for how long.
WRITTEN_KEYS = ("cache_creation", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
# Characters of a reply. 1,200 tokens have about 5,000.
LONGEST_REPLY = 1_000_000


class Chunk(Protocol):
    """A LangChain message or a piece of one, as far as it matters here."""

    content: Any
    response_metadata: dict[str, Any]
    usage_metadata: Any


class Reader(Protocol):
    """Turns the content of chunks into the text of the reply."""

    def read(self, content: object) -> str:
        """The text that this content adds."""
        ...

    def end(self) -> str:
        """The text that is left when the reply is over."""
        ...


class TextReader:
    """Text as it comes."""

    def read(self, content: object) -> str:
        """The content, or the text of its blocks."""
        if isinstance(content, str):
            return content
        blocks = content if isinstance(content, list) else []
        return "".join(text for block in blocks if isinstance(text := text_of(block), str))

    def end(self) -> str:
        """Nothing is kept back."""
        return ""


def text_of(block: object) -> object:
    """The text of a content block of type text."""
    if isinstance(block, Mapping):
        return block.get("text") if block.get("type") == "text" else None
    return block


@dataclass(frozen=True, slots=True)
class Setup:
    """How a model is reached. A `window` of 0 is the model's own as far as it is known."""

    name: str
    base_url: str
    environment: Mapping[str, str]
    limits: Limits
    streaming: bool
    window: int = 0
    cites: bool = False
    line: Line = field(default_factory=Line)


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's model. `open(request, plain)` yields LangChain messages; `plain` leaves out what not every server knows."""

    open: Callable[[Request, bool], Iterable[Chunk]]
    window: int
    cites: bool = False
    reader: Callable[[Request], Reader] = lambda request: TextReader()


@dataclass(slots=True)
class Seen:
    """What the chunks of a reply have said so far besides text."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    finish: str = ""
    usage: Usage = field(default_factory=Usage)

    def note(self, chunk: Chunk) -> None:
        """Keep a chunk's reason for ending and its count of tokens."""
        metadata = chunk.response_metadata
        self.finish = next((str(metadata[key]) for key in FINISH_KEYS if metadata.get(key)), self.finish)
        usage = chunk.usage_metadata
        if usage:
            details = usage.get("input_token_details") or {}
            cached, written = details.get("cache_read") or 0, sum(details.get(key) or 0 for key in WRITTEN_KEYS)
            self.usage = Usage(usage.get("input_tokens") or 0, usage.get("output_tokens") or 0, cached, written)

    def add(self, text: str) -> Iterator[Part]:
        """Keep some text and pass it on.

        :raises ModelFailed: the reply is longer than any.
        """
        self.length += len(text)
        if self.length > LONGEST_REPLY:
            raise ModelFailed("garbage")
        if text:
            self.pieces.append(text)
            yield Part(text)

    def judge(self) -> str:
        """`stop` or `length`.

        :raises ModelFailed: the reply is refused, empty, cut short or no text.
        """
        if self.finish.lower() in REFUSALS:
            raise ModelFailed("content")
        text = "".join(self.pieces)
        # Some servers never say why they end; a reply that is whole by itself needs no reason.
        finish = FINISHES.get(self.finish.lower(), "stop" if not self.finish and is_whole(text) else "")
        if not finish or not text.strip():
            raise ModelFailed("garbage")
        return finish


@dataclass(frozen=True, slots=True)
class LangchainModel:
    """A Model that asks a provider through LangChain, one attempt a call."""

    name: str
    provider: Provider
    setup: Setup
    clock: Clock = time.monotonic
    # Set once the server has been seen to refuse a schema that it takes as text.
    plain: threading.Event = field(default_factory=threading.Event)

    @property
    def window(self) -> int:
        """Tokens of prompt and reply together."""
        return self.provider.window

    @property
    def cites(self) -> bool:
        """Whether it takes passages as sources."""
        return self.provider.cites

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        """The reply in parts; a server that refuses a JSON schema is asked again without.

        :raises ModelFailed: there is no reply.
        """
        started, plain = self.clock(), self.plain.is_set()
        try:
            yield from self._ask(request, deadline, plain, started)
        except ModelFailed as failed:
            if plain or failed.kind != "bad-request" or request.schema is None:
                raise
            yield from self._ask(request, deadline, True, started)
            self.plain.set()

    def _ask(self, request: Request, deadline: Deadline, plain: bool, started: float) -> Stream:
        seen, reader = Seen(), self.provider.reader(request)
        try:
            for chunk in watch(functools.partial(self._open, request, plain), self._limits, deadline):
                seen.note(chunk)
                yield from seen.add(reader.read(chunk.content))
            yield from seen.add(reader.end())
            finish = seen.judge()
        except Exception as error:
            # What a provider says must not travel on as the cause of what we say.
            raise classify(error, self.name, began=bool(seen.pieces)) from None
        yield Done(self.name, seen.usage, finish, self.clock() - started)

    @property
    def _limits(self) -> Limits:
        """A reply that comes in one piece has the whole time for it."""
        limits = self.setup.limits
        return limits if self.setup.streaming else Limits(limits.connect, limits.total, limits.idle, limits.total)

    def _open(self, request: Request, plain: bool, stop: Stop) -> Iterator[Chunk]:
        line = self.setup.line
        line.stop = stop
        try:
            yield from self.provider.open(request, plain)
        finally:
            line.close()
