"""Small runs for tests: scores by metric, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlplaybook.evals.records import Case, Fingerprint, Result, Run, Score, ok

PRINT = Fingerprint({"retrieval": "cases"}, "pages", "encoder", "generation", "prompts", "config", "version")


def case(number: int, suite: str = "retrieval") -> Case:
    return Case(
        f"{suite}/{number:04}", suite, "how", "evals/cases/dev.jsonl", number + 1, {"question": "?"}, {"gold": []}
    )


def run_of(scores: Mapping[str, Sequence[float | Score]], *, complete: bool = True, made: Fingerprint = PRINT) -> Run:
    """A run in which case n has the n-th score of every metric."""
    count = max((len(values) for values in scores.values()), default=0)
    suite = next(iter(scores), "retrieval/x").partition("/")[0]
    results = tuple(
        Result(
            case(n, suite),
            {m: v if isinstance(v := values[n], Score) else ok(v) for m, values in scores.items()},
            {"found": ["drift"]},
            0.01,
        )
        for n in range(count)
    )
    return Run("core", "default", "2026-11-21T10:00:00+00:00", made, results, complete)
