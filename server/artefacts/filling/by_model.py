"""A template filled by a model: it is asked in batches, and nothing it says is shown unless an input has the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.artefacts.filling.batches import Batch, create_batches, create_request
from mlplaybook.server.artefacts.filling.claim import Judge, Kept, judge
from mlplaybook.server.artefacts.filling.passages import Passage, create_passages
from mlplaybook.server.artefacts.filling.quotes import Shelf
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.filling.reply import FieldClaim, read_reply
from mlplaybook.server.artefacts.filling.settle import settle
from mlplaybook.server.artefacts.filling.topics import create_topics
from mlplaybook.server.artefacts.records import Field, Fill, Filled, Template
from mlplaybook.server.llm.deadline import create_deadline
from mlplaybook.server.llm.records import Done, ModelFailed, Part, Request, Restart
from mlplaybook.server.llm.scan import read_object

# More requests for one document are a mistake in what was given: a folder of data, or a very small window.
MOST_REQUESTS = 24
# Tokens of a reply: a dozen fields at once.
MOST_TOKENS = 3_000
NOTHING_GIVEN: frozenset[str] = frozenset()


@dataclass(slots=True)
class Asked:
    """What came of asking: claims by field as far as they hold, which fields were asked for, and what went wrong."""

    kept: dict[str, list[Kept]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    removed: int = 0
    tokens: int = 0
    model: str = ""
    problem: str = ""


def fill_by_model(
    template: Template,
    inputs: Sequence[InputText],
    extracted: Fill,
    writer: Writer,
    encoder: Encoder | None = None,
    given: AbstractSet[str] = NOTHING_GIVEN,
) -> Fill:
    """The template filled by a model as far as its quotes hold, else as extracted; a model that fails costs nothing else.

    :param extracted: the fill without a model, from the same inputs.
    :param given: fields that a person gave; nobody is asked for them.
    :raises PromptRefused: the prompt cannot be rendered.
    """
    passages, hidden = create_passages(inputs)
    if not passages:
        return with_reason(extracted, "llm: there are no texts to read")
    texts = {one.source: one.text for one in inputs if one.text}
    shelf = Shelf(texts, passages, [one.name for one in template.fields])
    bench = Judge(shelf, create_topics(template.fields), encoder)
    asked = ask_for_all(template, passages, writer, bench, given)
    made = replace(
        extracted,
        left_out=(*extracted.left_out, *hidden),
        prompt=writer.prompt.stamp,
        model=asked.model,
        tokens=asked.tokens,
        removed=asked.removed,
    )
    if not asked.answered or (asked.removed and not any(one.holds for held in asked.kept.values() for one in held)):
        reason = asked.problem or f"none of the {asked.removed} values of {asked.model} has its words in the inputs"
        return with_reason(replace(made, fields=with_problems(made.fields, asked)), f"llm: {reason}")
    made = replace(made, mode="llm", fields=settled(template, extracted, asked))
    return with_reason(made, f"llm: {asked.problem}") if asked.problem else made


def settled(template: Template, extracted: Fill, asked: Asked) -> dict[str, Filled]:
    """Each field as the model and the extraction have it; as extracted where the model was not heard."""
    return {
        one.name: settle(one, asked.kept.get(one.name, []), extracted.fields[one.name])
        if one.name in asked.answered
        else extracted.fields[one.name]
        for one in template.fields
    }


def with_reason(fill: Fill, reason: str) -> Fill:
    """The fill with one more thing that did not work."""
    return replace(fill, degraded=(*fill.degraded, reason))


def with_problems(fields: Mapping[str, Filled], asked: Asked) -> dict[str, Filled]:
    """Extracted fields; those that are missing say which value of the model was dropped."""
    return {
        name: replace(one, problem="; ".join(kept.problem for kept in asked.kept[name]))
        if one.status == "missing" and asked.kept.get(name) and not one.problem
        else one
        for name, one in fields.items()
    }


def ask_for_all(
    template: Template, passages: Sequence[Passage], writer: Writer, bench: Judge, given: AbstractSet[str]
) -> Asked:
    """Every field with every passage; the first failure ends the asking, what was answered before it stays."""
    asked = Asked()
    wanted = [one for one in template.fields if one.name not in given]
    try:
        batches = list(create_batches(writer, template, wanted, passages)) if wanted else []
        for number, batch in enumerate(batches):
            if number >= MOST_REQUESTS:
                raise ModelFailed("too-long", writer.model.name)
            ask_for(template, writer, bench, batch, asked)
    except ModelFailed as failed:
        asked.problem = failed.public
    return asked


def ask_for(template: Template, writer: Writer, bench: Judge, batch: Batch, asked: Asked) -> None:
    """One batch; what a cut reply did not reach is asked for once more. Raises ModelFailed."""
    claims, finish = ask_once(writer, bench, batch, asked)
    rest = unreached(batch, claims) if finish == "length" else ()
    if rest:
        request = create_request(writer, template, rest, batch.passages)
        ask_once(writer, bench, replace(batch, fields=rest, request=request), asked)


def unreached(batch: Batch, claims: Sequence[FieldClaim]) -> tuple[Field, ...]:
    """The fields after the last one that was answered; none where nothing was."""
    names = {claim.name for claim in claims}
    last = max((number for number, one in enumerate(batch.fields) if one.name in names), default=len(batch.fields))
    return batch.fields[last + 1 :]


def ask_once(writer: Writer, bench: Judge, batch: Batch, asked: Asked) -> tuple[tuple[FieldClaim, ...], str]:
    """The claims of one reply, judged, and how the reply ended; raises ModelFailed."""
    text, done = reply_to(writer, batch.request)
    fields = {one.name: one for one in batch.fields}
    claims = read_reply(text, batch.numbers, fields)
    asked.model = done.model
    asked.tokens += done.usage.prompt_tokens + done.usage.completion_tokens
    if not claims and "fields" not in (read_object(text) or {}):
        raise ModelFailed("garbage", done.model)
    secret = tuple(message.content for message in batch.request.messages if message.static)
    for claim in claims:
        if claim.name not in fields:
            asked.removed += 1
            continue
        kept = judge(replace(bench, secret=secret), fields[claim.name], claim)
        asked.removed += len(kept.dropped)
        asked.kept.setdefault(claim.name, []).append(replace(kept, said="; ".join(claim.values)))
    asked.answered |= set(fields)
    return claims, done.finish


def reply_to(writer: Writer, request: Request) -> tuple[str, Done]:
    """The text of a whole reply; a restart voids what came before it. Raises ModelFailed."""
    parts: list[str] = []
    for item in writer.model.stream(request, create_deadline(writer.seconds)):
        if isinstance(item, Part):
            parts.append(item.text)
        elif isinstance(item, Restart):
            parts.clear()
        else:
            return "".join(parts), item
    raise ModelFailed("garbage", writer.model.name)
