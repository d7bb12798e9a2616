"""Answers in the words of OpenAI's chat completions, whole and in chunks."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from mlplaybook.server.answers.records import Answer
from mlplaybook.server.calls.ask import Delta, Failed, Finished, Meta, Restart, StreamEvent
from mlplaybook.server.rest import sse
from mlplaybook.server.rest.problem import Problem
from mlplaybook.server.rest.sources import Cited, cited_sections, marks_of, write_tail
from mlplaybook.server.rest.typist import Typist

DONE = sse.data("[DONE]")
# A text that has been shown cannot be taken back. Each statement of it was verified, so it need not be.
ANEW = "\n\n*The answer broke off here and begins anew:*\n\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """What all chunks of a completion have in common; `base` is where people reach the service."""

    id: str
    model: str
    created: int
    base: str
    ignored: tuple[str, ...] = ()
    usage: bool = False


def whole(completion: Completion, made: Answer) -> dict[str, Any]:
    """A chat.completion."""
    text, sources = made.text + write_tail(made, completion.base), cited_sections(made, completion.base)
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": url_citations(text, sources)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    record = {"id": f"chatcmpl-{completion.id}", "object": "chat.completion", "created": completion.created}
    return record | {
        "model": completion.model, "choices": [choice], "usage": usage(made),
        "mlplaybook": extension(completion, made, sources),
    }  # fmt: skip


def chunks(completion: Completion, events: Iterator[StreamEvent]) -> Generator[bytes, None, None]:
    """A chat.completion.chunk for each piece of the answer, at last [DONE]."""
    typist, shown = Typist(), ""
    for event in events:
        text = ""
        if isinstance(event, Meta):
            yield chunk(completion, {"role": "assistant", "content": ""})
        elif isinstance(event, Delta):
            text = typist.add(event.statement)
        elif isinstance(event, Restart) and typist.begun:
            text, typist = ANEW, Typist()
        elif isinstance(event, Failed) and not event.fallback:
            yield sse.data(json.dumps(error_record(Problem(500, event.code, event.cause, event.remedy))))
        elif isinstance(event, Finished):
            yield from ending(completion, event.answer, shown, typist.finish())
        if text:
            shown += text
            yield chunk(completion, {"content": text})
    yield DONE


def ending(completion: Completion, made: Answer, shown: str, rest: str) -> Iterator[bytes]:
    """The rest of the text, then links and records."""
    sources = cited_sections(made, completion.base)
    text = (rest if made.statements else made.text) + write_tail(made, completion.base)
    yield chunk(completion, {"content": text, "annotations": url_citations(shown + text, sources)})
    yield chunk(completion, {}, "stop", mlplaybook=extension(completion, made, sources))
    if completion.usage:
        yield chunk(completion, None, usage=usage(made))


def chunk(completion: Completion, delta: dict[str, Any] | None, finish: str | None = None, **more: object) -> bytes:
    """A chunk; the one with the usage has no choice."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    record = {
        "id": f"chatcmpl-{completion.id}", "object": "chat.completion.chunk", "created": completion.created,
        "model": completion.model, "choices": [] if delta is None else [choice],
    }  # fmt: skip
    # With a usage at the end all chunks before it say that they have none.
    return sse.data(json.dumps(record | ({"usage": None} if completion.usage else {}) | more))


def url_citations(text: str, sources: tuple[Cited, ...]) -> list[dict[str, Any]]:
    """The marks of a text in the words of OpenAI's web search, which some clients show as sources."""
    return [
        {
            "type": "url_citation",
            "url_citation": {"start_index": start, "end_index": end, "url": one.url, "title": one.title},
        }
        for start, end, one in marks_of(text.partition("\n\n**Sources**\n\n")[0], sources)
    ]


def extension(completion: Completion, made: Answer, sources: tuple[Cited, ...]) -> dict[str, Any]:
    """What the protocol has no place for: the answer's record, its sources, and what of the request changed nothing."""
    return asdict(made) | {
        "id": completion.id, "sources": [asdict(one) for one in sources], "ignored": list(completion.ignored)
    }  # fmt: skip


def usage(made: Answer) -> dict[str, int]:
    """Tokens of models; how many of them were of the reply is not known, so that they stand under those of the prompt."""
    tokens = 0 if made.stamp.cached else made.stamp.tokens
    return {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens}


def error_record(problem: Problem) -> dict[str, Any]:
    """A problem as OpenAI's clients read it."""
    kind = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}.get(problem.status)
    kind = kind or ("server_error" if problem.status >= 500 else "invalid_request_error")
    message = f"{problem.cause} {problem.remedy}".strip()
    return {"error": {"message": message, "type": kind, "param": None, "code": problem.code}}
