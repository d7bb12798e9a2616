"""Logistic regression against solutions that can be written down."""

from __future__ import annotations

import math

import numpy as np
import pytest

from mlplaybook.evals.logistic import fit_logistic, probabilities


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def test_a_worked_example_with_one_binary_column() -> None:
    """Of four rows with 0 one is positive, of four with 1 three are: logit(1/4), and logit(3/4) - logit(1/4)."""
    x = np.array([[0.0]] * 4 + [[1.0]] * 4)
    y = np.array([True, False, False, False, True, True, True, False])
    constant, slopes = fit_logistic(x, y, ridge=0.0)
    assert constant == pytest.approx(logit(0.25))
    assert slopes == pytest.approx([logit(0.75) - logit(0.25)])


def test_a_column_that_says_nothing_leaves_the_base_rate() -> None:
    constant, slopes = fit_logistic(np.ones((5, 1)), np.array([True, True, True, True, False]))
    assert (constant, list(slopes)) == (pytest.approx(logit(0.8)), [pytest.approx(0.0)])


def test_the_penalty_keeps_separated_data_finite_and_symmetric() -> None:
    """With standardised columns -1 and 1 the slope s solves 2 x (1 - sigmoid(s)) = s, and the constant is 0."""
    constant, slopes = fit_logistic(np.array([[-1.0], [1.0]]), np.array([False, True]), ridge=1.0)
    slope = float(slopes[0])
    assert constant == pytest.approx(0.0, abs=1e-9)
    assert 2 * (1 - 1 / (1 + math.exp(-slope))) == pytest.approx(slope)


def test_the_scale_of_a_column_does_not_matter() -> None:
    x = np.random.default_rng(0).standard_normal((50, 2))
    y = x[:, 0] + x[:, 1] ** 2 > 0.5
    constant, slopes = fit_logistic(x, y)
    scaled_constant, scaled_slopes = fit_logistic(x * [1000.0, 0.001] + [5.0, -3.0], y)
    before = probabilities(constant + x @ slopes)
    after = probabilities(scaled_constant + (x * [1000.0, 0.001] + [5.0, -3.0]) @ scaled_slopes)
    assert after == pytest.approx(before, abs=1e-6)


def test_probabilities_of_any_size_are_finite() -> None:
    assert probabilities(np.array([-1e6, 0.0, 1e6])).tolist() == [0.0, 0.5, 1.0]
