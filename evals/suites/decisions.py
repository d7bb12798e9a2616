"""Whether decision tables, calculators and rubrics give what was worked out apart from them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case, Measured, digest, ok
from mlplaybook.evals.suites.lines import read_lines, shown_name
from mlplaybook.evals.suites.world import World
from mlplaybook.server.artefacts import library
from mlplaybook.server.artefacts.calculators.registry import calculate
from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.library import load_decision
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.rubrics import load_rubric

NAME = "decisions"
METRICS = ("decided",)
FILE = "artefacts.jsonl"
# Sums in another order, and normal quantiles of another library, agree to this.
SAME = 1e-6


def read(split: Split) -> tuple[Case, ...]:
    """Worked examples of every table, and the file of calculations and ratings; they are the same for both splits."""
    return (*examples(), *worked())


def examples() -> Iterator[Case]:
    """Every worked example of every table."""
    for name in library.names("decisions"):
        for example in library.read("decisions", name)["examples"]:
            ident = f"{NAME}/{name}-{digest([example['inputs']])[:8]}"
            given = {"table": name, "inputs": dict(example["inputs"])}
            gold = {"results": list(example["results"])}
            yield Case(ident, NAME, name, f"knowledge/decisions/{name}.yaml", 1, given, gold)


def worked() -> Iterator[Case]:
    """Calculations with their value by the formula or another library, ratings with their total and band."""
    for number, record in read_lines(FILE):
        kind = "calculator" if "calculator" in record else "rubric"
        given = {kind: record[kind], "inputs": record["inputs" if kind == "calculator" else "given"]}
        gold: dict[str, Any] = {key: record[key] for key in ("value", "more", "total", "band") if key in record}
        yield Case(f"{NAME}/{record['id']}", NAME, record[kind], shown_name(FILE), number, given, gold)


def measure(world: World, case: Case) -> Measured:
    """One table, calculator or rubric asked."""
    if "table" in case.input:
        verdict = judge(load_decision(case.input["table"]), case.input["inputs"], "none")
        got = [answer.result for answer in verdict.answers]
        return Measured({"decided": ok(got == case.gold["results"])}, {"got": got})
    return calculated(case) if "calculator" in case.input else rated(case)


def calculated(case: Case) -> Measured:
    """A value within SAME of the one worked out, and the named others too."""
    made = calculate(case.input["calculator"], case.input["inputs"])
    more = {figure.name: figure.value for figure in made.more if figure.name in case.gold.get("more", {})}
    right = same(made.result.value, case.gold["value"]) and all(
        same(more.get(name), value) for name, value in case.gold.get("more", {}).items()
    )
    return Measured({"decided": ok(right)}, {"got": made.result.value, **more})


def rated(case: Case) -> Measured:
    """A total and its band."""
    made = rate(load_rubric(case.input["rubric"]), case.input["inputs"])
    got = {"total": made.total, "band": made.band and made.band.label}
    right = same(made.total, case.gold["total"]) and got["band"] == case.gold["band"]
    return Measured({"decided": ok(right)}, got)


def same(got: float | None, wanted: float) -> bool:
    """Whether two numbers are equal but for rounding.

    >>> same(0.1 + 0.2, 0.3), same(None, 0.0)
    (True, False)
    """
    return got is not None and math.isclose(float(got), wanted, rel_tol=SAME, abs_tol=SAME)
