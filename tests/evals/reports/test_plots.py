"""Plots are well-formed SVG that says its numbers in words."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

from mlplaybook.evals.abstention import Point
from mlplaybook.evals.gate.gate import Verdict
from mlplaybook.evals.reports.curves import (
    Bin,
    Histogram,
    calibration_error,
    histogram,
    reliability,
    risk_points,
)
from mlplaybook.evals.reports.plots import draw_histogram, draw_interval, draw_reliability, draw_risk, draw_split
from tests.evals.reports.worlds import GOOD, LOST, QUESTIONS, WORSE, report

NOW, WAS = report(WORSE).last.scores, report(GOOD).last.scores


def titles(svg: str) -> list[str]:
    return [title.text or "" for title in Tree.fromstring(svg).iter("title")]


def test_risk_grows_to_the_share_of_all_that_are_wrong() -> None:
    points = risk_points(NOW)
    assert (points[0].coverage, points[0].risk) == (10 / (QUESTIONS + 1), 0.0)
    assert points[-1] == Point(0.1, 1.0, (LOST + 1) / (QUESTIONS + 1))


def test_reliability_sets_how_sure_beside_how_often_right() -> None:
    bins = reliability(NOW)
    assert bins == (Bin(0.1, 0.0, 1), Bin(0.3, 0.0, LOST), Bin(0.9, 1.0, QUESTIONS - LOST))
    assert abs(calibration_error(bins) - (0.1 + 0.3 * LOST + 0.1 * (QUESTIONS - LOST)) / (QUESTIONS + 1)) < 1e-9


def test_a_histogram_counts_what_is_beyond_its_ends_in_the_last_steps() -> None:
    assert histogram([-1.0, 0.5, 2.0], steps=2).counts == (1, 2)


def test_the_dot_stands_where_answering_stops() -> None:
    svg = draw_risk(risk_points(NOW), risk_points(WAS), 0.5)
    assert titles(svg) == ["answered from 0.90: 79% of the questions, 0.0% wrong"]
    assert (
        Tree.fromstring(svg).get("aria-label", "").startswith("Risk-coverage: of all questions answered, 21% are wrong")
    )


def test_every_plot_is_an_image_with_words() -> None:
    drawn = (
        draw_reliability(reliability(NOW), ()),
        draw_split(Histogram(0, 1, (1, 2)), Histogram(0, 1, (0, 0))),
        draw_histogram(Histogram(0, 1, (1, 2)), None),
        draw_interval(Verdict("a/b", 0.5, 10, 0, 0, delta=-0.1, low=-0.2, high=0.0), 0.2, 0.02),
    )
    assert all(Tree.fromstring(svg).get("role") == "img" and Tree.fromstring(svg).get("aria-label") for svg in drawn)


def test_a_metric_without_a_change_has_no_interval() -> None:
    assert draw_interval(Verdict("a/b", 0.5, 10, 0, 0), 0.2, 0.02) == ""
    nothing = float("nan")
    assert draw_interval(Verdict("a/b", 0.5, 10, 0, 0, delta=nothing, low=nothing, high=nothing), 0.2, 0.02) == ""


def test_an_interval_beyond_its_scale_stays_on_the_canvas() -> None:
    svg = Tree.fromstring(draw_interval(Verdict("a/b", 0.5, 10, 0, 0, delta=-9, low=-10, high=-8), 0.2, 0.02))
    places = [float(line.get(end, "")) for line in svg.iter("line") for end in ("x1", "x2")]
    assert 0 <= min(places) <= max(places) <= float(svg.get("width", ""))
