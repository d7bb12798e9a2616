"""Which cases are run: those of a suite, of a slice, or those that failed before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlplaybook.evals.config import Plan
from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case, Run, create_run
from mlplaybook.evals.suites.catalogue import read_suite
from mlplaybook.ingest.errors import BadName, BadSetting, BadSource

RUN_FILE = "run.json"
KEYS = ("suite", "slice", "id")


def read_cases(parts: Mapping[str, int | None], split: Split) -> tuple[Case, ...]:
    """Every case of a suite's parts, by id."""
    cases = [case for name, most in parts.items() for case in read_suite(name, split, most)]
    return tuple(sorted(cases, key=lambda case: case.id))


def narrow(cases: Sequence[Case], slices: Sequence[str]) -> tuple[Case, ...]:
    """The cases that have one of the values of every key; raises BadSetting for another key or when none is left."""
    wanted = [one.partition("=") for one in slices]
    for key, equals, _ in wanted:
        if key not in KEYS or not equals:
            raise BadSetting(f"--slice {key}{equals} is not KEY=VALUE.", f"KEY is one of: {', '.join(KEYS)}.")
    values = {key: {value for other, _, value in wanted if other == key} for key, _, _ in wanted}
    left = tuple(case for case in cases if all(getattr(case, key) in some for key, some in values.items()))
    if not left:
        known = ", ".join(sorted({case.slice for case in cases}))
        raise BadSetting(f"No case is left by {' '.join(slices)}.", f"Slices are: {known}.")
    return left


def failing(cases: Sequence[Case], run: Run, plan: Plan) -> tuple[Case, ...]:
    """The cases that scored the worst in a run (0, or 1 where less is better), or could not be measured."""
    worst = {name: 1.0 if metric.lower else 0.0 for name, metric in plan.metrics.items()}
    bad = {
        result.case.id
        for result in run.results
        if any(score.value == worst[name] or score.status == "error" for name, score in result.scores.items())
    }
    return tuple(case for case in cases if case.id in bad)


def read_run(path: Path) -> Run:
    """A run from its folder or file; raises BadSource."""
    if not path.exists():
        raise BadSource(f"{path} does not exist.", "Name the folder that `evals run` wrote.")
    file = path / RUN_FILE if path.is_dir() else path
    try:
        return create_run(json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise BadSource(
            f"{file} cannot be read: {error.strerror}.", "Name the folder that `evals run` wrote."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSource(f"{file} is no run: {error}.", "Name the folder that `evals run` wrote.") from error


def find_case(cases: Sequence[Case], name: str) -> Case:
    """A case by its id, with or without its suite; raises BadName offering those that are near."""
    found = [case for case in cases if name in (case.id, case.id.partition("/")[2])]
    if found:
        return found[0]
    near = [case.id for case in cases if name.lower() in case.id.lower()][:5]
    offer = f"Did you mean {', '.join(near)}?" if near else "Ids are SUITE/NAME, as run.json has them."
    raise BadName(f"There is no case '{name}'.", offer)
