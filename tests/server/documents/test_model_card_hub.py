"""The model card of the hub: what huggingface_hub reads is what was measured."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from huggingface_hub import EvalResult, ModelCard
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mlplaybook.ingest.errors import BadName, BadSetting
from mlplaybook.server.artefacts.documents.document import Wanted, create_document
from mlplaybook.server.artefacts.documents.hub_metadata import (
    Metric,
    find_extras,
    metric_type,
    read_extras,
    read_metrics,
)
from mlplaybook.server.artefacts.library import load_template
from tests.server.documents.fills import fill_of

CARD = load_template("model-card")
HUB = {
    "license": "apache-2.0",
    "language": "en",
    "pipeline_tag": "tabular-classification",
    "tags": "health, scheduling",
}
SECTIONS = [
    "Model Card for noshow-call-ranker", "Model Details", "Model Description", "Uses", "Direct Use", "Out-of-Scope Use",
    "Bias, Risks, and Limitations", "Limitations", "Ethical Considerations", "Training Details", "Training Data",
    "Evaluation", "Testing Data, Factors & Metrics", "Testing Data", "Factors", "Results", "All test rows", "By factor",
    "Maintenance", "Model Card Contact",
]  # fmt: skip


def readme(values: dict[str, Any], hub: dict[str, Any] | None = None, earlier: str = "") -> str:
    return create_document(CARD, fill_of(CARD, values), Wanted("hub", hub=hub or {}), earlier, "README.md").text


def headings(text: str) -> list[str]:
    tokens = MarkdownIt().enable("table").parse(text)
    return [tokens[n + 1].content for n, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_hub_reads_every_result_with_its_slice() -> None:
    card = ModelCard(readme(dict(CARD.example), HUB))
    assert (card.data.model_name, card.data.license, card.data.tags) == (
        "noshow-call-ranker",
        "apache-2.0",
        ["health", "scheduling"],
    )
    assert card.data.eval_results[0] == EvalResult(
        task_type="tabular-classification", dataset_type="noshow-test-2026q3", dataset_name="noshow-test-2026q3",
        metric_type="precision", metric_value=0.335, metric_name="Precision at 15% (95% CI 0.302 to 0.368)",
    )  # fmt: skip
    found = {(r.dataset_config, r.metric_type): r.metric_value for r in card.data.eval_results}
    assert found == {
        (None, "precision"): 0.335, (None, "recall"): 0.456, ("no_history", "recall"): 0.304, ("with_history", "recall"): 0.499,
        ("needs_interpreter", "recall"): 0.51, ("age_16_to_25", "recall"): 0.557, ("most_deprived_fifth", "recall"): 0.505,
    }  # fmt: skip


def test_the_block_is_what_the_hub_itself_would_write() -> None:
    text = readme(dict(CARD.example), HUB)
    assert ModelCard(text).data.to_dict() == yaml.safe_load(text.split("---\n")[1])


def test_a_baseline_is_no_result_of_the_model_but_stands_beside_it() -> None:
    text = readme(dict(CARD.example))
    assert "baseline" not in text.split("---\n")[1]
    assert "| Precision at 15% | 0.335 | 0.302 to 0.368 | 0.282 (0.252 to 0.315) |\n" in text


def test_every_baseline_of_a_metric_stands_beside_it() -> None:
    metrics = {
        "recall": {"value": 0.61, "ci95": [0.55, 0.66]},
        "auc": 0.83,
        "baseline_rule_recall": {"value": 0.35, "ci95": [0.3, 0.4]},
        "baseline_experts": {"recall": 0.52, "auc": 0.7},
        "recall_baseline_random": 0.1,
        "baseline_recall": 0.2,
        "baseline_brier": 0.3,
    }
    text = readme({"model_card.model_name": "m", "model_card.evaluation.metrics": metrics})
    assert "| Recall | 0.61 | 0.55 to 0.66 | rule: 0.35 (0.3 to 0.4); experts: 0.52; random: 0.1; 0.2 |\n" in text
    assert "experts: 0.7 |\n" in text
    assert "| Baseline brier | 0.3 | " in text
    assert "baseline" not in text.split("---\n")[1]


def test_the_sections_are_those_of_the_hubs_template() -> None:
    assert headings(ModelCard(readme(dict(CARD.example))).text) == SECTIONS


def test_nothing_is_made_up_where_nothing_is_known() -> None:
    text = readme({})
    card = ModelCard(text)
    assert card.data.to_dict() == {}
    assert text.startswith("---\n# not stated: license, language, pipeline_tag (--set hub.license=...)\n---\n")
    assert text.count("[More Information Needed]") == sum(
        field.name != "model_card.model_name" for field in CARD.fields
    )
    assert "[More Information Needed] Which team or person is accountable for the model in production?" in text


def test_task_and_data_set_that_nobody_named_are_unknown() -> None:
    card = ModelCard(readme({"model_card.model_name": "m", "model_card.evaluation.metrics": {"accuracy": 0.9}}))
    assert card.data.eval_results == [
        EvalResult("other", "unknown", "not stated", "accuracy", 0.9, metric_name="Accuracy")
    ]


def test_metrics_are_read_in_each_way_they_are_written() -> None:
    values = {
        "f1": 0.5,
        "roc_auc": {"value": 0.9, "ci95": [0.8, 1.0], "n": 10},
        "q1": {"mae": 2, "rmse": 3},
        "note": "good",
        "x": float("nan"),
    }
    assert list(read_metrics(values)) == [
        Metric("f1", 0.5), Metric("roc_auc", 0.9, (0.8, 1.0)), Metric("mae", 2, slice="q1"), Metric("rmse", 3, slice="q1"),
    ]  # fmt: skip
    assert [metric_type(n) for n in ("balanced_accuracy", "val_f1", "PR-AUC", "p99")] == [
        "balanced_accuracy",
        "f1",
        "pr_auc",
        "p99",
    ]


def test_metadata_comes_from_an_input_and_is_kept_when_filling_again() -> None:
    source = "---\nlicense: mit\nlanguage: [en, de]\nother: x\n---\n# My model\n"
    assert find_extras({"README.md": source, "bad.md": "---\na: [\n---\n"}) == {
        "license": "mit",
        "language": ["en", "de"],
    }
    first = readme({"model_card.model_name": "m"}, {"license": "mit"})
    assert ModelCard(readme({"model_card.model_name": "m"}, earlier=first)).data.license == "mit"


def test_unknown_metadata_and_other_templates_are_refused() -> None:
    with pytest.raises(BadName, match="no 'licence'"):
        read_extras({"licence": "mit"})
    with pytest.raises(BadSetting, match="has no format 'hub'"):
        create_document(load_template("cost-sheet"), fill_of(load_template("cost-sheet"), {}), Wanted("hub"))


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_opens_or_closes_the_metadata_block(name: str, words: str) -> None:
    values = {f.name: words for f in CARD.fields if f.type == "text"}
    values["model_card.evaluation.metrics"] = {words: 0.5, "recall": {words: 1, "value": 0.25}}  # type: ignore[assignment]
    values["model_card.model_name"] = f"{name}\n---\nlicense: stolen\n"
    card = ModelCard(readme(values, {"license": "mit"}))
    assert set(card.data.to_dict()) <= {"license", "metrics", "model-index"}
    assert card.data.license == "mit"
    assert not [
        token
        for token in MarkdownIt().parse(card.text)
        if token.type == "html_block" and "mlplaybook fill" not in token.content
    ]
