"""The curve is drawn the same every time, and a worked example of what it shows."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mlplaybook.evals.abstention import Judged, Point, risk_coverage
from mlplaybook.evals.plot import Curve, draw_risk_coverage, threshold_point
from mlplaybook.ingest.errors import BadSetting

JUDGED = (
    Judged("a", "how", True, 0.9),
    Judged("b", "how", True, 0.7, found=False),
    Judged("c", "far", False, 0.2),
    Judged("d", "how", True, 0.6),
)
CURVE = Curve("four", risk_coverage(JUDGED), 0.65)


def test_a_worked_example_of_the_curve() -> None:
    """a is right; b is covered, but nothing relevant is among its first five; d is right; c is not covered."""
    assert CURVE.points == (Point(0.9, 0.25, 0.0), Point(0.7, 0.5, 0.5), Point(0.6, 0.75, 1 / 3), Point(0.2, 1.0, 0.5))
    assert threshold_point(CURVE) == Point(0.7, 0.5, 0.5)
    assert threshold_point(Curve("four", CURVE.points, 0.95)) is None


def test_the_same_curves_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.svg", tmp_path / "new" / "second.svg"
    for path in (first, second):
        draw_risk_coverage(path, [CURVE, Curve("other", CURVE.points[:2], 0.5)])
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text("utf-8")
    assert "dc:date" not in text
    assert {node.text for node in ET.fromstring(text).iter() if node.tag.endswith("}text")} >= {
        "questions answered, %",
        "of these wrong, %",
        "four; answered from 0.65",
        "other; answered from 0.50",
    }


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"curve\.png ends otherwise"):
        draw_risk_coverage(tmp_path / "curve.png", [CURVE])
