"""An answer written by a model, statement by statement, each shown only after its quotes were found on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mlplaybook.ingest.plain import without_source_marks
from mlplaybook.prompts.library import render
from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.draft import Desk, shown_numbers
from mlplaybook.server.answers.records import Statement
from mlplaybook.server.llm.deadline import Limits, create_deadline
from mlplaybook.server.llm.parse import Claim, Parser
from mlplaybook.server.llm.records import Done, Message, Model, ModelFailed, Part, Request, Restart, Source
from mlplaybook.server.prompting import prompts_refused
from mlplaybook.server.retrieval.search import Hit

# A reply of 180 words with as many words of quotes, as JSON; small models need the room more than the money.
MOST_TOKENS = 1_600
# The input of a prompt that takes the passages; without it they go beside the prompt, to a model that cites by itself.
PASSAGES = "passages"
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Writer:
    """A model with what it is told.

    `count` counts tokens of a text, on the high side where it does not know the model. With `keeps` the passages are the same
    for every question, so that a provider's cache should keep them.
    """

    model: Model
    prompt: Prompt
    count: CountTokens
    seconds: float = Limits().total
    max_tokens: int = MOST_TOKENS
    temperature: float = 0.0
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A whole reply: what was kept of it, how many of its statements were removed, and how the model ended."""

    statements: tuple[Statement, ...]
    removed: int
    done: Done


Event: TypeAlias = "Statement | Restart | Written"


def write(writer: Writer, question: str, hits: Sequence[Hit]) -> Iterator[Event]:
    """Verified statements as they are complete, at last a Written; a Restart voids the statements before it.

    :raises ModelFailed: there is no reply within the time.
    :raises PromptRefused: the prompt cannot be rendered.
    """
    request, shown = create_request(writer, question, hits)
    secret = [message.content for message in request.messages if message.static]
    parser, desk, kept = Parser(shown_numbers(shown)), Desk(shown, question, secret), list[Statement]()
    for item in writer.model.stream(request, create_deadline(writer.seconds)):
        if isinstance(item, Restart):
            parser, desk, kept = Parser(shown_numbers(shown)), Desk(shown, question, secret), []
            yield item
            continue
        claims = parser.feed(item.text) if isinstance(item, Part) else parser.finish()
        for statement in checked(desk, claims):
            kept.append(statement)
            yield statement
        if isinstance(item, Done):
            yield Written(tuple(kept), desk.removed, item)
            return
    raise ModelFailed("garbage", writer.model.name)


def checked(desk: Desk, claims: Sequence[Claim]) -> Iterator[Statement]:
    """The claims that hold, as statements."""
    for claim in claims:
        statement = desk.check(claim)
        if statement is not None:
            yield statement


def create_request(writer: Writer, question: str, hits: Sequence[Hit]) -> tuple[Request, tuple[Hit, ...]]:
    """What the model is told, and the hits it is shown: as many of the best as leave room for the reply.

    :raises ModelFailed: not even the best one fits.
    """
    for shown in (tuple(hits[:count]) for count in range(len(hits), 0, -1)):
        request = put(writer, question, shown)
        if room_left(writer, request) >= 0:
            return request, shown
    raise ModelFailed("too-long", writer.model.name)


def fits(writer: Writer, question: str, hits: Sequence[Hit]) -> bool:
    """Whether all hits can be shown at once."""
    return bool(hits) and room_left(writer, put(writer, question, hits)) >= 0


def put(writer: Writer, question: str, shown: Sequence[Hit]) -> Request:
    """The request with the hits in the prompt, or beside a prompt that has no place for them."""
    sources = tuple(Source(hit.section.id, " > ".join(hit.path), without_source_marks(hit.text)) for hit in shown)
    beside = PASSAGES not in writer.prompt.inputs
    with prompts_refused():
        rendered = render(writer.prompt, question=question, **({} if beside else {PASSAGES: sources}))
    # What stands before the question is the same for every question on the same passages.
    messages = tuple(
        Message(one.role, one.content, one.static, kept=writer.keeps and not beside and place < len(rendered) - 1)
        for place, one in enumerate(rendered)
    )
    schema = None if beside else writer.prompt.output
    shown_beside = sources if beside else ()
    return Request(messages, writer.max_tokens, writer.temperature, schema, shown_beside, writer.keeps and beside)


def room_left(writer: Writer, request: Request) -> int:
    """Tokens of the model's window that are left beside the request and its reply; negative when it does not fit."""
    texts = [message.content for message in request.messages] + [one.title + one.text for one in request.sources]
    return writer.model.window - writer.max_tokens - sum(writer.count(text) for text in texts)
