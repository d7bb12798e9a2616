"""What suites measure: an open index, asked as a configuration says, each question once."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from mlplaybook.evals.judge.records import Panel
from mlplaybook.evals.records import digest
from mlplaybook.prompts.library import load_prompt, parse_pin
from mlplaybook.prompts.records import Prompt
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.assess import Findings, find
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.reply import Means
from mlplaybook.server.prompting import prompts_refused
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method

# How many sections an answer is made from, as users get it.
SHOWN = 5
Ask = Callable[[Index, str, int, Filter, Method, Means], Answer]
POISONED = Path(__file__).parents[1] / "cases" / "poisoned"


@dataclass(frozen=True, slots=True)
class Config:
    """How everything is asked: `default` is what users get. `prompt` is the one that a model answers by."""

    name: str = "default"
    method: Mapping[str, Any] = field(default_factory=dict)
    prompt: str = "answer"


@dataclass(frozen=True, slots=True)
class World:
    """An index under a configuration.

    `ask` is the one call that every answer comes from; `poisoned` opens the index of POISONED, pages that give orders; `judge`
    scores what is said, where one was wanted; `found`, `answers` and `vectors` keep what was asked before.
    """

    index: Index
    config: Config = Config()
    ask: Ask = ask
    own_prompt: Prompt | None = None
    poisoned: Callable[[], Index] | None = None
    judge: Panel | None = None
    found: dict[tuple[str, int], Findings] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    vectors: dict[tuple[object, str], tuple[float, ...]] = field(default_factory=dict)

    @property
    def method(self) -> Method:
        """The search of the configuration."""
        return Method(**self.config.method)


def search(world: World, question: str, k: int) -> Findings:
    """What the search finds, and how sure it is."""
    key = question, k
    if key not in world.found:
        world.found[key] = find(world.index, question, k, EVERYTHING, world.method)
    return world.found[key]


def sentence_vector(world: World, text: str) -> tuple[float, ...]:
    """The vector of a text by the index's encoder, unit length; nothing without one."""
    encoder = world.index.encoder
    if encoder is None:
        return ()
    key = encoder, text
    if key not in world.vectors:
        world.vectors[key] = tuple(float(value) for value in encoder.encode_query(text).sentence)
    return world.vectors[key]


def answer(world: World, question: str) -> Answer:
    """The answer without a model, as users get it."""
    if question not in world.answers:
        world.answers[question] = world.ask(world.index, question, SHOWN, EVERYTHING, world.method, Means())
    return world.answers[question]


def answer_with(world: World, question: str, means: Means) -> Answer:
    """The answer with a model or a history."""
    return world.ask(world.index, question, SHOWN, EVERYTHING, world.method, means)


def prompt_of(world: World) -> Prompt:
    """The prompt that models answer by; raises PromptRefused."""
    if world.own_prompt is not None:
        return world.own_prompt
    with prompts_refused():
        name, _, version = world.config.prompt.partition("@")
        return load_prompt(name, parse_pin(world.config.prompt).version if version else None)


def pages_digest(index: Index) -> str:
    """What the pages say, however they are cut."""
    rows: Sequence[tuple[str, str]] = index.catalog.connection.execute(
        "SELECT id, text FROM documents ORDER BY id"
    ).fetchall()
    return digest(list(row) for row in rows)


def prompts_digest() -> str:
    """What all prompts say."""
    text = files("mlplaybook.prompts").joinpath("lock.json").read_text("utf-8")
    return digest([json.loads(text)])
