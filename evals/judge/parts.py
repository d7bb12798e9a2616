"""RAGAS itself: the only module that imports it, its model library and OpenAI's client for it."""

from __future__ import annotations

import asyncio
import functools
import logging
import math
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import openai
from pydantic import BaseModel
from ragas import SingleTurnSample
from ragas._analytics import get_userid
from ragas.embeddings.base import BaseRagasEmbedding
from ragas.llms import llm_factory
from ragas.llms.base import InstructorBaseRagasLLM

# These two are nowhere else, and `ragas.metrics` warns of its own names.
from ragas.metrics._context_precision import IDBasedContextPrecision
from ragas.metrics._context_recall import IDBasedContextRecall
from ragas.metrics.collections import (
    AnswerRelevancy,
    ContextPrecision,
    ContextRecall,
    FactualCorrectness,
    Faithfulness,
    NoiseSensitivity,
    RougeScore,
    SemanticSimilarity,
)

from mlplaybook.evals.judge.records import Sample
from mlplaybook.server.llm.line import is_loopback
from mlplaybook.server.llm.records import Usage

# What a reply is parsed into, and a model that is asked for one: (prompt, form) to an instance of the form.
Form = type[BaseModel]
AskModel = Callable[[str, Form], Awaitable[BaseModel]]
Encode = Callable[[str], Sequence[float]]
# Usage by call as the provider said it, None for a call of which it said nothing.
Bill = list[Usage | None]
# A failed request is sent twice more; a reply of the wrong form is the engine's business, which pays for the next one.
RETRIES, REPAIRS = 2, 0
DATA_HOME = "XDG_DATA_HOME"
VERSION = version("ragas")
# What it logs of errors has the provider's words.
logging.getLogger("instructor").setLevel(logging.CRITICAL)


def stay_unknown() -> None:
    """Have RAGAS keep no id of this user: it writes one to the home folder even where nothing is tracked."""
    home = os.environ.get(DATA_HOME)
    os.environ[DATA_HOME] = os.devnull
    try:
        get_userid()  # which fails to make a folder below that, and remembers a passing id
    finally:
        if home is None:
            del os.environ[DATA_HOME]
        else:
            os.environ[DATA_HOME] = home


stay_unknown()


class LocalEmbedding(BaseRagasEmbedding):  # type: ignore[misc]  # mypy does not follow ragas
    """The index's own encoder in RAGAS' interface."""

    def __init__(self, encode: Encode) -> None:
        super().__init__()
        self._encode = functools.cache(encode)

    def embed_text(self, text: str, **settings: Any) -> list[float]:  # noqa: ANN401 (RAGAS' signature)
        """The vector of a text."""
        return [float(value) for value in self._encode(text)]

    async def aembed_text(self, text: str, **settings: Any) -> list[float]:  # noqa: ANN401 (RAGAS' signature)
        """The same, to be awaited."""
        return self.embed_text(text)


class AskedModel(InstructorBaseRagasLLM):  # type: ignore[misc]  # mypy does not follow ragas
    """A callable in RAGAS' interface for models."""

    def __init__(self, ask: AskModel) -> None:
        self._ask = ask

    def generate(self, prompt: str, response_model: Form) -> BaseModel:
        """Not asked by any metric here; raises NotImplementedError."""
        raise NotImplementedError

    async def agenerate(self, prompt: str, response_model: Form) -> BaseModel:
        """A reply."""
        return await self._ask(prompt, response_model)


@dataclass(frozen=True, slots=True)
class Judged:
    """How RAGAS makes one metric, and what of a sample it reads, by RAGAS' names."""

    create: Callable[[AskedModel, LocalEmbedding], Any]
    reads: tuple[str, ...]


