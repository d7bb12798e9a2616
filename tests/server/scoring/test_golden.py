"""The three rubrics with totals worked out by hand, and their bands at the edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mlplaybook.server.artefacts.library import load, names
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.rubrics import load_rubric

DATA = ("completeness", "accuracy", "consistency", "timeliness", "relevance", "volume")
SYSTEM = (
    "problem_framing", "data_quality", "experiment_rigour", "model_performance", "deployment", "monitoring",
    "documentation", "cost_efficiency",
)  # fmt: skip
STOP, PLAN, GO = "Stop", "Proceed with a repair plan", "Proceed"


@pytest.mark.parametrize(
    ("ratings", "total", "band"),
    [
        ((0, 0, 0, 0, 0, 0), 0, STOP),
        ((3, 3, 3, 3, 3, 2), 17, STOP),
        ((3, 3, 3, 3, 3, 3), 18, PLAN),
        ((4, 4, 4, 4, 4, 3), 23, PLAN),
        ((4, 4, 4, 4, 4, 4), 24, GO),
        ((5, 5, 5, 5, 5, 5), 30, GO),
        # The worked example of the page, before and after its repair.
        ((2, 2, 2, 2, 3, 3), 14, STOP),
        ((4, 3, 4, 2, 4, 3), 20, PLAN),
        # Five times 5 do not make up for a relevance of 0.
        ((5, 5, 5, 5, 0, 5), 25, STOP),
        ((5, 1, 5, 5, 5, 5), 26, STOP),
    ],
)
def test_data_quality_adds_six_ratings_up(ratings: tuple[int, ...], total: float, band: str) -> None:
    score = rate(load_rubric("data-quality"), {**dict(zip(DATA, ratings, strict=True)), "label_source": "no"})
    assert (score.status, score.total, score.band and score.band.label) == ("scored", total, band)


@pytest.mark.parametrize(
    ("facts", "band"),
    [
        ({}, None),
        ({"label_source": "no"}, STOP),
        ({"label_source": "yes"}, None),
        ({"label_source": "yes", "slow_outcomes": "no"}, STOP),
        ({"label_source": "yes", "slow_outcomes": "yes"}, GO),
    ],
)
def test_the_timeliness_of_a_label_that_ripens_slowly_is_waived(facts: dict[str, str], band: str | None) -> None:
    ratings = dict(zip(DATA, (5, 5, 5, 1, 5, 5), strict=True))
    score = rate(load_rubric("data-quality"), {**ratings, **facts})
    assert (score.total, score.band.label if score.band else None) == (26, band)


@pytest.mark.parametrize(("fact", "band"), [("yes", PLAN), ("no", STOP)])
def test_a_small_volume_is_waived_where_a_learning_curve_supports_it(fact: str, band: str) -> None:
    ratings = dict(zip(DATA, (4, 4, 4, 4, 4, 1), strict=True))
    score = rate(load_rubric("data-quality"), {**ratings, "small_data_proved": fact})
    assert score.band is not None
    assert score.band.label == band


@pytest.mark.parametrize(("label", "band"), [("yes", STOP), ("no", PLAN)])
def test_a_label_needs_three_for_accuracy(label: str, band: str) -> None:
    ratings = dict(zip(DATA, (4, 2, 4, 4, 4, 4), strict=True))
    score = rate(load_rubric("data-quality"), {**ratings, "label_source": label})
    assert score.band is not None
    assert score.band.label == band


@pytest.mark.parametrize(
    ("ratings", "total", "band"),
    [
        ((0,) * 8, 0, "Science project"),
        # One point of documentation is one point of the total: 2 everywhere is 40.
        ((2, 2, 2, 2, 2, 2, 1, 2), 39, "Science project"),
        ((2,) * 8, 40, "Prototype"),
        ((3, 3, 3, 3, 3, 3, 2, 3), 59, "Prototype"),
        ((3,) * 8, 60, "Good foundations"),
        ((4, 4, 4, 4, 4, 4, 3, 4), 79, "Good foundations"),
        ((4,) * 8, 80, "Production-grade"),
        ((5,) * 8, 100, "Production-grade"),
        # The fraud model of the page: 12 + 9 + 12 + 9 + 6 + 6 + 3 + 4.
        ((4, 3, 4, 3, 3, 2, 3, 2), 61, "Good foundations"),
        # A rating below 3 bars the top band, however high the total is: 100 - 15 and 100 - 3.
        ((5, 5, 5, 5, 5, 0, 5, 5), 85, "Good foundations"),
        ((5, 5, 5, 5, 5, 5, 2, 5), 97, "Good foundations"),
        ((5, 5, 5, 5, 5, 5, 3, 5), 98, "Production-grade"),
    ],
)
def test_system_quality_weighs_eight_ratings(ratings: tuple[int, ...], total: float, band: str) -> None:
    score = rate(load_rubric("ml-system-quality"), dict(zip(SYSTEM, ratings, strict=True)))
    assert (score.status, score.total, score.band and score.band.label) == ("scored", total, band)


def test_no_monitoring_bars_production_use_and_says_so() -> None:
    score = rate(load_rubric("ml-system-quality"), dict(zip(SYSTEM, (5, 5, 5, 5, 5, 0, 5, 5), strict=True)))
    assert [(b.dimension, b.minimum, b.meaning) for b in score.broken] == [
        ("monitoring", 3, "Bars the top band, whatever the total."),
        ("monitoring", 1, "Bars production use, whatever the total."),
    ]


def sections(**sums: float) -> dict[str, float]:
    """Ratings of the 28 tests that give each section its sum, one point a test as long as it lasts."""
    found: dict[str, float] = {}
    for dimension in load_rubric("ml-test-score").dimensions:
        found[dimension.name] = min(1.0, sums[dimension.group])
        sums[dimension.group] -= found[dimension.name]
    return found


@pytest.mark.parametrize(
    ("sums", "total", "band"),
    [
        ((7, 7, 7, 0), 0, "Research project"),
        ((0.5, 7, 7, 7), 0.5, "Some tests"),
        ((7, 1, 7, 7), 1, "Some tests"),
        # The worked example of the page: the smallest, not the mean of 3.1.
        ((4, 4.5, 2.5, 1.5), 1.5, "First pass"),
        ((7, 7, 2, 7), 2, "First pass"),
        ((2.5, 3, 3, 3), 2.5, "Reasonably tested"),
        ((3, 3, 3, 3), 3, "Reasonably tested"),
        ((3.5, 7, 7, 7), 3.5, "Strong"),
        ((5, 7, 7, 7), 5, "Strong"),
        ((7, 7, 7, 5.5), 5.5, "Exceptional"),
        ((7, 7, 7, 7), 7, "Exceptional"),
    ],
)
def test_the_ml_test_score_is_the_smallest_of_four_sections(sums: tuple[float, ...], total: float, band: str) -> None:
    groups = ("data", "model", "infrastructure", "monitoring")
    score = rate(load_rubric("ml-test-score"), sections(**dict(zip(groups, sums, strict=True))))
    assert (score.status, score.total, score.band and score.band.label) == ("scored", total, band)


@pytest.mark.parametrize("name", names("rubrics"))
def test_every_rubrics_own_example_comes_out(name: str) -> None:
    example: Mapping[str, Any] = load("rubrics", name)["example"]
    score = rate(load_rubric(name), example["scores"])
    assert (score.total, score.band and score.band.label) == (example["total"], example["band"])


@pytest.mark.parametrize("name", names("rubrics"))
def test_every_rating_on_the_scale_has_an_anchor_and_every_floor_a_dimension_and_a_band(name: str) -> None:
    rubric = load_rubric(name)
    steps = round((rubric.maximum - rubric.minimum) / rubric.step)
    scale = [rubric.minimum + n * rubric.step for n in range(steps + 1)]
    assert [list(dimension.anchors) for dimension in rubric.dimensions] == [scale] * len(rubric.dimensions)
    for floor in rubric.floors:
        assert set(floor.dimensions) <= {dimension.name for dimension in rubric.dimensions}
        assert floor.band in {"", *(band.label for band in rubric.bands)}
        assert {*floor.applies_if, *floor.waived_if} <= {fact.name for fact in rubric.facts}
