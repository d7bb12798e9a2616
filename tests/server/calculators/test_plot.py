"""Pictures: the kinds, their words, and the same bytes every time."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.artefacts.calculators.plot import draw
from mlplaybook.server.artefacts.calculators.registry import calculate

MADE = {
    "psi": calculate("psi", {"reference": [200] * 5, "current": [100, 150, 200, 250, 300]}),
    "many bins": calculate("psi", {"reference": [20] * 12, "current": [*range(10, 22)]}),
    "ks": calculate("ks-test", {"reference_values": [*range(40)], "current_values": [*range(10, 50)]}),
    "power": calculate("ab-sample-size", {"baseline": "4%", "lift": "5%"}),
    "effect": calculate("mde", {"users": 20_000, "baseline": "4%"}),
    "interval": calculate("confidence-interval", {"rate": "90%", "rows": 100, "method": "exact"}),
    "impact": calculate("disparate-impact", {"groups": "A$:1460/2000,$B:574/1000"}),
}
WORDS = {
    "psi": {"PSI 0.135: shares by bin", "reference", "current", "share of rows, %"},
    "many bins": {"bin, and its part of PSI"},
    "ks": {"KS distance 0.250", "D = 0.250", "rows up to this value, %"},
    "power": {"Power for an effect of 0.2 points", "154,302 users: 80%", "80% wanted", "users in control"},
    "effect": {"20,000 users: 0.5672 points"},
    "interval": {"exact (Clopper-Pearson)", "Wilson", "textbook ±", "0.8256 – 0.9 – 0.9448"},
    "impact": {"$B (n = 1,000)", "four fifths", "rate / rate of A$"},
}


@pytest.mark.parametrize("name", sorted(MADE))
def test_a_picture_says_what_was_calculated(name: str) -> None:
    chart = MADE[name].chart
    assert chart is not None
    picture = draw(chart, "svg")
    text = {node.text for node in ET.fromstring(picture.decode()).iter() if node.tag.endswith("}text")}
    assert text >= WORDS[name]
    assert draw(chart, "svg") == picture


def test_a_png_is_a_png_of_the_same_bytes() -> None:
    chart = MADE["psi"].chart
    assert chart is not None
    assert draw(chart, "png").startswith(b"\x89PNG")
    assert draw(chart, "png") == draw(chart, "png")


def test_another_ending_is_refused() -> None:
    chart = MADE["psi"].chart
    assert chart is not None
    with pytest.raises(BadSetting, match=r"cannot be written as \.pdf"):
        draw(chart, "pdf")
