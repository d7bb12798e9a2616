"""What an evaluation is made of: cases, their scores, and the run that holds them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["ok", "error", "na"]
# More decimals are noise of the processor, not of what is measured.
DIGITS = 6


@dataclass(frozen=True, slots=True)
class Case:
    """Something to be tried: `file` and `line` are where a person edits it, `slice` is what is reported together."""

    id: str
    suite: str
    slice: str
    file: str
    line: int
    input: Mapping[str, Any]
    gold: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one case: a value for `ok`, None for an error or where the metric does not apply; `why` says which."""

    value: float | None
    status: State = "ok"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """The scores of a case by metric, without the name of its suite, and what a person wants to see of the output."""

    scores: Mapping[str, Score]
    output: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """A case with its scores by metric, SUITE/METRIC; `seconds` are no part of what must be the same in a rerun."""

    case: Case
    scores: Mapping[str, Score]
    output: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What models cost; an offline run costs nothing. `usd` is None where a price is not known."""

    calls: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    cache_hits: int = 0


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What two runs must share to be compared: `cases` by suite and `pages` and `encoder`; the rest is told.

    `generation` changes with how pages are cut, `pages` only with what they say.
    """

    cases: Mapping[str, str]
    pages: str
    encoder: str
    generation: str
    prompts: str
    config: str
    version: str


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that was measured, by case id.

    `complete` is false after Ctrl-C, and where only some cases were wanted; `stopped` counts those wanted and not measured.
    """

    suite: str
    config: str
    started: str
    fingerprint: Fingerprint
    results: tuple[Result, ...]
    complete: bool
    usage: Usage = Usage()
    seconds: float = 0.0
    stopped: int = 0


def ok(value: float) -> Score:
    """A score that was measured.

    >>> ok(1 / 3).value
    0.333333
    """
    return Score(round(float(value), DIGITS))


def not_applicable(why: str) -> Score:
    """A metric that says nothing of this case."""
    return Score(None, "na", why)


def failed(why: str) -> Score:
    """A metric that could not be measured; never averaged away."""
    return Score(None, "error", why)


def digest(values: Iterable[object]) -> str:
    """Sixteen hexadecimal digits that change with any of the values.

    >>> digest(["a"]) == digest(["a"]) != digest(["b"])
    True
    """
    hashed = hashlib.sha256()
    for value in values:
        hashed.update(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode() + b"\n")
    return hashed.hexdigest()[:16]


def columns(results: Iterable[Result]) -> dict[str, dict[str, Score]]:
    """Scores by metric and case id, both sorted."""
    found: dict[str, dict[str, Score]] = {}
    for result in results:
        for metric, score in result.scores.items():
            found.setdefault(metric, {})[result.case.id] = score
    return {metric: dict(sorted(found[metric].items())) for metric in sorted(found)}


def run_record(run: Run) -> dict[str, Any]:
    """A run as JSON; everything but `timings` is the same when nothing changed."""
    return {
        "suite": run.suite,
        "config": run.config,
        "complete": run.complete,
        "stopped": run.stopped,
        "fingerprint": asdict(run.fingerprint),
        "usage": asdict(run.usage),
        "results": [result_record(result) for result in run.results],
        "timings": {
            "started": run.started,
            "seconds": round(run.seconds, 3),
            "cases": {result.case.id: round(result.seconds, 4) for result in run.results},
        },
    }


def result_record(result: Result) -> dict[str, Any]:
    """A result as JSON, without its time."""
    scores = {metric: asdict(score) for metric, score in sorted(result.scores.items())}
    return {"case": asdict(result.case), "scores": scores, "output": dict(result.output)}


def create_result(record: Mapping[str, Any], seconds: float = 0.0) -> Result:
    """A result from its JSON."""
    scores = {metric: Score(**score) for metric, score in record["scores"].items()}
    return Result(Case(**record["case"]), scores, record["output"], seconds)


def create_run(record: Mapping[str, Any]) -> Run:
    """A run from its JSON."""
    times = record["timings"]
    results = tuple(create_result(one, times["cases"].get(one["case"]["id"], 0.0)) for one in record["results"])
    fingerprint = Fingerprint(**record["fingerprint"])
    usage = Usage(**record["usage"])
    return Run(
        record["suite"],
        record["config"],
        times["started"],
        fingerprint,
        results,
        record["complete"],
        usage,
        times["seconds"],
        record.get("stopped", 0),
    )
