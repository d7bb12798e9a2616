"""A judge at work: a loop of its own in a thread, so many calls at once, every reply kept and paid for."""

from __future__ import annotations

import asyncio
import functools
import json
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from mlplaybook.evals.judge.library import load_parts
from mlplaybook.evals.judge.records import Sample, Stopped
from mlplaybook.evals.judge.replies import Replies, key_of, read_reply, write_reply
from mlplaybook.evals.judge.till import Till
from mlplaybook.evals.records import Score, failed, ok
from mlplaybook.server.llm.faults import classify
from mlplaybook.server.llm.records import Message, ModelFailed, Usage
from mlplaybook.server.usage.tokens import Counter as Tokens
from mlplaybook.server.usage.tokens import count_messages

# RAGAS' own 1,024 are too few for the verdicts on a long answer.
SETTINGS: Mapping[str, Any] = {"temperature": 0.0, "max_tokens": 4096}
# OpenAI's models that think unseen, within the same bound of tokens: a verdict on one statement needs little of it.
THINKING, OPENAI = re.compile(r"o\d|gpt-[5-9](?!.*chat)"), "https://api.openai.com/v1"
# What is added where the first reply has not the wanted form.
REMINDER = "\n\nReply with one JSON object of the schema above and nothing else."
# What is said around a schema.
FRAME = 120
Form = type[BaseModel]
Encode = Callable[[str], Sequence[float]]
AskModel = Callable[[str, Form], Awaitable[BaseModel]]
BILL: ContextVar[list[Usage | None]] = ContextVar("bill")


class Source(Protocol):
    """What answers one prompt of one metric of one ask; `occurrence` counts equal prompts."""

    async def __call__(self, prompt: str, form: Form, ask: int, occurrence: int) -> BaseModel:
        """A reply; raises Stopped or ModelFailed."""
        ...


@dataclass(frozen=True, slots=True)
class Seat:
    """Which model judges: `name` is PROVIDER:NAME, `model` what its server knows it by."""

    name: str
    model: str
    url: str
    key: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Desk:
    """A seat with what lies on it: kept replies, the index's encoder, and what counts tokens."""

    seat: Seat
    replies: Replies
    encode: Encode
    tokens: Tokens


def settings_of(seat: Seat) -> dict[str, Any]:
    """The parameters of every call."""
    thinks = seat.url == OPENAI and THINKING.match(seat.model)
    return {**SETTINGS, **({"reasoning_effort": "low"} if thinks else {})}


def reply_key(seat: Seat, version: str, prompt: str, form: Form, ask: int, occurrence: int) -> str:
    """What a reply depends on: who is asked how, the prompt, the wanted form, and which of several asks it is."""
    asked = [seat.url, seat.model, settings_of(seat), version]
    return key_of(asked, ask, occurrence, schema_of(form), prompt)


def count_prompt(tokens: Tokens, prompt: str, form: Form) -> int:
    """Tokens of a prompt with the schema of its reply."""
    return count_messages(tokens, [Message("user", prompt), Message("system", schema_of(form))], "openai:") + FRAME


@functools.cache
def schema_of(form: Form) -> str:
    """The JSON Schema of a reply, as text."""
    return json.dumps(form.model_json_schema(), sort_keys=True)


def asking(source: Source, ask: int) -> AskModel:
    """One metric's way to a source: equal prompts are counted, for some metrics ask the same several times on purpose."""
    seen: Counter[str] = Counter()

    async def answer(prompt: str, form: Form) -> BaseModel:
        seen[prompt] += 1
        return await source(prompt, form, ask, seen[prompt])

    return answer


