"""Plots as inline SVG: colours come from the page's style, so they follow its theme; every point says its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from mlplaybook.evals.abstention import Point
from mlplaybook.evals.gate.gate import Verdict
from mlplaybook.evals.reports.curves import Bin, Histogram, calibration_error

WIDTH, HEIGHT = 420, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 20, 12, 40
SPARK_WIDTH, SPARK_HEIGHT = 132, 20
SMALL_WIDTH, SMALL_HEIGHT = 180, 64
NOW, WAS = "now", "was"


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale with its name and the values that are written beside it."""

    name: str
    high: float
    ticks: tuple[float, ...]


SHARE = (0.0, 0.25, 0.5, 0.75, 1.0)


def draw_risk(now: Sequence[Point], was: Sequence[Point], threshold: float | None) -> str:
    """Risk against coverage, with a dot where answering stops."""
    high = ceiling([point.risk for point in (*now, *was)])
    ticks = tuple(high * part for part in (0.0, 0.5, 1.0))
    plot = canvas(
        Axis("questions answered", 1.0, SHARE),
        Axis("of these wrong", high, ticks),
        f"Risk-coverage: of all questions answered, {now[-1].risk:.0%} are wrong; of the surest half, {half(now):.0%}.",
    )
    for kind, points in ((WAS, was), (NOW, now)):
        if points:
            line(plot, kind, [(point.coverage, point.risk / high) for point in points])
    stops = [point for point in now if threshold is not None and point.threshold >= threshold]
    if stops:
        last = stops[-1]
        text = f"answered from {last.threshold:.2f}: {last.coverage:.0%} of the questions, {last.risk:.1%} wrong"
        dot(plot, NOW, last.coverage, last.risk / high, 5, text)
    return text_of(plot)


def half(points: Sequence[Point]) -> float:
    """The risk of the surest half."""
    return next((point.risk for point in points if point.coverage >= 0.5), points[-1].risk)


def draw_reliability(now: Sequence[Bin], was: Sequence[Bin]) -> str:
    """How often an answer is right against how sure it is; on the diagonal they agree, a larger dot stands for more cases."""
    plot = canvas(
        Axis("how sure", 1.0, SHARE),
        Axis("how often right", 1.0, (0.0, 0.5, 1.0)),
        f"Reliability: on average {calibration_error(now):.3f} between sure and right.",
    )
    line(plot, "ideal", [(0.0, 0.0), (1.0, 1.0)])
    most = max((one.cases for one in (*now, *was)), default=1)
    for kind, bins in ((WAS, was), (NOW, now)):
        line(plot, kind, [(one.sure, one.right) for one in bins])
        for one in bins:
            size = 3 + 5 * (one.cases / most) ** 0.5
            dot(plot, kind, one.sure, one.right, size, f"sure {one.sure:.2f}, right {one.right:.2f}, {one.cases} cases")
    return text_of(plot)


def draw_split(good: Histogram, bad: Histogram) -> str:
    """Two histograms on one scale, one upwards and one downwards: what should be apart."""
    most = max((*good.counts, *bad.counts, 1))
    plot = canvas(
        Axis("probability", 1.0, SHARE),
        Axis("questions", 1.0, ()),
        f"Probabilities of {sum(good.counts)} covered questions above, of {sum(bad.counts)} others below.",
    )
    for histogram, kind, side in ((good, "good", 1), (bad, "bad", -1)):
        step = 1 / len(histogram.counts)
        for place, count in enumerate(histogram.counts):
            tall = 0.5 * count / most
            x, y = across(place * step + 0.006), down(0.5 + tall if side > 0 else 0.5)
            size = {"width": f"{(step - 0.012) * (WIDTH - LEFT - RIGHT):.1f}", "height": f"{tall * inner():.1f}"}
            bar = Tree.SubElement(plot, "rect", {"class": kind, "x": f"{x:.1f}", "y": f"{y:.1f}", **size})
            Tree.SubElement(bar, "title").text = f"{place * step:.2f} to {(place + 1) * step:.2f}: {count} questions"
    return text_of(plot)


def draw_histogram(now: Histogram, was: Histogram | None) -> str:
    """Small bars, with the outline of what they were."""
    most = max((*now.counts, *(was.counts if was else ()), 1))
    name = f"{sum(now.counts)} scores from {now.low:g} to {now.high:g}: {', '.join(map(str, now.counts))}"
    root = svg(SMALL_WIDTH, SMALL_HEIGHT, name)
    step = SMALL_WIDTH / len(now.counts)
    for place, count in enumerate(now.counts):
        tall = (SMALL_HEIGHT - 2) * count / most
        at = {"x": f"{place * step + 1:.1f}", "y": f"{SMALL_HEIGHT - tall:.1f}"}
        bar = Tree.SubElement(root, "rect", {"class": NOW, **at, "width": f"{step - 2:.1f}", "height": f"{tall:.1f}"})
        before = f", {was.counts[place]} before" if was else ""
        Tree.SubElement(bar, "title").text = f"{count} cases{before}"
    if was:
        tops = [SMALL_HEIGHT - (SMALL_HEIGHT - 2) * count / most for count in was.counts]
        steps = " ".join(f"{place * step:.1f},{y:.1f} {(place + 1) * step:.1f},{y:.1f}" for place, y in enumerate(tops))
        Tree.SubElement(root, "polyline", {"class": WAS, "points": steps})
    return text_of(root)


