"""Metrics and groups out of sentences and tables."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.filling.pairs import metrics_in, slices_in


@pytest.mark.parametrize(
    ("words", "metrics"),
    [
        ("On it recall was 0.81 and precision 0.4.", {"recall": 0.81, "precision": 0.4}),
        ("recall 0.50, precision 0.11", {"recall": "0.50", "precision": 0.11}),
        (
            "mean absolute error 3.1 units, days short 1.2 %",
            {"mean_absolute_error": "3.1 units", "days_short": "1.2 %"},
        ),
        ("The vendor reports an AUC of 0.99.", {}),
        ("Tested on 90,000 rows", {}),
    ],
)
def test_a_metric_is_a_name_with_one_number(words: str, metrics: dict[str, object]) -> None:
    assert metrics_in([words]) == metrics


@pytest.mark.parametrize(
    ("words", "slices"),
    [
        ("0.66 on dry roads (1,700 trips) and 0.49 under rain (900 trips)", {"dry roads": 0.66, "rain": 0.49}),
        ("| night shift | 210 | 69% |", {"night shift": "69%"}),
        ("typed letters: 94 per cent (88 letters)", {"typed letters": "94 per cent"}),
    ],
)
def test_a_slice_is_a_group_with_its_number(words: str, slices: dict[str, object]) -> None:
    assert slices_in([words]) == slices