class Engine:
    """Asks the model of a seat, so many calls at once; use `score` from any thread, and `close` at the end."""

    def __init__(self, desk: Desk, till: Till, jobs: int, say: Callable[[str], None]) -> None:
        self._parts = load_parts()
        self._desk, self._till, self._say, seat = desk, till, say, desk.seat
        self._places = asyncio.Semaphore(jobs)
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = ""
        self._llm, self._client = self._parts.open_model(
            seat.model, seat.url, seat.key, seat.seconds, settings_of(seat)
        )
        self._parts.count_usage(self._llm, lambda used: BILL.get().append(used))
        self._thread = threading.Thread(target=self._loop.run_forever, name="judge", daemon=True)
        self._thread.start()

    def score(self, sample: Sample, metrics: Sequence[str], ask: int) -> Mapping[str, Score]:
        """Scores by metric; raises Stopped."""
        return asyncio.run_coroutine_threadsafe(self._score_all(sample, metrics, ask), self._loop).result()

    def stop(self) -> None:
        """Let nothing more be asked, and give up what is on its way."""
        self._stopped = self._stopped or "it was told to stop"
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])

    def close(self) -> None:
        """Hang up and end the thread."""
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _score_all(self, sample: Sample, metrics: Sequence[str], ask: int) -> dict[str, Score]:
        tasks = [asyncio.create_task(self._score(sample, metric, ask)) for metric in metrics]
        self._tasks.update(tasks)
        try:
            done = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            self._tasks.difference_update(tasks)
        scores = {}
        for metric, found in zip(metrics, done, strict=True):
            if isinstance(found, asyncio.CancelledError):
                raise Stopped(self._stopped)
            if isinstance(found, BaseException):
                raise found
            scores[metric] = found
        return scores

    async def _score(self, sample: Sample, metric: str, ask: int) -> Score:
        """One metric; a judge that fails is an error of the score, in words of ours."""
        try:
            value = await self._parts.judge_sample(metric, sample, asking(self._answer, ask), self._desk.encode)
        except Stopped:
            raise
        except ModelFailed as error:
            return failed(error.public)
        except Exception as error:
            # RAGAS trusts replies to fit together, and a provider's words in its errors are nobody's business.
            return failed(f"no number comes of the judge's replies ({type(error).__name__})")
        return ok(value)

    async def _answer(self, prompt: str, form: Form, ask: int, occurrence: int) -> BaseModel:
        """A reply that was kept, else one of the model, which then is kept."""
        key = reply_key(self._desk.seat, self._parts.VERSION, prompt, form, ask, occurrence)
        kept = kept_reply(self._desk.replies, key, form)
        if kept is not None:
            self._till.count.hits += 1
            return kept
        async with self._places:
            reply = await self._repaired(prompt, form)
        write_reply(self._desk.replies, key, reply.model_dump(mode="json"))
        return reply

    async def _repaired(self, prompt: str, form: Form) -> BaseModel:
        """A reply; what is of the wrong form is asked for again, with a reminder."""
        try:
            return await self._paid(prompt, form)
        except ModelFailed as error:
            if error.kind != "garbage":
                raise
        return await self._paid(prompt + REMINDER, form)

    async def _paid(self, prompt: str, form: Form) -> BaseModel:
        """One call, for money that was put aside."""
        if self._stopped:
            raise Stopped(self._stopped)
        try:
            hold = await self._till.hold(count_prompt(self._desk.tokens, prompt, form), SETTINGS["max_tokens"])
        except Stopped as error:
            if not self._stopped:
                self._say(f"the judge stops: {error}")
            self._stopped = str(error)
            raise
        bill: list[Usage | None] = []
        BILL.set(bill)
        failure: ModelFailed | None = None
        try:
            reply: BaseModel = await self._llm.agenerate(prompt, form)
        except Exception as error:
            failure = classify(error, self._desk.seat.name)
            raise failure from error
        finally:
            await self._till.settle(hold, bill, failure)
        return reply


def kept_reply(replies: Replies, key: str, form: Form) -> BaseModel | None:
    """A kept reply in its form; None where there is none that fits."""
    kept = read_reply(replies, key)
    try:
        return None if kept is None else form.model_validate(kept)
    except ValidationError:
        return None
