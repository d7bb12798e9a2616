"""`evals.yaml`: which cases make a suite, and when a metric fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from mlplaybook.evals.gate.aggregate import AGGREGATES
from mlplaybook.evals.records import digest
from mlplaybook.evals.suites.catalogue import SUITES
from mlplaybook.evals.suites.world import Config
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.retrieval.search import Method

FILE = Path(__file__).parent / "evals.yaml"
ALL = "all"
TESTS = ("mcnemar", "bootstrap")


@dataclass(frozen=True, slots=True)
class Metric:
    """When one metric fails. `lower` says that less is better; what is not gated only warns."""

    name: str
    test: str
    floor: float
    max_drop: float
    aggregate: str = "mean"
    lower: bool = False
    gate: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """`alpha` over all gated metrics together, `errors` the share of cases that may fail to run."""

    alpha: float
    resamples: int
    seed: int
    errors: float


@dataclass(frozen=True, slots=True)
class Judging:
    """How a judge is asked: how many `cases` by suite, None for all; `again` cases are always asked several times.

    A score that is more than `moved` away from another one is another verdict. Where more than `disagree` of the scores that
    were asked for again are, the judge gates nothing.
    """

    cases: Mapping[str, int | None] = field(default_factory=dict)
    again: int = 10
    moved: float = 0.1
    disagree: float = 0.2


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole file. `suites` says how many cases of which suite are run, None for all; `digest` is of what it says."""

    suites: Mapping[str, Mapping[str, int | None]]
    metrics: Mapping[str, Metric]
    rules: Rules
    must_pass: tuple[str, ...]
    configs: Mapping[str, Config]
    digest: str
    judging: Judging = Judging()

    def must(self, case: str) -> bool:
        """Whether a case must not lose a score."""
        return any(fnmatchcase(case, pattern) for pattern in self.must_pass)


def read_plan(path: Path = FILE) -> Plan:
    """The plan; raises BadSetting saying what in it cannot be used."""
    try:
        values = yaml.safe_load(path.read_text("utf-8"))
        return create_plan(values)
    except OSError as error:
        raise BadSetting(f"{path} cannot be read: {error.strerror}.", "Name a file like evals/evals.yaml.") from error
    except (yaml.YAMLError, TypeError, KeyError, AttributeError, ValueError) as error:
        raise BadSetting(f"{path} is no plan: {error}.", "Compare it with evals/evals.yaml.") from error


def create_plan(values: Mapping[str, Any]) -> Plan:
    """A plan from its YAML; raises ValueError naming what is unknown."""
    metrics = {name: Metric(name, **given) for name, given in values["metrics"].items()}
    known = {f"{suite.name}/{metric}" for suite in SUITES.values() for metric in suite.metrics}
    refuse_unknown("metrics", set(metrics) ^ known)
    refuse_unknown("tests", {metric.test for metric in metrics.values()} - set(TESTS))
    refuse_unknown("aggregates", {metric.aggregate for metric in metrics.values()} - set(AGGREGATES))
    suites = {name: read_counts(parts) for name, parts in values["suites"].items()}
    refuse_unknown("suites", {part for parts in suites.values() for part in parts} - set(SUITES))
    configs = {name: create_config(name, given or {}) for name, given in values["configs"].items()}
    given = dict(values.get("judge") or {})
    judging = Judging(read_counts(given.pop("cases", {})), **given)
    refuse_unknown("suites", set(judging.cases) - set(suites))
    return Plan(
        suites, metrics, Rules(**values["gate"]), tuple(values["must_pass"]), configs, digest([values]), judging
    )


def read_counts(parts: Mapping[str, Any]) -> dict[str, int | None]:
    """Numbers of cases by name, None for all."""
    return {name: None if most == ALL else int(most) for name, most in parts.items()}


def create_config(name: str, given: Mapping[str, Any]) -> Config:
    """A configuration; raises ValueError for a field that the search does not have."""
    refuse_unknown("fields", set(given.get("method", {})) - {one.name for one in fields(Method)})
    return Config(name, given.get("method", {}), given.get("prompt", "answer"))


def refuse_unknown(what: str, names: set[str]) -> None:
    """Raises ValueError where there are names that should not be, or that are missing."""
    if names:
        msg = f"{what} that are unknown or missing: {', '.join(sorted(names))}"
        raise ValueError(msg)


def find_config(plan: Plan, name: str) -> Config:
    """A configuration by its name; raises BadSetting."""
    if name not in plan.configs:
        raise BadSetting(f"There is no configuration '{name}'.", f"Use one of: {', '.join(plan.configs)}.")
    return plan.configs[name]


def find_suite(plan: Plan, name: str) -> Mapping[str, int | None]:
    """The parts of a suite; raises BadSetting."""
    if name not in plan.suites:
        raise BadSetting(f"There is no suite '{name}'.", f"Use one of: {', '.join(plan.suites)}.")
    return plan.suites[name]
