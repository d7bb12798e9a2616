"""Decent documents of many domains have no errors, whatever form they are in; false alarms are worse than misses."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.server.artefacts.checking.check import examine

FOLDER = Path(__file__).parent / "decent"
EXPECTED = {
    "README.md": ("model-card", 2),
    "ab-checkout.yaml": ("ab-test-plan", 0),
    "alerts-fraud.yaml": ("alert-rules", 0),
    "brief-spam-calls.json": ("problem-brief", 0),
    "brief-ward-beds.yaml": ("problem-brief", 0),
    "card-chest-xray.yaml": ("model-card", 0),
    "costs-translation.yaml": ("cost-sheet", 0),
    "dataset-speech.yaml": ("dataset-card", 0),
    "evaluation-parcel-3.2.0.md": ("evaluation-report", 0),
    "experiment-yield.yaml": ("experiment-record", 0),
    "monitoring-shop.yaml": ("monitoring-config", 0),
    "rag-law.yaml": ("rag-pipeline", 0),
    "registry-churn.yaml": ("registry-record", 0),
    "requirements-credit.yaml": ("model-requirements", 0),
    "retraining-energy.yaml": ("retraining-pipeline", 0),
    "serving-llm.yaml": ("serving-config", 0),
}


def test_every_document_of_the_folder_is_expected() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_decent_document_has_no_errors_and_few_warnings(name: str) -> None:
    template, warnings = EXPECTED[name]
    checked = examine((FOLDER / name).read_text("utf-8"), file=name)
    assert checked.template == template
    assert [finding for finding in checked.findings if finding.severity == "error"] == []
    assert [finding for finding in checked.findings if finding.severity == "warning"][warnings:] == []
