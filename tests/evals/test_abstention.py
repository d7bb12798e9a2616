"""How sureness is graded, on numbers that can be checked by hand."""

from __future__ import annotations

from mlplaybook.evals.abstention import Judged, Point, auroc_of, false_answers, false_refusals, risk_coverage

JUDGED = (
    Judged("a", "how", True, 0.9),
    Judged("b", "how", True, 0.4),
    Judged("c", "far", False, 0.1),
    Judged("d", "near-miss", False, 0.6),
)


def test_auroc_counts_the_pairs_in_order() -> None:
    """Of four pairs only (b, d) is the wrong way round."""
    assert auroc_of(JUDGED) == 0.75
    assert auroc_of(JUDGED, "far") == 1.0
    assert auroc_of(JUDGED, "near-miss") == 0.5


def test_false_answers_and_refusals_are_shares_of_their_own_kind() -> None:
    assert (false_answers(JUDGED, 0.5), false_answers(JUDGED, 0.5, "far")) == (0.5, 0.0)
    assert false_refusals(JUDGED, 0.5) == 0.5


def test_the_curve_goes_from_the_surest_to_all() -> None:
    assert risk_coverage(JUDGED) == (
        Point(0.9, 0.25, 0.0),
        Point(0.6, 0.5, 0.5),
        Point(0.4, 0.75, 1 / 3),
        Point(0.1, 1.0, 0.5),
    )
