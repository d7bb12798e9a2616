"""A calculation's chart as PNG or SVG; needs matplotlib, which the extra `[calculate]` brings."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.artefacts.calculators.extra import REMEDY
from mlplaybook.server.artefacts.calculators.records import Chart
from mlplaybook.server.artefacts.calculators.show import number

WIDTH, HEIGHT, ROW = 7.2, 4.2, 0.55
# Two colours that differ in lightness too, and a neutral one for limits.
COLOURS = ("#8fa3b8", "#1f6fb4")
LIMIT = "#b3541e"
# Behind a label, so that lines do not strike it through.
PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.0}
# More names than this under bars are turned so that they do not run into each other.
MOST_LEVEL = 6
FORMATS = ("png", "svg")
METADATA: Mapping[str, dict[str, None]] = {"png": {"Software": None}, "svg": {"Creator": None, "Date": None}}


def draw(chart: Chart, ending: str) -> bytes:
    """The picture; the same chart gives the same bytes.

    :raises BadSetting: matplotlib is not installed, or the ending is neither png nor svg.
    """
    if ending not in FORMATS:
        raise BadSetting(f"A plot cannot be written as .{ending}.", "Name a file that ends in .png or .svg.")
    try:
        from matplotlib import rc_context  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadSetting("A plot needs matplotlib.", REMEDY) from error
    height = max(2.2, 1.4 + ROW * len(chart.series)) if chart.kind == "intervals" else HEIGHT
    # Text stays text in SVG, and ids do not depend on chance; a dollar sign is money, not mathematics.
    settings: Any = {"svg.fonttype": "none", "svg.hashsalt": "mlplaybook", "font.size": 11, "text.parse_math": False}
    with rc_context(settings):
        figure = Figure(figsize=(WIDTH, height), layout="constrained", dpi=150)
        axes = figure.add_subplot()
        DRAWERS[chart.kind](axes, chart)
        axes.set_title(chart.title, loc="left", fontsize=12, fontweight="bold")
        axes.spines[["top", "right"]].set_visible(False)
        picture = io.BytesIO()
        figure.savefig(picture, format=ending, metadata=METADATA[ending])
    return picture.getvalue()


def draw_bars(axes: Any, chart: Chart) -> None:  # noqa: ANN401 (of a package that may not be installed)
    """Samples side by side over shared names."""
    names = [str(name) for name in chart.series[0].x]
    width = 0.8 / len(chart.series)
    for place, (series, colour) in enumerate(zip(chart.series, COLOURS, strict=False)):
        shifted = [n - 0.4 + width * (place + 0.5) for n in range(len(names))]
        axes.bar(shifted, series.y, width=width * 0.94, color=colour, label=series.name)
    crowded = len(names) > MOST_LEVEL
    axes.set_xticks(
        range(len(names)), names, rotation=45 if crowded else 0, ha="right" if crowded else "center",
        rotation_mode="anchor" if crowded else "default", fontsize=9 if crowded else 10,
    )  # fmt: skip
    axes.set(xlabel=chart.x_label, ylabel=chart.y_label)
    axes.legend(frameon=False, loc="upper left", ncols=len(chart.series), bbox_to_anchor=(0, 1.0))
    axes.margins(y=0.18)


def draw_lines(axes: Any, chart: Chart) -> None:  # noqa: ANN401 (as draw_bars)
    """Curves, with limits across and marked points."""
    alone = len(chart.series) == 1
    for place, series in enumerate(chart.series):
        colour = COLOURS[1 if alone else place % 2]
        axes.plot(series.x, series.y, color=colour, linewidth=2.2, label=series.name, drawstyle="default")
    for height, words in chart.limits:
        axes.axhline(height, color=LIMIT, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(words, (1, height), xycoords=("axes fraction", "data"), xytext=(0, 4), textcoords="offset points",
                      color=LIMIT, fontsize=10, ha="right")  # fmt: skip
    if len(chart.marks) > 1:
        axes.plot([x for x, _, _ in chart.marks], [y for _, y, _ in chart.marks], color=LIMIT, linewidth=1.6)
    falling = chart.series[0].y[0] > chart.series[0].y[-1]
    for x, y, words in chart.marks:
        axes.plot(x, y, "o", color=LIMIT, markersize=7, zorder=5)
        axes.annotate(
            words, (x, y), xytext=(9, 8 if falling else -14), textcoords="offset points", fontsize=10, bbox=PAPER
        )
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.set(xlabel=chart.x_label, ylabel=chart.y_label)
    if chart.y_label.endswith("%"):
        axes.set_ylim(0, 105)
    if not alone:
        axes.legend(frameon=False, loc="upper left")


def draw_intervals(axes: Any, chart: Chart) -> None:  # noqa: ANN401 (as draw_bars)
    """One line an estimate, with its interval and its numbers, the first on top."""
    names = [str(series.x[0]) for series in chart.series]
    for place, series in enumerate(chart.series):
        row = len(names) - 1 - place
        low, high, middle = series.low[0], series.high[0], series.y[0]
        colour = COLOURS[1] if place == 0 else COLOURS[0]
        axes.plot([low, high], [row, row], color=colour, linewidth=3, solid_capstyle="butt")
        axes.plot(middle, row, "o", color=colour, markersize=8)
        words = number(middle) if low == high else f"{number(low)} – {number(middle)} – {number(high)}"
        axes.annotate(
            words, (middle, row), xytext=(0, 9), textcoords="offset points", ha="center", fontsize=9, bbox=PAPER
        )
    for limit, words in chart.limits:
        axes.axvline(limit, color=LIMIT, linewidth=1, linestyle=(0, (4, 3)))
        axes.annotate(words, (limit, 0), xycoords=("data", "axes fraction"), xytext=(4, 4), textcoords="offset points",
                      color=LIMIT, fontsize=10)  # fmt: skip
    axes.set_yticks(range(len(names)), names[::-1])
    axes.set(xlabel=chart.x_label, ylim=(-0.6, len(names) - 0.3))
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)


DRAWERS: Mapping[str, Callable[[Any, Chart], None]] = {
    "bars": draw_bars,
    "lines": draw_lines,
    "intervals": draw_intervals,
}
