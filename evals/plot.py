"""The risk-coverage curve as a small SVG file; needs the extra `[evals]`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.evals.abstention import Point
from mlplaybook.ingest.errors import BadSetting

WIDTH, HEIGHT = 6.4, 4.0
COLOURS = ("#1f6fb4", "#8a8a8a")
# Of fewer answers, the share of wrong ones says nothing.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve and the probability from which a question is answered."""

    name: str
    points: Sequence[Point]
    threshold: float


def draw_risk_coverage(path: Path, curves: Sequence[Curve]) -> None:
    """Write the curves from their tenth question on, with a dot where the threshold is.

    :raises BadSetting: matplotlib is not installed, or the file has another ending.
    """
    if path.suffix.lower() != ".svg":
        raise BadSetting(f"--plot writes SVG, and {path.name} ends otherwise.", "Name a file that ends in .svg.")
    try:
        from matplotlib import rc_context  # noqa: PLC0415
        from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadSetting("--plot needs matplotlib.", "Run: pip install 'mlplaybook[evals]'") from error
    # Text stays text, and ids do not depend on chance: the same curve gives the same bytes.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "mlplaybook", "font.size": 12}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        for place, (curve, colour) in enumerate(zip(curves, COLOURS, strict=False)):
            drawn = curve.points[FEWEST - 1 :] or curve.points
            label = f"{curve.name}; answered from {curve.threshold:.2f}"
            places = [(100 * point.coverage, 100 * point.risk) for point in drawn]
            axes.plot(*zip(*places, strict=True), color=colour, linewidth=2, label=label, zorder=3 - place)
            marked = threshold_point(curve)
            if marked:
                axes.plot(100 * marked.coverage, 100 * marked.risk, "o", color=colour, markersize=9, zorder=3 - place)
        axes.set(xlabel="questions answered, %", ylabel="of these wrong, %", xlim=(0, 101), ylim=(0, None))
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper left")
        path.parent.mkdir(parents=True, exist_ok=True)
        FigureCanvasSVG(figure).print_svg(path, metadata={"Creator": None, "Date": None})  # type: ignore[no-untyped-call]


def threshold_point(curve: Curve) -> Point | None:
    """The point of the last question that is still answered, None where none is.

    >>> threshold_point(Curve("a", [Point(0.9, 0.5, 0.0), Point(0.2, 1.0, 0.5)], 0.5))
    Point(threshold=0.9, coverage=0.5, risk=0.0)
    """
    return next((point for point in reversed(curve.points) if point.threshold >= curve.threshold), None)
