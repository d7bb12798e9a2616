"""Figures of prompt versions, by hand."""

from __future__ import annotations

from mlplaybook.prompts.figures import Figures, figures


def row(prompt: str, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "prompt": prompt, "status": "answered", "statements": 3, "removed": 1, "prompt_tokens": 1000, "completion_tokens": 100,
        "usd": 0.01, "ms": 2000.0, "cached": False,
    }  # fmt: skip
    return {**made, **changes}


def test_each_version_has_its_own_figures() -> None:
    rows = [
        row("answer@2#b", usd=None, ms=500.0),
        row("answer@1#a"),
        row("answer@1#a", status="abstained", statements=0, removed=2, completion_tokens=20, usd=0.005, ms=1000.0),
        row("answer@1#a", statements=6, removed=0, ms=9000.0),
        row("answer@1#a", cached=True, ms=1.0),
        row("answer@1#a", mode="extractive", statements=9),
        row(""),
    ]
    assert figures(rows) == {
        "answer@1#a": Figures(3, 3.0, 0.25, 1 / 3, 3220 / 3, 0.025, 2000.0),
        "answer@2#b": Figures(1, 3.0, 0.25, 0.0, 1100.0, None, 500.0),
    }


def test_nothing_stated_means_nothing_removed() -> None:
    assert figures([row("answer@1#a", statements=0, removed=0)])["answer@1#a"].removed == 0.0
    assert figures([]) == {}
