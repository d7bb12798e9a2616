"""What a chat takes and gives, beside the records of an answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from mlplaybook.server.answers.history import MOST_TURNS
from mlplaybook.server.rest.models import LONGEST_QUESTION, MOST_NAMES, WHOLE, Body, Name, Only
from mlplaybook.server.rest.problem import Problem

# What people paste before they ask; a whole request has 64 KB.
LONGEST_TURN = 32_000
LONGEST_ID = 64
LONGEST_COMMENT = 2_000
QUESTION = "How do I detect data drift?"

Wish = Literal["auto", "extractive", "llm", "full-context"]
AnswerId = Annotated[str, Field(min_length=1, max_length=LONGEST_ID, description="The `id` of an answer.")]


class TurnBody(Body):
    """What one side said; `headings` are the `heading_path` of what the answer cites first, which follow-ups lean on."""

    role: Literal["user", "assistant"]
    content: Annotated[str, Field(max_length=LONGEST_TURN)]
    headings: list[Name] = Field(default=[], max_length=10)


class ChatBody(Body):
    """A question with what was said before it, oldest first; without `question` the last of `messages` is it.

    Instead of `messages` a `conversation_id` names what the service has kept.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": QUESTION, "k": 3},
                {
                    "messages": [
                        {"role": "user", "content": "What is the KV cache?"},
                        {"role": "assistant", "content": "It keeps the keys and values of earlier tokens."},
                        {"role": "user", "content": "How many bytes does it take?"},
                    ],
                    "mode": "extractive",
                },
            ]
        }
    )

    question: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""
    messages: list[TurnBody] = Field(default=[], max_length=MOST_TURNS + 1)
    conversation_id: Annotated[str, Field(max_length=LONGEST_ID)] = ""
    stream: Annotated[bool, Field(description="Events instead of one record, as with `Accept: text/event-stream`.")] = (
        False
    )
    k: Annotated[int, Field(ge=1, le=20, description="Sections to answer from."), WHOLE] = 5
    only: Only = Only()
    profile: dict[str, str] = Field(default={}, max_length=MOST_NAMES, description="What is true of the project.")
    mmr: Annotated[float, Field(ge=0, le=1, description="1 is relevance alone, less prefers what is new.")] | None = (
        None
    )
    mode: Wish = "auto"
    words: Annotated[int, Field(ge=10, le=2_000, description="The most a quoted answer has."), WHOLE] | None = None
    prompt: Annotated[str, Field(max_length=100, description="A prompt version, NAME@VERSION.")] = ""
    max_usd: Annotated[float, Field(ge=0, le=1_000, description="The most that a model may cost.")] | None = None

    def check(self) -> None:
        """One question, and one place where the turns before it stand; raises Problem 422."""
        if not self.question and not (self.messages and self.messages[-1].role == "user"):
            remedy = "Give a `question`, or `messages` of which the last is the user's."
            raise Problem(422, "no-question", "There is no question.", remedy)
        if len(self.asked) > LONGEST_QUESTION:
            cause = f"The question has {len(self.asked):,} characters; at most {LONGEST_QUESTION:,} are read."
            raise Problem(422, "bad-question", cause, "Ask the question itself and leave out what it is about.")
        if self.conversation_id and self.earlier:
            cause = "There are earlier messages and a conversation_id."
            raise Problem(422, "two-histories", cause, "Give one of them.")
        if len(self.earlier) > MOST_TURNS:
            cause = f"{len(self.earlier)} messages stand before the question; at most {MOST_TURNS} are read."
            raise Problem(422, "too-many-messages", cause, "Leave out the oldest.")

    @property
    def asked(self) -> str:
        """The question."""
        return self.question or self.messages[-1].content

    @property
    def limit(self) -> Decimal | None:
        """`max_usd` as money."""
        return None if self.max_usd is None else Decimal(str(self.max_usd))

    @property
    def earlier(self) -> list[TurnBody]:
        """The turns before it."""
        return self.messages if self.question else self.messages[:-1]


class FeedbackBody(Body):
    """What somebody thinks of an answer; its words are kept only as far as they are sent here."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"answer_id": "5f0c2b9a7d114e63", "rating": "down", "reason": "incomplete"}]}
    )

    answer_id: AnswerId
    rating: Literal["up", "down"]
    reason: Literal["", "wrong", "incomplete", "not-covered", "unclear", "outdated", "other"] = ""
    comment: Annotated[str, Field(max_length=LONGEST_COMMENT)] = ""
    question: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""
    sections: list[Name] = Field(default=[], max_length=20)
