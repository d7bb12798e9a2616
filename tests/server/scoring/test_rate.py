"""What ratings come to, whole and in part."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.artefacts.library import load, names
from mlplaybook.server.artefacts.score import band as plain_band
from mlplaybook.server.artefacts.score import total as plain_total
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.records import NextStep, Rated, Rubric
from mlplaybook.server.artefacts.scoring.rubrics import create_rubric, load_rubric

FRAUD = {
    "problem_framing": 4, "data_quality": 3, "experiment_rigour": 4, "model_performance": 3, "deployment": 3,
    "monitoring": 2, "documentation": 3, "cost_efficiency": 2,
}  # fmt: skip


def small(aggregate: str = "sum", **more: Any) -> Rubric:
    """Three dimensions of weights 2, 1, 1 rated 0 to 4 by 1, of which the last is a group of its own."""
    anchors = {str(n): f"anchor {n}" for n in range(5)}
    dimensions = [
        {
            "name": name, "title": name.title(), "question": f"{name}?", "weight": weight, "group": group,
            "anchors": anchors, "section": f"page#{name}",
            "actions": [{"text": f"raise {name}", "section": "page#do"}, {"text": f"raise {name} more", "section": "page#more"}],
        }
        for name, weight, group in (("first", 2, "x"), ("second", 1, "x"), ("third", 1, "y"))
    ]  # fmt: skip
    bands = [
        {"from": 0, "label": "low", "meaning": "It is low."},
        {"from": 6, "label": "high", "meaning": "It is high."},
    ]
    return create_rubric(
        {"id": "small", "title": "Small", "description": "A small rubric.", "page": "page", "aggregate": aggregate,
         "scale": {"minimum": 0, "maximum": 4, "step": 1}, "dimensions": dimensions, "bands": bands, **more}
    )  # fmt: skip


def test_a_sum_is_shown_line_by_line_with_its_evidence() -> None:
    score = rate(small(), {"first": {"score": 4, "evidence": "audit.md"}, "second": 3, "third": "1"})
    assert (score.total, score.maximum, score.band and score.band.label) == (8, 12, "high")
    assert score.arithmetic == ("First: 4 of 4", "Second: 3 of 4", "Third: 1 of 4", "Sum: 4 + 3 + 1 = 8 of 12")
    assert score.ratings[0] == Rated("first", "First", 4, "anchor 4", 4, 4, "page#first", "x", "audit.md")


def test_a_weighted_share_shows_each_product() -> None:
    """(2 x 4 + 1 x 3 + 1 x 1) / (4 x 4) = 75 %."""
    score = rate(small("weighted-percent"), {"first": 4, "second": 3, "third": 1})
    assert score.total == 75
    assert score.arithmetic == (
        "First: 4 × 50 / 4 = 50", "Second: 3 × 25 / 4 = 18.75", "Third: 1 × 25 / 4 = 6.25",
        "Sum: 50 + 18.75 + 6.25 = 75 of 100",
    )  # fmt: skip


def test_the_smallest_group_counts() -> None:
    score = rate(small("minimum-of-group-sums"), {"first": 4, "second": 3, "third": 1})
    assert (score.total, score.maximum) == (1, 4)
    assert score.arithmetic == ("X: 4 + 3 = 7 of 8", "Y: 1 = 1 of 4", "Smallest: min(7, 1) = 1 (y)")
    assert score.weakest == ("third", "second")


def test_what_is_not_rated_leaves_a_range_and_is_asked_for() -> None:
    score = rate(small(), {"first": 4})
    assert (score.status, score.total, score.lowest, score.highest, score.band) == ("partial", None, 4, 12, None)
    assert [band.label for band in score.bands] == ["low", "high"]
    assert [(missing.name, missing.question) for missing in score.missing] == [
        ("second", "second?"),
        ("third", "third?"),
    ]
    assert score.arithmetic == ("First: 4 of 4", "Sum so far: 4 = 4 of 12")


def test_a_band_can_hold_before_everything_is_rated() -> None:
    score = rate(small(), {"first": 4, "second": 3})
    assert (score.status, score.band and score.band.label) == ("partial", "high")


def test_the_weakest_come_first_by_rating_and_then_by_weight() -> None:
    score = rate(small(), {"first": 2, "second": 2, "third": 1})
    assert score.weakest == ("third", "first", "second")
    assert score.next_steps[0] == NextStep("third", 1, "raise third", "page#do", 1)
    assert [step.text for step in score.next_steps] == ["raise third", "raise first", "raise second"]


def test_where_one_dimension_is_left_its_second_action_follows_and_at_the_top_none() -> None:
    assert [step.text for step in rate(small(), {"first": 4, "second": 4, "third": 3}).next_steps] == [
        "raise third", "raise third more",
    ]  # fmt: skip
    assert rate(small(), {"first": 4, "second": 4, "third": 4}).next_steps == ()


def test_a_broken_floor_comes_first_and_lowers_the_band() -> None:
    floor = {"dimensions": ["second"], "minimum": 3, "band": "low", "meaning": "Stop.", "section": "page#floor"}
    score = rate(small(floors=[floor]), {"first": 1, "second": 2, "third": 4})
    assert (score.total, score.band and score.band.label, score.weakest) == (7, "low", ("second", "first"))


def test_a_floor_is_not_asked_about_where_the_band_is_the_same_without_it() -> None:
    floor = {
        "dimensions": ["second"], "minimum": 3, "band": "low", "meaning": "Stop.", "section": "page#floor",
        "applies-if": ["label"],
    }  # fmt: skip
    facts = [{"name": "label", "question": "Is it the label?", "meaning": "As it says."}]
    rubric = small(floors=[floor], facts=facts)
    low = rate(rubric, {"first": 1, "second": 2, "third": 1})
    assert (low.status, low.band and low.band.label, low.missing) == ("scored", "low", ())
    high = rate(rubric, {"first": 4, "second": 2, "third": 1})
    assert (high.status, high.total, [m.name for m in high.missing]) == ("partial", 7, ["label"])


def test_the_next_actions_of_the_worked_example_begin_with_monitoring_and_cost() -> None:
    score = rate(load_rubric("ml-system-quality"), FRAUD)
    assert [(step.dimension, step.gain) for step in score.next_steps] == [
        ("monitoring", 3), ("cost_efficiency", 2), ("data_quality", 3),
    ]  # fmt: skip


def test_ratings_that_do_not_stand_without_evidence_are_said_with_the_total_that_does() -> None:
    """Ratings above 2 count 2: six of them fall to 2, monitoring and cost are 2 already: 40."""
    (note,) = rate(load_rubric("ml-system-quality"), FRAUD).notes
    assert note.startswith("Rated above 2 without evidence: problem_framing, data_quality,")
    assert note.endswith("If there is none, the total is 40.")
    proved = dict.fromkeys(FRAUD, "https://example.org/evidence")
    assert rate(load_rubric("ml-system-quality"), FRAUD, proved).notes == ()


@st.composite
def rated(draw: st.DrawFn) -> tuple[str, dict[str, float], set[str]]:
    """A rubric, a rating for each dimension, and the dimensions that are told."""
    name = draw(st.sampled_from(names("rubrics")))
    rubric = load_rubric(name)
    steps = round((rubric.maximum - rubric.minimum) / rubric.step)
    ratings = {
        dimension.name: rubric.minimum + rubric.step * draw(st.integers(0, steps)) for dimension in rubric.dimensions
    }
    return name, ratings, draw(st.sets(st.sampled_from(sorted(ratings))))


@given(rated(), st.dictionaries(st.sampled_from(["label_source", "slow_outcomes", "small_data_proved"]), st.booleans()))
def test_a_part_never_promises_what_the_whole_does_not_keep(
    case: tuple[str, dict[str, float], set[str]], facts: dict[str, bool]
) -> None:
    name, ratings, told = case
    rubric = load_rubric(name)
    known = {fact: value for fact, value in facts.items() if fact in {entry.name for entry in rubric.facts}}
    part = rate(rubric, {key: ratings[key] for key in told})
    whole = rate(rubric, {**ratings, **known})
    assert whole.total is not None
    assert part.lowest <= whole.total <= part.highest
    assert {band.label for band in whole.bands} <= {band.label for band in part.bands}
    assert whole.total == pytest.approx(plain_total(load("rubrics", name), ratings))
    assert whole.bands[-1].start <= plain_band(load("rubrics", name), whole.total)["from"]
    assert json.loads(json.dumps(dataclasses.asdict(part)))["rubric"] == name
