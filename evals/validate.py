"""Whether cases are sound, and how small a drop they can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlplaybook.evals.config import Plan
from mlplaybook.evals.gate.paired import power, smallest_drop
from mlplaybook.evals.records import Case, columns
from mlplaybook.evals.runner import measure_case
from mlplaybook.evals.suites.catalogue import SUITES
from mlplaybook.evals.suites.world import World
from mlplaybook.ingest.catalog import read_document

DROPS = (0.02, 0.03, 0.05, 0.10)
NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a case, and where it stands."""

    case: Case
    what: str


@dataclass(frozen=True, slots=True)
class Power:
    """What a metric of so many cases can see: its smallest drop, and how often drops are found with and without noise."""

    metric: str
    cases: int
    smallest: float
    found: tuple[float, ...]
    noisy: tuple[float, ...]


def find_faults(world: World, cases: Sequence[Case], plan: Plan) -> Iterator[Fault]:
    """Ids that stand twice, quotes that no page has any more, questions without facts."""
    counts = Counter(case.id for case in cases)
    for case in cases:
        if counts[case.id] > 1:
            yield Fault(case, "its id stands twice")
        for gold in case.gold.get("gold", ()):
            document = read_document(world.index.catalog, gold["page"])
            if document is None or gold["quote"] not in document.text[document.body_start :]:
                yield Fault(case, f"page '{gold['page']}' does not say {gold['quote'][:60]!r}")
    quoted = {case.id: " ".join(gold["quote"] for gold in case.gold.get("gold", ())) for case in cases}
    for case in cases:
        if quoted[case.id] and not case.gold.get("facts"):
            yield Fault(case, "it names no fact that an answer must hold")


def idle_patterns(cases: Sequence[Case], plan: Plan) -> list[str]:
    """Patterns of `must_pass` that no case meets: they guard nothing."""
    return [pattern for pattern in plan.must_pass if not any(fnmatchcase(case.id, pattern) for case in cases)]


def power_table(world: World, cases: Sequence[Case], plan: Plan) -> list[Power]:
    """Every gated 0/1 metric with as many cases as it really has."""
    results = [measure_case(world, case) for case in cases]
    scores = columns(results)
    names = [n for n in scores if plan.metrics[n].test == "mcnemar" and plan.metrics[n].gate]
    alpha = plan.rules.alpha
    rows = []
    for name in names:
        count = sum(score.status == "ok" for score in scores[name].values())
        if count:
            found = tuple(power(count, drop, 0.0, alpha) for drop in DROPS)
            noisy = tuple(power(count, drop, NOISE, alpha) for drop in DROPS)
            rows.append(Power(name, count, smallest_drop(count, alpha), found, noisy))
    return rows


def parts_of(cases: Sequence[Case]) -> dict[str, int]:
    """How many cases each suite has."""
    counts = Counter(case.suite for case in cases)
    return {name: counts[name] for name in SUITES if counts[name]}
