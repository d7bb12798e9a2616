"""Whether the sections that answer a question are found, and how far up."""

from __future__ import annotations

from mlplaybook.evals.golden import Case as Golden
from mlplaybook.evals.golden import Gold, Split, locate
from mlplaybook.evals.metrics import DEPTH, ndcg, recall, reciprocal_rank, success
from mlplaybook.evals.records import Case, Measured, ok
from mlplaybook.evals.suites.golden_cases import golden_cases
from mlplaybook.evals.suites.world import World, search

NAME = "retrieval"
METRICS = ("success@5", "recall@10", "mrr@10", "ndcg@10")


def read(split: Split) -> tuple[Case, ...]:
    """Every covered question."""
    return golden_cases(NAME, split, covered=True)


def measure(world: World, case: Case) -> Measured:
    """One search; raises BadSource when a gold quote is on no page any more."""
    relevant = dict.fromkeys(relevant_sections(world, case), 1.0)
    ranked = [hit.section.id for hit in search(world, case.input["question"], DEPTH).hits]
    scores = {
        "success@5": ok(success(ranked, relevant, 5)),
        "recall@10": ok(recall(ranked, relevant, DEPTH)),
        "mrr@10": ok(reciprocal_rank(ranked, relevant, DEPTH)),
        "ndcg@10": ok(ndcg(ranked, relevant, DEPTH)),
    }
    return Measured(scores, {"expected": sorted(relevant), "found": ranked[:5]})


def relevant_sections(world: World, case: Case) -> list[str]:
    """The sections that hold the quotes of a case."""
    gold = tuple(Gold(**entry) for entry in case.gold["gold"])
    golden = Golden(case.id, case.input["question"], case.slice, gold)
    return [locate(world.index.catalog, golden, entry) for entry in gold]