QUESTION, ANSWER, CONTEXTS, REFERENCE = "user_input", "response", "retrieved_contexts", "reference"
JUDGED: Mapping[str, Judged] = {
    "faithfulness": Judged(lambda llm, own: Faithfulness(llm=llm), (QUESTION, ANSWER, CONTEXTS)),
    "response-relevancy": Judged(lambda llm, own: AnswerRelevancy(llm=llm, embeddings=own), (QUESTION, ANSWER)),
    "context-precision": Judged(lambda llm, own: ContextPrecision(llm=llm), (QUESTION, REFERENCE, CONTEXTS)),
    "context-recall": Judged(lambda llm, own: ContextRecall(llm=llm), (QUESTION, REFERENCE, CONTEXTS)),
    "factual-correctness": Judged(lambda llm, own: FactualCorrectness(llm=llm, mode="f1"), (ANSWER, REFERENCE)),
    "noise-sensitivity": Judged(
        lambda llm, own: NoiseSensitivity(llm=llm), (QUESTION, ANSWER, REFERENCE, CONTEXTS)
    ),
}  # fmt: skip


def fields_of(sample: Sample) -> dict[str, Any]:
    """A sample by RAGAS' names."""
    return {
        QUESTION: sample.question,
        ANSWER: sample.answer,
        CONTEXTS: list(sample.contexts),
        REFERENCE: sample.reference,
    }


async def judge_sample(metric: str, sample: Sample, ask: AskModel, encode: Encode) -> float:
    """The value of one metric; raises what `ask` raises, and ValueError where RAGAS comes to no number."""
    judged = JUDGED[metric]
    values = fields_of(sample)
    made = judged.create(AskedModel(ask), LocalEmbedding(encode))
    result = await made.ascore(**{name: values[name] for name in judged.reads})
    value = float(result.value)
    if math.isnan(value):
        msg = "the judge's replies give no number"
        raise ValueError(msg)
    return value


def context_scores(found: Sequence[str], relevant: Sequence[str]) -> tuple[float, float]:
    """Precision and recall of ids as sets, without their order; `found` must not be empty."""
    sample = SingleTurnSample(retrieved_context_ids=list(found), reference_context_ids=list(relevant))
    precision, recall = IDBasedContextPrecision(), IDBasedContextRecall()
    return float(run(precision.single_turn_ascore(sample))), float(run(recall.single_turn_ascore(sample)))


def rouge_l(reference: str, answer: str) -> float:
    """ROUGE-L recall, with stemmed words."""
    return float(run(RougeScore(rouge_type="rougeL", mode="recall").ascore(reference, answer)).value)


def similarity(reference: str, answer: str, encode: Encode) -> float:
    """Cosine of two texts."""
    return float(run(SemanticSimilarity(embeddings=LocalEmbedding(encode)).ascore(reference, answer)).value)


def run(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401 (what RAGAS returns)
    """The result of a metric that asks nobody."""

    async def whole() -> Any:  # noqa: ANN401 (what RAGAS returns)
        return await awaitable

    return asyncio.run(whole())


def open_model(name: str, url: str, key: str, seconds: float, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """A model by RAGAS' factory at any URL that speaks OpenAI's protocol, and its client, which must be closed.

    No redirect is followed, and a proxy of the environment is not for this machine.
    """
    http = openai.DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not is_loopback(url), timeout=seconds)
    client = openai.AsyncOpenAI(base_url=url, api_key=key, timeout=seconds, max_retries=RETRIES, http_client=http)
    # Else a name such as gemini-x would be sent elsewhere.
    llm = llm_factory(name, client=client, adapter="instructor", max_retries=REPAIRS, **settings)
    return llm, client


def count_usage(llm: Any, add: Callable[[Usage | None], None]) -> None:  # noqa: ANN401 (RAGAS' model)
    """Have `add` called, in the context of whoever asks, with what every reply used; None where the provider does not say."""

    def told(reply: Any) -> None:  # noqa: ANN401 (OpenAI's reply)
        used = getattr(reply, "usage", None)
        if used is None:
            add(None)
            return
        kept = getattr(getattr(used, "prompt_tokens_details", None), "cached_tokens", None) or 0
        add(Usage(used.prompt_tokens or 0, used.completion_tokens or 0, kept))

    llm.client.on("completion:response", told)
