"""Whether decision tables still answer their worked examples."""

from __future__ import annotations

from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case, Measured, digest, ok
from mlplaybook.evals.suites.world import World
from mlplaybook.server.artefacts import library
from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.library import load_decision

NAME = "decisions"
METRICS = ("decided",)


def read(split: Split) -> tuple[Case, ...]:
    """Every worked example of every table; they are the same for both splits."""
    return tuple(
        Case(
            f"{NAME}/{name}-{digest([example['inputs']])[:8]}",
            NAME,
            name,
            f"knowledge/decisions/{name}.yaml",
            1,
            {"table": name, "inputs": dict(example["inputs"])},
            {"results": list(example["results"])},
        )
        for name in library.names("decisions")
        for example in library.read("decisions", name)["examples"]
    )


def measure(world: World, case: Case) -> Measured:
    """One table asked."""
    verdict = judge(load_decision(case.input["table"]), case.input["inputs"], "none")
    got = [answer.result for answer in verdict.answers]
    return Measured({"decided": ok(got == case.gold["results"])}, {"got": got})