def draw_interval(verdict: Verdict, reach: float, allowed: float) -> str:
    """A change with its interval around nothing; the shaded part is what the gate lets pass. Empty without a change."""
    if verdict.delta is None or verdict.low is None or verdict.high is None or math.isnan(verdict.low + verdict.high):
        return ""
    root = svg(SPARK_WIDTH, SPARK_HEIGHT, f"{verdict.delta:+.3f}, between {verdict.low:+.3f} and {verdict.high:+.3f}")

    def place(value: float) -> float:
        return round(SPARK_WIDTH / 2 * (1 + max(-1.0, min(1.0, value / reach)) * 0.96), 1)

    ends = sorted((place(0.0), place(-allowed)))
    shaded = {"x": f"{ends[0]}", "width": f"{max(ends[1] - ends[0], 1):.1f}", "y": "2", "height": f"{SPARK_HEIGHT - 4}"}
    Tree.SubElement(root, "rect", {"class": "allowed", **shaded})
    middle = SPARK_HEIGHT / 2
    segment(root, "zero", place(0.0), 1, place(0.0), SPARK_HEIGHT - 1)
    segment(root, verdict.outcome, place(verdict.low), middle, place(verdict.high), middle)
    Tree.SubElement(
        root, "circle", {"class": verdict.outcome, "cx": f"{place(verdict.delta)}", "cy": f"{middle}", "r": "4"}
    )
    return text_of(root)


def canvas(x: Axis, y: Axis, name: str) -> Tree.Element:
    """An empty plot with its axes."""
    root = svg(WIDTH, HEIGHT, name)
    for tick in y.ticks:
        height = down(tick / y.high)
        segment(root, "grid", LEFT, height, WIDTH - RIGHT, height)
        label(root, f"{tick:.0%}", LEFT - 6, height + 4, "end")
    for tick in x.ticks:
        label(root, f"{tick:.0%}", across(tick / x.high), HEIGHT - BOTTOM + 16, "middle")
    segment(root, "axis", LEFT, down(0), WIDTH - RIGHT, down(0))
    label(root, x.name, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "middle")
    turned = label(root, y.name, 0, 0, "middle")
    turned.set("transform", f"translate(11 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)")
    return root


def svg(width: int, height: int, name: str) -> Tree.Element:
    """The root, which says in words what is drawn."""
    size = {"viewBox": f"0 0 {width} {height}", "width": f"{width}", "height": f"{height}"}
    return Tree.Element("svg", {**size, "role": "img", "aria-label": name})


def line(root: Tree.Element, kind: str, points: Sequence[tuple[float, float]]) -> None:
    """A line through points between 0 and 1."""
    places = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in points)
    Tree.SubElement(root, "polyline", {"class": kind, "points": places})


def dot(root: Tree.Element, kind: str, x: float, y: float, size: float, said: str) -> None:
    """A dot with its numbers."""
    place = {"cx": f"{across(x):.1f}", "cy": f"{down(y):.1f}", "r": f"{size:.1f}"}
    Tree.SubElement(Tree.SubElement(root, "circle", {"class": kind, **place}), "title").text = said


def segment(root: Tree.Element, kind: str, x1: float, y1: float, x2: float, y2: float) -> None:
    """A straight line between places on the canvas."""
    ends = {"x1": f"{x1:g}", "y1": f"{y1:g}", "x2": f"{x2:g}", "y2": f"{y2:g}"}
    Tree.SubElement(root, "line", {"class": kind, **ends})


def label(root: Tree.Element, text: str, x: float, y: float, anchor: str) -> Tree.Element:
    """Words on the canvas."""
    made = Tree.SubElement(root, "text", {"x": f"{x:g}", "y": f"{y:g}", "text-anchor": anchor})
    made.text = text
    return made


def across(share: float) -> float:
    """Where a share of the width is."""
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def down(share: float) -> float:
    """Where a share of the height is, from below."""
    return TOP + (1 - share) * inner()


def inner() -> float:
    """The height between the axes."""
    return HEIGHT - TOP - BOTTOM


def ceiling(values: Sequence[float]) -> float:
    """The next tenth above all values.

    >>> ceiling([0.34, 0.1])
    0.4
    """
    return max(0.1, -(-max(values, default=0.1) * 10 // 1) / 10)


def text_of(root: Tree.Element) -> str:
    """The SVG as text."""
    return Tree.tostring(root, encoding="unicode")
