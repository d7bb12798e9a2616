"""Plots of the kept results: small SVG files whose bytes depend on the figures alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from benchmarks.peers.environments import OURS
from benchmarks.report.results import Record, Results

WIDTH, HEIGHT = 8.0, 4.2
# The product stands out; the others are told apart by lightness too.
OURS_COLOUR = "#1f6fb4"
OTHER_COLOURS = ("#4d4d4d", "#7f7f7f", "#a6a6a6", "#cccccc")
DARK = (OURS_COLOUR, "#4d4d4d", "#7f7f7f")
LABEL = {"textcoords": "offset points", "ha": "center", "fontsize": 9}
STAGE_COLOURS = ("#d9822b", "#2e8b57", "#8e5bb0", "#b5495b", "#5c7a99", "#999999")
# Text stays text, and ids do not depend on chance: the same results give the same bytes.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "mlplaybook", "font.size": 12, "axes.axisbelow": True}


def draw_all(results: Results, folder: Path) -> list[Path]:
    """Write the plots that there are results for; returns the files."""
    plots: dict[str, Callable[[Figure], None]] = {}
    if results.peers:
        plots["bench-quality.svg"] = lambda figure: draw_quality(figure, results.peers)
        plots["bench-latency.svg"] = lambda figure: draw_latency(figure, results.peers)
    if results.scale is not None:
        scale = results.scale
        plots["bench-scale-latency.svg"] = lambda figure: draw_growth(figure, scale)
        plots["bench-scale-build.svg"] = lambda figure: draw_build(figure, scale)
    folder.mkdir(parents=True, exist_ok=True)
    return [write_plot(folder / name, draw) for name, draw in plots.items()]


def write_plot(path: Path, draw: Callable[[Figure], None]) -> Path:
    """One figure as SVG."""
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        draw(figure)
        for axes in figure.axes:
            axes.spines[["top", "right"]].set_visible(False)
        FigureCanvasSVG(figure).print_svg(path, metadata={"Creator": None, "Date": None})
    return path


def draw_quality(figure: Figure, peers: Mapping[str, Record]) -> None:
    """nDCG@10: a group a dataset, a bar a system."""
    axes = figure.add_subplot()
    bars(axes, peers, "ndcg10", lambda value: f"{value:.2f}")
    axes.set(ylabel="nDCG@10", ylim=(0, 1))
    finish_bars(figure, axes)


def draw_latency(figure: Figure, peers: Mapping[str, Record]) -> None:
    """Median milliseconds a question with a line up to the 95th percentile, on a logarithmic axis from 1 ms."""
    axes = figure.add_subplot()
    axes.set_yscale("log")
    bars(axes, peers, "p50_ms", lambda value: f"{value:.0f}", upper="p95_ms")
    axes.set(ylabel="ms a question: p50, line to p95")
    axes.set_ylim(bottom=1)
    plain_log(axes)
    finish_bars(figure, axes)


def bars(axes: Axes, peers: Mapping[str, Record], field: str, show: Callable[[float], str], upper: str = "") -> None:
    """Grouped bars of one figure, its value on top; where a line leads up to `upper`, that one's, and its own at the foot."""
    systems = list(dict.fromkeys(name for record in peers.values() for name in record["dataset"]["systems"]))
    width = 0.8 / len(systems)
    for place, (system, colour) in enumerate(zip(systems, colours(systems), strict=True)):
        found = [
            (group, record["dataset"]["systems"][system]["figures"])
            for group, record in enumerate(peers.values())
            if system in record["dataset"]["systems"]
        ]
        xs = [group + (place - (len(systems) - 1) / 2) * width for group, _ in found]
        heights = [figures[field] for _, figures in found]
        axes.bar(xs, heights, width * 0.92, color=colour, label=system)
        if upper:
            axes.vlines(xs, heights, [figures[upper] for _, figures in found], color=colour, linewidth=2)
        for x, (_, figures) in zip(xs, found, strict=True):
            top = figures[upper or field]
            axes.annotate(show(top), (x, top), (0, 2), **LABEL)
            if upper:
                ink = "white" if colour in DARK else "black"
                axes.annotate(show(figures[field]), (x, 1), (0, 3), color=ink, **LABEL)
    axes.set_xticks(range(len(peers)), list(peers))


def colours(systems: Sequence[str]) -> list[str]:
    """A colour a system."""
    others = iter(OTHER_COLOURS * len(systems))
    return [OURS_COLOUR if system == OURS else next(others) for system in systems]


def finish_bars(figure: Figure, axes: Axes) -> None:
    """No ticks under groups, and the legend above the plot."""
    axes.tick_params(axis="x", length=0)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=5, frameon=False, fontsize=11)


def draw_growth(figure: Figure, scale: Record) -> None:
    """p50 and p95 by chunks, and what the stages take of it, on two logarithmic axes."""
    axes = figure.add_subplot()
    chunks, asked = chunks_of(scale), [one["ask"] for one in scale["sizes"]]
    for field, label, style in (("p95_ms", "p95", "--"), ("p50_ms", "p50", "-")):
        values = [one[field] for one in asked]
        axes.plot(chunks, values, style, marker="o", color=OURS_COLOUR, linewidth=2.5, label=label)
    for stage, colour in zip(asked[-1]["stages_ms"], STAGE_COLOURS, strict=False):
        axes.plot(chunks, [one["stages_ms"].get(stage) for one in asked], marker=".", color=colour, label=stage)
    axes.set(xlabel="chunks", ylabel="ms a question")
    finish_lines(axes, chunks)


def draw_build(figure: Figure, scale: Record) -> None:
    """Seconds of ingest, megabytes of index and of memory by chunks, on two logarithmic axes."""
    axes = figure.add_subplot()
    chunks, sizes = chunks_of(scale), scale["sizes"]
    lines = {
        "ingest, s": [one["build"]["seconds"] for one in sizes],
        "index on disk, MB": [sum(one["build"]["disk_mb"].values()) for one in sizes],
        "peak of ingest, MB": [one["build"]["peak_mb"] for one in sizes],
        "peak of search, MB": [one["ask"]["peak_mb"] for one in sizes],
    }
    for (label, values), colour in zip(lines.items(), (OURS_COLOUR, *STAGE_COLOURS), strict=False):
        axes.plot(chunks, values, marker="o", color=colour, linewidth=2, label=label)
    axes.set(xlabel="chunks", ylabel="seconds, MB")
    finish_lines(axes, chunks)


def finish_lines(axes: Axes, chunks: Sequence[int]) -> None:
    """Logarithmic axes with plain numbers, a light grid, the legend beside the plot."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(chunks, [f"{count:,}" for count in chunks])
    plain_log(axes)
    axes.grid(axis="x", color="#dddddd")
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=11)


def plain_log(axes: Axes) -> None:
    """A logarithmic y axis with its numbers written out, and a light line at each."""
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:,g}")
    axes.grid(axis="y", color="#dddddd")


def chunks_of(scale: Record) -> list[int]:
    """How many chunks each size has."""
    return [one["build"]["chunks"] for one in scale["sizes"]]
