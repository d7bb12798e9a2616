"""What the tests of caches and costs share: an answer with every field filled, and a clock that is set."""

from __future__ import annotations

import dataclasses
from typing import Any

from mlplaybook.server.answers.records import Answer, Citation, Stamp, Statement, quote_hash


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def citation(quote: str = "A “PSI” above 0.2 — raises an alert.", n: int = 1) -> Citation:
    """Exact words of a page."""
    path = ("Drift detection", "Which cut-offs raise an alert?")
    return Citation(n, "drift", "drift#which-cut-offs", path, 120, 120 + len(quote), quote, quote_hash(quote))


def an_answer(**changes: Any) -> Answer:
    """An answer of a model, without a default left in it; `stamp_<field>` changes its stamp."""
    stamp = Stamp(
        corpus="playbook",
        generation="0123456789abcdef",
        encoder="all-MiniLM-L6-v2@53aa",
        version="0.1.0",
        prompt="answer@1#0123456789ab",
        model="openai:gpt-6-luna",
        tokens=4200,
        cost_usd=0.000523,
        timings_ms={"search": 4.1, "answer": 812.0},
        profile={"modelType": "llm"},
        tuned=True,
        tuned_config="a1b2c3",
    )
    own = {name.removeprefix("stamp_"): value for name, value in changes.items() if name.startswith("stamp_")}
    rest = {name: value for name, value in changes.items() if not name.startswith("stamp_")}
    answer = Answer(
        question="What is a PSI\u2028of 0.2?",
        status="answered",
        confidence=0.913,
        text="A “PSI” above 0.2 — raises an alert. [1]",
        statements=(
            Statement("A “PSI” above 0.2 — raises an alert.", (citation(),)),
            Statement("| a | b |", (citation("| x | y |"), citation("| a | b |")), "row"),
        ),
        suggestions=("drift#other", "leakage#split"),
        mode="llm",
        degraded=(),
        stamp=dataclasses.replace(stamp, **own),
        removed=2,
        inapplicable={"drift": "for modelType classical; the project's is llm"},
    )
    return dataclasses.replace(answer, **rest)
