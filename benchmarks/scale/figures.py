"""From builds and rounds of questions to the record of a run: medians over rounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any

from benchmarks.peers.figures import percentile
from benchmarks.report.results import rounded
from benchmarks.scale.ask import Asked
from benchmarks.scale.build import Built

QUALITY = ("ndcg10", "mrr10", "success1", "success5")


def size_record(built: Built, rounds: Sequence[Asked]) -> dict[str, Any]:
    """Everything about one size."""
    return {"build": rounded(dataclasses.asdict(built)), "ask": rounded(ask_record(rounds))}


def ask_record(rounds: Sequence[Asked]) -> dict[str, Any]:
    """Medians over rounds; the quality, which does not change, by kind of question and of all."""
    stages = rounds[0].stages_ms
    anonymous = [one.anonymous_mb for one in rounds if one.anonymous_mb is not None]
    return {
        "p50_ms": median(median(one.latencies_ms) for one in rounds),
        "p95_ms": median(percentile(one.latencies_ms, 0.95) for one in rounds),
        "p50_best_ms": min(median(one.latencies_ms) for one in rounds),
        "p95_best_ms": min(percentile(one.latencies_ms, 0.95) for one in rounds),
        "cold_start_s": median(one.first_result_s for one in rounds),
        "open_s": median(one.open_s for one in rounds),
        "peak_mb": median(one.peak_mb for one in rounds),
        "anonymous_mb": median(anonymous) if anonymous else None,
        "dense_recall": median(one.dense_recall for one in rounds),
        "stages_ms": {stage: median(one.stages_ms[stage] for one in rounds) for stage in stages},
        "quality": quality(rounds[0].grades),
    }


def quality(grades: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float]]:
    """Mean grades of all questions and of each kind, which is what stands before the `-` of a question's id."""
    kinds = dict.fromkeys(["all", *(name.split("-")[0] for name in grades)])
    return {
        kind: mean_grades([g for name, g in grades.items() if kind in ("all", name.split("-")[0])]) for kind in kinds
    }


def mean_grades(rows: Sequence[Sequence[float]]) -> dict[str, float]:
    """Means by name, with how many questions they are of."""
    means = (fmean(column) for column in zip(*rows, strict=True))
    return {"questions": len(rows), **dict(zip(QUALITY, means, strict=True))}
