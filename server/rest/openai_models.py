"""Requests as OpenAI's clients send them: what is not known there is ignored, as servers of that protocol do."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from mlplaybook.server.answers.history import Turn
from mlplaybook.server.rest.chat_models import QUESTION
from mlplaybook.server.rest.models import LONGEST_QUESTION, MOST_NAMES, WHOLE, Body, Only
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.rest.sources import read_tail

# Says who asks, and is nothing that an answer could heed.
NO_WISHES = frozenset({"user", "metadata", "store", "safety_identifier"})
TALK = ("user", "assistant")


class Lenient(Body):
    """What is not known is kept to be named, and otherwise ignored."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, allow_inf_nan=False)


class Part(Lenient):
    """A part of a message; only text is read."""

    type: Annotated[str, Field(max_length=100)]
    text: str = ""


class Message(Lenient):
    """A message; those of the system and of tools are data that nobody obeys."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def words(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text").strip()
        return self.content or ""


class StreamOptions(Lenient):
    """`include_usage`: a last chunk says what the answer took."""

    include_usage: bool | None = None


class Options(Body):
    """What this service can do beyond the protocol; in Python `extra_body={"mlplaybook": {"k": 3}}`."""

    k: Annotated[int, Field(ge=1, le=20), WHOLE] = 5
    only: Only = Only()
    profile: dict[str, str] = Field(default={}, max_length=MOST_NAMES)
    words: Annotated[int, Field(ge=10, le=2_000), WHOLE] | None = None
    max_usd: Annotated[float, Field(ge=0, le=1_000)] | None = None

    @property
    def limit(self) -> Decimal | None:
        """`max_usd` as money."""
        return None if self.max_usd is None else Decimal(str(self.max_usd))


class CompletionBody(Lenient):
    """A chat completion; `tools`, `temperature` and the like change nothing, `mlplaybook.ignored` of the reply names them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"model": "playbook", "messages": [{"role": "user", "content": QUESTION}]}]}
    )

    model: Annotated[str, Field(min_length=1, max_length=200)]
    messages: Annotated[list[Message], Field(min_length=1, max_length=2_000)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(description="Only 1: there is one answer to a question."), WHOLE] | None = None
    mlplaybook: Options = Options()

    @property
    def ignored(self) -> tuple[str, ...]:
        """What was asked for and changes nothing."""
        given: dict[str, Any] = self.model_extra or {}
        return tuple(sorted(name for name, value in given.items() if name not in NO_WISHES and value is not None))[:50]


def read_talk(body: CompletionBody) -> tuple[str, tuple[Turn, ...]]:
    """The last thing that the user said, and what was said before it; raises Problem 422."""
    said = [(message.role, message.words) for message in body.messages if message.role in TALK]
    last = next((place for place in reversed(range(len(said))) if said[place][0] == "user"), None)
    if last is None or not said[last][1].strip():
        remedy = "Send a message of the role user with text; images and sounds are not read."
        raise Problem(422, "no-question", "There is no question in the messages.", remedy)
    question = said[last][1]
    if len(question) > LONGEST_QUESTION:
        cause = f"The last message has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read."
        raise Problem(422, "bad-question", cause, "Ask the question itself and leave out what it is about.")
    return question, tuple(turn_of(role, text) for role, text in said[:last] if text)


def turn_of(role: str, text: str) -> Turn:
    """A turn, of an answer of this service without its list of sources."""
    if role == "user":
        return Turn("user", text)
    body, headings = read_tail(text)
    return Turn("assistant", body, headings)
