"""Documents as people leave them: JSON with tabs, Markdown with sections, pages' own YAML, forms in another order."""

from __future__ import annotations

from mlplaybook.server.artefacts.checking.entries import read_entries
from mlplaybook.server.artefacts.checking.source import read_source
from mlplaybook.server.artefacts.library import load_template


def read(text: str, template: str, file: str = "") -> dict[str, tuple[object, int]]:
    reading = read_entries(read_source(text, file), load_template(template))
    return {name: (entry.value, entry.place.line) for name, entry in reading.entries.items()}


def test_json_with_tabs_and_escapes_keeps_its_lines() -> None:
    text = '{\n\t"ml_costs": {\n\t\t"currency": "a\\/b \\ud83d\\ude00",\n\t\t"prices_as_of": "2026-11"\n\t}\n}'
    assert read(text, "cost-sheet") == {"ml_costs.currency": ("a/b 😀", 3), "ml_costs.prices_as_of": ("2026-11", 4)}


def test_a_root_key_may_lack_or_another_may_stand_around() -> None:
    expected = {"ml_costs.currency": ("USD", 1)}
    assert read("currency: USD", "cost-sheet") == expected
    assert read("ml_costs.currency: USD", "cost-sheet") == expected
    assert read("sheet: {ml_costs: {currency: USD}}", "cost-sheet") == expected
    assert read("evaluation_report: {model: a}", "evaluation-report") == {"model": ("a", 1)}


def test_the_pages_own_block_of_a_retraining_pipeline_is_read() -> None:
    text = (
        "retraining:\n  triggers:\n    - {type: scheduled, frequency: monthly}\n    - {type: drift, condition: PSI > 0.2}\n"
        "  pipeline:\n    4_deployment: {canary_percent: 5}\n"
    )
    assert read(text, "retraining-pipeline") == {
        "retraining.triggers.scheduled.frequency": ("monthly", 3),
        "retraining.triggers.drift.condition": ("PSI > 0.2", 4),
        "retraining.pipeline.deployment.canary_percent": (5, 6),
    }


def test_alerts_are_told_apart_by_what_they_watch() -> None:
    text = "alerts:\n- {name: slow, metric: p99_latency_ms}\n- {name: worse, metric: recall_7d, severity: critical}\n"
    assert read(text, "alert-rules") == {
        "alerts.serving_latency.name": ("slow", 2),
        "alerts.serving_latency.metric": ("p99_latency_ms", 2),
        "alerts.accuracy_critical.name": ("worse", 3),
        "alerts.accuracy_critical.metric": ("recall_7d", 3),
        "alerts.accuracy_critical.severity": ("critical", 3),
    }


def test_markdown_gives_headings_labels_and_rows() -> None:
    text = (
        "# Card\n\n- **Version:** 2.4.0\n\n## Intended use\n\nModerators review listings.\n\n## Limitations\n\n- Misses 39%\n"
        "- Text in photos: not read\n\n## Training data\n\n| Field | Value |\n|---|---|\n| Size | 1,200 rows |\n\n"
        "## Contact\n\n[More Information Needed]\n"
    )
    found = read(text, "model-card", "card.md")
    assert {name.removeprefix("model_card."): value for name, value in found.items()} == {
        "version": ("2.4.0", 3),
        "intended_use": ("Moderators review listings.", 7),
        "limitations": (["Misses 39%", "Text in photos: not read"], 11),
        "training_data.size": ("1,200 rows", 18),
        "maintenance.contact": (None, 22),
    }


def test_front_matter_and_fenced_yaml_keep_their_lines() -> None:
    front = "---\nmodel_card:\n  version: 2.4.0\n---\n# Card\n\n## Notes\n"
    fenced = "# Card\n\n## The card\n\n```yaml\nmodel_card:\n  version: 2.4.0\n```\n"
    assert read(front, "model-card", "card.md")["model_card.version"] == ("2.4.0", 3)
    assert read(fenced, "model-card", "card.md")["model_card.version"] == ("2.4.0", 7)


def test_a_form_is_read_by_its_lines_and_an_open_marker_is_no_value() -> None:
    text = (
        "# Evaluation report: TODO(model)\n\nCode and run: commit 51b0e9a\n\n## Data set\n\n"
        "| Test set | Rows | Prediction dates | Class balance | Earlier looks |\n|---|---|---|---|---|\n"
        "| holdout-q4 | 40000 | 2026-10-01 to 2026-11-10 | 1.24% | 1 |\n"
    )
    assert read(text, "evaluation-report", "r.md") == {
        "model": (None, 1),
        "code_and_run": ("commit 51b0e9a", 3),
        "dataset.name_and_version": ("holdout-q4", 9),
        "dataset.size": (40000, 9),
        "dataset.dates": ("2026-10-01 to 2026-11-10", 9),
        "dataset.class_balance": ("1.24%", 9),
        "dataset.looks_so_far": (1, 9),
    }


def test_what_a_person_changed_in_a_filled_form_counts_and_not_what_the_trailer_says() -> None:
    text = (
        "# Evaluation report: screen 2.5.0\n\nCode and run: commit 51b0e9a\n\n"
        '<!-- mlplaybook fill 1 evaluation-report body: where each value is from\nmodel = "screen 2.4.0" · filled · --set\n'
        'code_and_run = "commit 51b0e9a" · filled · --set\nlines 000000\n-->\n'
    )
    assert read(text, "evaluation-report") == {"model": ("screen 2.5.0", 1), "code_and_run": ("commit 51b0e9a", 3)}
