"""What judging will cost, before anything is spent: RAGAS is rehearsed on a few cases with replies that nobody wrote."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from mlplaybook.evals.judge.engine import Desk, Form, asking, count_prompt, kept_reply, reply_key
from mlplaybook.evals.judge.judged import ASKS, METRICS, without_asking
from mlplaybook.evals.judge.library import load_parts
from mlplaybook.evals.judge.records import Sample
from mlplaybook.server.llm.records import Usage
from mlplaybook.server.usage.prices import Prices, cost

# Cases that are rehearsed; more change the estimate little and take longer.
SAMPLED = 12
SENTENCE = re.compile(r"(?<=[.!?])\s+")
REASON = "This is said by the first passage in nearly the same words, so that it counts as supported."


@dataclass(frozen=True, slots=True)
class Part:
    """So many cases, and samples of a few of them."""

    cases: int
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class Estimate:
    """So many cases asked so often would be so many new calls; `usd` is None where the price is not known."""

    cases: int
    again: int
    calls: int
    kept: int
    usage: Usage
    usd: Decimal | None


@dataclass(slots=True)
class Rehearsal:
    """What a rehearsal used."""

    calls: float = 0
    kept: float = 0
    prompt_tokens: float = 0
    completion_tokens: float = 0

    def __add__(self, other: Rehearsal) -> Rehearsal:
        """Both together."""
        return Rehearsal(
            self.calls + other.calls,
            self.kept + other.kept,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    def times(self, factor: float) -> Rehearsal:
        """As much of everything."""
        return Rehearsal(
            self.calls * factor, self.kept * factor, self.prompt_tokens * factor, self.completion_tokens * factor
        )


def estimate(desk: Desk, first: Part, again: Part, prices: Prices) -> Estimate:
    """The cost of asking every case once, and some of them ASKS times. Replies that are kept cost nothing."""
    used = rehearse_part(desk, first, [0]) + rehearse_part(desk, again, range(1, ASKS))
    usage = Usage(round(used.prompt_tokens), round(used.completion_tokens))
    usd = cost(usage, desk.seat.name, prices) if used.calls else Decimal(0)
    return Estimate(first.cases, again.cases, round(used.calls), round(used.kept), usage, usd)


def rehearse_part(desk: Desk, part: Part, asks: Sequence[int]) -> Rehearsal:
    """What so many cases would use, by what a few of them do."""
    used = Rehearsal()
    for sample in part.samples:
        for ask in asks:
            used += asyncio.run(rehearse(desk, sample, ask))
    return used.times(part.cases / max(1, len(part.samples)))


async def rehearse(desk: Desk, sample: Sample, ask: int) -> Rehearsal:
    """Every metric of a sample, with kept replies where there are any.

    Where kept and invented replies do not fit together, as many verdicts as statements, the metric counts as not kept at all.
    """
    used = Rehearsal()
    for metric in METRICS:
        if metric not in without_asking(sample):
            try:
                used += await rehearse_metric(desk, sample, metric, ask, keeping=True)
            except ValueError:
                used += await rehearse_metric(desk, sample, metric, ask, keeping=False)
    return used


async def rehearse_metric(desk: Desk, sample: Sample, metric: str, ask: int, *, keeping: bool) -> Rehearsal:
    """One metric with replies that nobody wrote, and with kept ones when that is wanted; raises ValueError."""
    parts, used = load_parts(), Rehearsal()
    texts = SENTENCE.split(sample.answer or sample.reference)

    async def invent(prompt: str, form: Form, ask: int, occurrence: int) -> BaseModel:
        kept = kept_reply(desk.replies, reply_key(desk.seat, parts.VERSION, prompt, form, ask, occurrence), form)
        if kept is not None and keeping:
            used.kept += 1
            return kept
        made = invented(form.model_json_schema(), texts)
        used.calls += 1
        used.prompt_tokens += count_prompt(desk.tokens, prompt, form)
        used.completion_tokens += desk.tokens.count(json.dumps(made))
        return form.model_validate(made)

    await parts.judge_sample(metric, sample, asking(invent, ask), desk.encode)
    return used


def invented(schema: Mapping[str, Any], texts: Sequence[str], root: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 (JSON)
    """A value of a JSON schema: a list has an entry for every text.

    >>> invented({"type": "object", "properties": {"statements": {"type": "array", "items": {"type": "string"}}}}, ["A.", "B."])
    {'statements': ['A.', 'B.']}
    """
    top = root or schema
    if "$ref" in schema:
        return invented(top["$defs"][schema["$ref"].rpartition("/")[2]], texts, top)
    made: Mapping[str, Callable[[], Any]] = {
        "object": lambda: {name: invented(part, texts, top) for name, part in schema["properties"].items()},
        "array": lambda: [invented(schema["items"], [text], top) for text in texts],
        "string": lambda: texts[0] if len(texts) == 1 else REASON,
        "integer": lambda: 1,
        "boolean": lambda: True,
        "number": lambda: 1.0,
    }
    return made[schema["type"]]()
