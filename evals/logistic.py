"""Logistic regression for a handful of columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

# Newton's method doubles the right digits with every step; more are needed only where the penalty is all that holds.
STEPS = 100
SMALLEST_STEP = 1e-10


def fit_logistic(x: Numbers, y: NDArray[np.bool_], ridge: float = 1.0) -> tuple[float, Numbers]:
    """Constant and coefficients of the columns, by iteratively reweighted least squares.

    What is minimised is the negative log-likelihood plus `ridge` / 2 times the squared coefficients of the standardised
    columns; the constant is not penalised. Without a penalty, data that one column separates has no solution.

    :param x: (rows, columns).

    >>> constant, (slope,) = fit_logistic(np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([True, False, True, False]))
    >>> bool(abs(constant) < 1e-9 and abs(slope) < 1e-9)
    True
    """
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(x)), (x - mean) / spread])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0
    beta = np.zeros(design.shape[1])
    for _ in range(STEPS):
        p = probabilities(design @ beta)
        gradient = design.T @ (y - p) - penalty * beta
        curvature = (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        while loss(design, y, penalty, beta + step) > loss(design, y, penalty, beta) + SMALLEST_STEP:
            step /= 2
        beta += step
        if np.abs(step).max() < SMALLEST_STEP:
            break
    slopes = beta[1:] / spread
    return float(beta[0] - slopes @ mean), slopes


def probabilities(log_odds: Numbers) -> Numbers:
    """The logistic function, for log-odds of any size."""
    return (1 + np.tanh(log_odds / 2)) / 2


def loss(design: Numbers, y: NDArray[np.bool_], penalty: Numbers, beta: Numbers) -> float:
    """Penalised negative log-likelihood."""
    log_odds = design @ beta
    return float(np.logaddexp(0, np.where(y, -log_odds, log_odds)).sum() + (penalty * beta**2).sum() / 2)
