"""The template of a document: named, by its trailer, root key or file name, or by most of its fields."""

from __future__ import annotations

import json

import pytest

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.checking.check import examine


def found(text: str, template: str = "", file: str = "") -> tuple[str, str]:
    checked = examine(text, template, file)
    return checked.template, checked.reason


def test_the_one_that_is_named_wins() -> None:
    assert found("model_card: {version: 1}", "problem-brief") == ("problem-brief", "named by --template")


@pytest.mark.parametrize(
    ("text", "file", "template", "reason"),
    [
        ("problem_brief: {}", "", "problem-brief", "its root key is problem_brief"),
        ("alerts: []", "x.yaml", "alert-rules", "its root key is alerts"),
        ("evaluation_report: {model: a}", "", "evaluation-report", "its root key is evaluation_report"),
        ("FROM python:3.12\nUSER app\n", "Dockerfile", "serving-dockerfile", "its file name is that of serving-dockerfile"),
        ("a: 1", "EXP-2026-11-20-003.yaml", "experiment-record", "its file name is that of experiment-record"),
        ("x: 1\n# mlplaybook fill 1 cost-sheet yaml: what was written\n# a=-\n", "", "cost-sheet",
         "named by the line that mlplaybook wrote into it"),
        ("---\nlibrary_name: timm\n---\n# Hens\n", "README.md", "model-card",
         "its front matter is that of a model card on the hub"),
    ],
)  # fmt: skip
def test_a_document_may_say_it_itself(text: str, file: str, template: str, reason: str) -> None:
    assert found(text, file=file) == (template, reason)


def test_a_fill_record_says_it_itself_and_gives_its_values() -> None:
    fields = {
        "ml_costs.currency": {"value": "$", "status": "filled"},
        "ml_costs.prices_as_of": {"value": None, "status": "missing"},
    }
    checked = examine(json.dumps({"template": "cost-sheet", "fields": fields}))
    assert (checked.template, checked.reason, checked.filled) == ("cost-sheet", "named by the fill record", 1)
    assert "currency-is-no-code" in {finding.rule for finding in checked.findings}


def test_else_the_keys_decide_and_the_next_best_is_said() -> None:
    text = "business_objective: a\nsuccess_metric: b\nbaseline: c\nprediction_target: d\nkill_criteria: [e]\n"
    template, reason = found(text)
    assert template == "problem-brief"
    assert reason.startswith("5 of its 11 fields occur in the document; next is ")


def test_a_document_of_another_kind_has_no_template() -> None:
    with pytest.raises(BadDocument, match="No template fits the document"):
        examine("services: {web: {image: nginx}}")
