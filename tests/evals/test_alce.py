"""Citation recall and precision by a worked example: three passages, five answers."""

from __future__ import annotations

import pytest

from mlplaybook.evals.alce import Cited, citation_precision, citation_recall

CLIP = "To stop NaN losses, lower the learning rate and clip gradients to norm 1.0."
SPLIT = "Use stratified splits for imbalanced data."
LOG = "Log the gradient norm every step."


@pytest.mark.parametrize(
    ("statements", "recall", "precision"),
    [
        # The second statement's first citation says nothing of it, and the other says it all: two of three are needed.
        (
            (Cited("Lower the learning rate and clip gradients to norm 1.0.", (CLIP,)), Cited(LOG, (SPLIT, LOG))),
            1.0,
            2 / 3,
        ),
        # A statement that nothing supports takes its citation with it.
        ((Cited("Lower the learning rate.", (CLIP,)), Cited("Buy more GPUs.", (SPLIT,))), 0.5, 0.5),
        # Only together do two quotes say it, so both are needed.
        ((Cited("Lower the learning rate and use stratified splits.", (CLIP, SPLIT)),), 1.0, 1.0),
        ((Cited("Lower the learning rate.", ()),), 0.0, 0.0),
        ((), 0.0, 0.0),
    ],
)
def test_the_worked_example(statements: tuple[Cited, ...], recall: float, precision: float) -> None:
    assert (citation_recall(statements), citation_precision(statements)) == (recall, pytest.approx(precision))
