import pytest

from mlplaybook.server.artefacts.filling.assemble import metrics, named_test_sets, run_time, slices
from mlplaybook.server.artefacts.filling.cues import cue_for, cues_of
from mlplaybook.server.artefacts.filling.doubt import doubts_of
from mlplaybook.server.artefacts.filling.extract import agreed, exact_values, from_labels
from mlplaybook.server.artefacts.filling.judge import SURENESS, load_weights
from mlplaybook.server.artefacts.filling.read_inputs import Material, read_material
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.filling.route import FEATURES
from mlplaybook.server.artefacts.library import load_template, names


def material(text: str, source: str = "n.md") -> Material:
    return read_material([InputText(source, text)])


def value(template: str, name: str, text: str, source: str = "n.md") -> object:
    wanted = next(f for f in load_template(template).fields if f.name.endswith(name))
    found, _ = agreed(exact_values(wanted, cue_for(load_template(template), wanted), material(text, source)))
    return found.value if found else None


@pytest.mark.parametrize(
    ("template", "name", "text", "wanted"),
    [
        ("model-card", "version", "Release 3.2.0 is in all shops since 2026-05-01.", "3.2.0"),
        ("model-card", "version", "4.2.0 is in training, we hope for more.", None),
        ("model-card", ".date", "Version 3.2.0 went live on 14 October 2026.", "2026-10-14"),
        ("model-card", "contact", "Mail: team@shop.example", "team@shop.example"),
        ("model-card", "date_range", "Taken between 2025-01-02 and 2026-03-04.", "between 2025-01-02 and 2026-03-04"),
        ("model-requirements", "p99_ms", "Median 120 ms, 99 of 100 answers in 400 ms.", 400),
        ("model-requirements", "fairness.metric", "What counts is the false positive rate.", "FPR"),
        ("monitoring-config", "ground_truth_delay", "Labels arrive after 25 days.", "25 d"),
        ("monitoring-config", "data_drift.method", "Inputs: population stability index, daily.", "PSI"),
        ("retraining-pipeline", "check_label_quality", "We don't check labels.", False),
        ("retraining-pipeline", "canary_percent", "Then 10% of shops for 3 days.", 10),
        ("retraining-pipeline", "monitor_for", "Then 10% of shops for 3 days.", "3 d"),
        ("ab-test-plan", "minimum_sample_size", "186,000 visitors in each arm.", 186000),
        ("cost-sheet", "monthly_budget", "Month limit for everything: 6,000.", 6000),
        ("serving-config", "instances.min", "There are always four pods.", 4),
        ("serving-config", "circuit_breaker", "We don't have a circuit breaker.", False),
        ("experiment-record", "verdict", "Looks good => promoted.", "promoted"),
        ("dataset-card", "count", "11,820 tiles altogether.", 11820),
    ],
)
def test_turns_of_phrase_give_typed_values(template: str, name: str, text: str, wanted: object) -> None:
    assert value(template, name, text) == wanted


@pytest.mark.parametrize(
    ("template", "name", "text", "wanted"),
    [
        ("monitoring-config", "ground_truth_delay", "labels:\n  delay_minutes: 30\n", "30 min"),
        ("monitoring-config", "error_rate_threshold", "serving:\n  error_budget_pct: 0.2\n", 0.002),
        ("serving-config", "instances.max", "replicas_max: 30\nstaging:\n  replicas_max: 2\n", 30),
        ("ab-test-plan", "minimum_runtime_days", "run_for: 8 weeks\n", 56),
        ("cost-sheet", "daily_volume", "serving:\n  invoices_per_day: 870\n", 870),
        ("cost-sheet", "daily_volume", "plan_2027:\n  invoices_per_day: 870\n", None),
        ("experiment-record", "git_commit", "commit: 5d1e0c2a\n", "5d1e0c2a"),
    ],
)
def test_keys_of_settings_give_typed_values(template: str, name: str, text: str, wanted: object) -> None:
    assert value(template, name, text, "c.yaml") == wanted


def test_a_row_gives_its_first_cell_and_an_open_one_nothing() -> None:
    template = load_template("model-requirements")
    wanted = next(f for f in template.fields if f.name.endswith("p50_ms"))
    rows = "| what | how |\n|---|---|\n| Median answer | {} | remark 40 |\n"
    for cell, values in (("150 ms", [150]), ("tbd", [])):
        found = from_labels(wanted, cue_for(template, wanted), material(rows.format(cell)))
        assert [f.value for f in found] == values


def test_metrics_are_those_of_the_test_set() -> None:
    text = '{"val": {"auc": 0.9}, "test": {"auc": 0.8, "n": 5}, "by_city": {"a": {"auc": 0.7, "n": 3}}, "old": {"auc": 0.1}}'
    found, parts = metrics(material(text, "m.json")), slices(material(text, "m.json"))
    assert found is not None
    assert parts is not None
    assert (found.value, parts.value) == ({"auc": 0.8}, {"a": {"auc": 0.7, "n": 3}})


def test_a_test_set_is_told_with_what_stands_beside_its_name() -> None:
    found = named_test_sets(material('{"evaluated_on": {"name": "q3", "rows": 50}}', "m.json"))
    assert found is not None
    assert found.value == ["q3, rows 50"]


def test_a_runs_time_is_the_difference_of_its_ends() -> None:
    found = run_time(material("start_time: 1792008000000\nend_time: 1792010460000\n", "run/meta.yaml"))
    assert found is not None
    assert (found.value, len(found.evidence)) == ("41 min", 2)


def test_doubts_are_named_by_kind() -> None:
    (piece,) = material("We would love to beat the vendor's 95%.").pieces
    (parked,) = material("Parked for next time:\n- fairness\n").pieces
    (mail,) = material("Write to team@shop.example.").pieces
    assert (doubts_of(piece), doubts_of(parked), doubts_of(mail)) == ({"wish", "other"}, {"open"}, frozenset())


@pytest.mark.parametrize("template", names("templates"))
def test_cues_name_fields_of_their_template(template: str) -> None:
    fields = {field.name: field for field in load_template(template).fields}
    for name, cue in cues_of(template).items():
        assert set(cue.values) <= {str(option) for option in fields[name].allowed} or cue.kind == "task"
        assert all("value" in pattern.groupindex for pattern in cue.find), name


def test_weights_were_fitted_on_the_features_there_are() -> None:
    for weights in (load_weights(encoder=True), load_weights(encoder=False)):
        assert -1 <= weights.forest.feature.min() < weights.forest.feature.max() < len(FEATURES)
        assert len(weights.sure) == 1 + len(SURENESS)
