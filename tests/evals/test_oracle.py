"""Ranking metrics equal those of ir-measures (which calls trec_eval) to four decimals."""

from __future__ import annotations

import random

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from mlplaybook.evals.metrics import ndcg, recall, reciprocal_rank, success

Ranking = dict[str, float]
Labels = dict[str, int]
# The example of ir-measures' own documentation (https://ir-measur.es), whose second question finds nothing relevant at first.
DOCUMENTED: tuple[tuple[Labels, Ranking], ...] = (
    ({"D0": 0, "D1": 1}, {"D0": 1.2, "D1": 1.0}),
    ({"D0": 0, "D3": 2}, {"D0": 2.4, "D1": 1.5, "D3": 3.6}),
)


def drawn(number: int) -> tuple[Labels, Ranking]:
    """A question with graded labels and a ranking of thirty documents, some of them without a label."""
    generator = random.Random(number)
    names = [f"d{n}" for n in range(40)]
    labels = {name: generator.choice([0, 0, 1, 2, 3]) for name in generator.sample(names, 20)}
    labels["d0"] = max(1, labels.get("d0", 0))
    scores = generator.sample(range(1000), 30)
    return labels, dict(zip(generator.sample(names, 30), map(float, scores), strict=True))


@pytest.mark.parametrize("question", [*DOCUMENTED, *map(drawn, range(50))])
@pytest.mark.parametrize("k", [1, 3, 5, 10])
def test_metrics_equal_ir_measures(question: tuple[Labels, Ranking], k: int) -> None:
    labels, scores = question
    ranked = sorted(scores, key=lambda name: -scores[name])
    ours = {nDCG @ k: ndcg, RR @ k: reciprocal_rank, R @ k: recall, Success @ k: success}
    theirs = ir_measures.calc_aggregate(list(ours), {"q": labels}, {"q": scores})
    gains = {name: float(label) for name, label in labels.items()}
    for measure, metric in ours.items():
        assert metric(ranked, gains, k) == pytest.approx(theirs[measure], abs=1e-4), str(measure)
