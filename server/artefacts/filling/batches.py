"""Requests to a model that fit its window: fields by what their replies need, passages by what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.prompts.library import render
from mlplaybook.server.answers.writer import Writer, room_left
from mlplaybook.server.artefacts.filling.claim import asked_as
from mlplaybook.server.artefacts.filling.passages import Passage
from mlplaybook.server.artefacts.records import Field, Template
from mlplaybook.server.llm.records import Message, ModelFailed, Request
from mlplaybook.server.prompting import prompts_refused

# Tokens of a reply a field: a quote of a sentence or two with a value, as JSON; lists and mappings have several.
REPLY, LONG_REPLY = 170, 340
# Around a passage stand its mark, section and title.
AROUND_PASSAGE = 60


@dataclass(frozen=True, slots=True)
class Batch:
    """Fields that are asked for in one request, and the passages that it shows."""

    fields: tuple[Field, ...]
    passages: tuple[Passage, ...]
    request: Request

    @property
    def numbers(self) -> dict[int, str]:
        """The sections as they are counted in the request."""
        return {number: passage.section for number, passage in enumerate(self.passages, start=1)}


def create_batches(
    writer: Writer, template: Template, fields: Sequence[Field], passages: Sequence[Passage]
) -> Iterator[Batch]:
    """All fields with all passages, in as few requests as the window allows.

    :raises ModelFailed: not even one field fits with one passage.
    """
    for group in field_groups(writer, fields):
        yield from batches_of(writer, template, group, passages)


def field_groups(writer: Writer, fields: Sequence[Field]) -> Iterator[tuple[Field, ...]]:
    """Fields whose replies fit into the tokens that a reply may have."""
    held: list[Field] = []
    needed = 0
    for one in fields:
        cost = LONG_REPLY if one.type in {"list", "mapping"} else REPLY
        if held and needed + cost > writer.max_tokens:
            yield tuple(held)
            held, needed = [], 0
        held.append(one)
        needed += cost
    if held:
        yield tuple(held)


def batches_of(
    writer: Writer, template: Template, fields: tuple[Field, ...], passages: Sequence[Passage]
) -> Iterator[Batch]:
    """One group of fields with all passages; fewer fields at once where they leave no room for a passage."""
    room = room_left(writer, create_request(writer, template, fields, ()))
    costs = [writer.count(passage.text) + AROUND_PASSAGE for passage in passages]
    if room < max(costs):
        if len(fields) == 1:
            raise ModelFailed("too-long", writer.model.name)
        middle = len(fields) // 2
        yield from batches_of(writer, template, fields[:middle], passages)
        yield from batches_of(writer, template, fields[middle:], passages)
        return
    for start, end in runs(costs, room):
        shown = tuple(passages[start:end])
        yield Batch(fields, shown, create_request(writer, template, fields, shown))


def runs(costs: Sequence[int], room: int) -> Iterator[tuple[int, int]]:
    """Ranges of neighbours whose costs fit into the room.

    >>> list(runs([3, 3, 3, 3], 7))
    [(0, 2), (2, 4)]
    """
    start = used = 0
    for number, cost in enumerate(costs):
        if number > start and used + cost > room:
            yield start, number
            start, used = number, 0
        used += cost
    if start < len(costs):
        yield start, len(costs)


def create_request(writer: Writer, template: Template, fields: Sequence[Field], passages: Sequence[Passage]) -> Request:
    """What the model is told; raises PromptRefused."""
    shown = [{"section": one.section, "title": one.title, "text": one.text} for one in passages]
    document = {"title": template.title, "description": template.description}
    with prompts_refused():
        rendered = render(writer.prompt, document=document, fields=[asked_as(one) for one in fields], passages=shown)
    messages = tuple(Message(one.role, one.content, one.static) for one in rendered)
    return Request(messages, writer.max_tokens, writer.temperature, writer.prompt.output)
