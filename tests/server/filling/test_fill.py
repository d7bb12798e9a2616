from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.server.artefacts.filling.fill import NO_ENCODER, fill
from mlplaybook.server.artefacts.filling.read_inputs import read_inputs
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Fill

NOTES = """\
# Late trains, notes of 4 March

Last year we paid 1.8 million euros in refunds because trains came in late. It is the director of operations who answers for it.

Goal: late arrivals down from 9.1% to 7.5% by 30 June 2027, compared over ten weeks with lines drawn by lot.

How do we do it today? The timetable rule (always the average delay of the line) is off by 6.2 minutes on average.

For each train at departure, the model should say how many minutes late it will be at its last stop.

The number has to be on the dispatcher's screen by 05:30 each morning.

Data: 31 months of arrivals, 2.2 million rows.
Missing: arrivals at small stations were not recorded before May 2025.

Privacy: tbd

Open points
- when to stop the project

A vendor promises 99%.
"""
README = """\
# leafscan

leafscan 2.1.0 went live on 3 May 2026. It belongs to the plant health team. Questions: leafscan@farm.example

A MobileNet that takes one photo of a leaf and returns one of nine diseases with a confidence.

Do not use it for trees, there are none in the training data. It must not decide about insurance.

Known weaknesses:

- photos at night: misses 40% of rust
- wet leaves look like mildew
"""
METRICS = '{"test_set": "leaves-26q2", "metrics": {"f1_macro": 0.81, "accuracy": 0.9}, "previous": {"f1_macro": 0.7}}'
CONFIG = """\
model: {format: onnx, version: 2.1.0, size_mb: 14}
replicas: {min: 2, max: 6}
http:
  path: /v1/leaf
  timeout_s: 1.5
breaker: no
staging:
  replicas: {min: 1, max: 1}
"""


def filled(template: str, *inputs: InputText) -> Fill:
    made = fill(load_template(template), inputs, {})
    texts = {given.source: given.text for given in inputs}
    for field in made.fields.values():
        assert all(texts[e.source][e.char_start : e.char_end] == e.quote for e in field.evidence)
        assert bool(field.evidence) == (field.status == "filled")
    return made


def values(made: Fill, *fields: str) -> list[object]:
    return [made.fields[name].value for name in fields]


def test_a_problem_brief_out_of_notes() -> None:
    made = filled("problem-brief", InputText("notes.md", NOTES))
    status = {name.split(".")[1]: field.status for name, field in made.fields.items()}
    assert made.fields["problem_brief.success_metric"].value == (
        "late arrivals down from 9.1% to 7.5% by 30 June 2027, compared over ten weeks with lines drawn by lot."
    )
    assert "1.8 million euros" in made.fields["problem_brief.business_objective"].value
    assert made.fields["problem_brief.ml_task_type"].value == "regression"
    assert status["ethical_considerations"] == "missing"
    assert status["kill_criteria"] == "assumed"
    assert made.degraded == (NO_ENCODER,)
    assert all("99%" not in str(field.value) for field in made.fields.values())


def test_a_model_card_out_of_a_readme_and_metrics() -> None:
    made = filled("model-card", InputText("README.md", README), InputText("metrics.json", METRICS))
    card = "model_card."
    assert values(made, card + "model_name", card + "version", card + "date", card + "maintenance.contact") == [
        "leafscan", "2.1.0", "2026-05-03", "leafscan@farm.example",
    ]  # fmt: skip
    assert made.fields[card + "evaluation.metrics"].value == {"f1_macro": 0.81, "accuracy": 0.9}
    assert made.fields[card + "evaluation.datasets"].value == ["leaves-26q2"]
    assert made.fields[card + "limitations"].value == [
        "photos at night: misses 40% of rust",
        "wet leaves look like mildew",
    ]
    assert made.fields[card + "maintenance.retraining_schedule"].status == "missing"


def test_a_serving_configuration_out_of_deploy_values() -> None:
    made = filled("serving-config", InputText("deploy.yaml", CONFIG))
    s = "serving_config."
    assert values(
        made, s + "model.format", s + "model.version", s + "model.size_mb", s + "infrastructure.instances.min",
        s + "infrastructure.instances.max", s + "api.endpoint", s + "api.timeout_ms", s + "reliability.circuit_breaker",
    ) == ["ONNX", "2.1.0", 14, 2, 6, "/v1/leaf", 1500, False]  # fmt: skip
    assert made.fields[s + "api.rate_limit"].status == "missing"
    assert made.fields[s + "api.rate_limit"].question.startswith("How many requests per second")


def test_two_values_for_one_field_fill_nothing_and_are_named() -> None:
    made = filled("serving-config", InputText("a.yaml", "timeout_ms: 90"), InputText("b.yaml", "timeout_ms: 200"))
    field = made.fields["serving_config.api.timeout_ms"]
    assert (field.status, field.problem) == ("missing", "the inputs say 90 (a.yaml) and 200 (b.yaml)")


def test_what_a_person_gave_wins_and_is_checked() -> None:
    template = load_template("serving-config")
    given = {
        "serving_config.api.timeout_ms": ("2 s", "--set"),
        "serving_config.model.format": ("zip", "answers"),
    }
    made = fill(template, [InputText("a.yaml", "timeout_ms: 90")], given)
    timeout, form = made.fields["serving_config.api.timeout_ms"], made.fields["serving_config.model.format"]
    assert (timeout.value, timeout.status, timeout.evidence[0].source) == (2000, "filled", "--set")
    assert (form.value, form.status) == ("zip", "invalid")
    assert form.problem.startswith("'zip' is none of ONNX")


@pytest.mark.parametrize("name", names("templates"))
def test_without_inputs_every_template_asks_or_assumes(name: str) -> None:
    made = fill(load_template(name), [], {})
    assert {field.status for field in made.fields.values()} <= {"missing", "assumed"}


@pytest.mark.parametrize("name", names("templates"))
def test_keys_that_are_the_templates_own_names_fill_scalar_fields(name: str) -> None:
    template = load_template(name)
    scalars = [f for f in template.fields if f.type in {"integer", "number", "boolean", "enum"}]
    lines = "\n".join(
        f"{field.name}: {str(field.good).lower() if field.type == 'boolean' else field.good!r}" for field in scalars
    )
    made = fill(template, [InputText("own.toml", lines.replace(": ", " = "))], {})
    wrong = [f.name for f in scalars if (got := made.fields[f.name]).status == "filled" and got.value != f.good]
    assert wrong == []


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=400), st.sampled_from(["problem-brief", "model-card", "monitoring-config", "experiment-record"])
)
def test_no_text_crashes_a_filling(text: str, name: str) -> None:
    for source in ("n.md", "n.yaml", "n.csv", "run/metrics/a", "n.toml"):
        filled(name, InputText(source, text))


def test_files_and_folders_become_inputs(tmp_path: Path) -> None:
    (tmp_path / "run" / "params").mkdir(parents=True)
    (tmp_path / "run" / "params" / "lr").write_text("0.1")
    (tmp_path / "n.md").write_text("Words.")
    (tmp_path / "b.bin").write_bytes(b"\0\1")
    found = read_inputs([tmp_path / "n.md", tmp_path / "run", tmp_path / "b.bin", tmp_path / "none.md"])
    assert [(i.source, i.text, i.problem) for i in found] == [
        ("n.md", "Words.", ""),
        ("run/params/lr", "0.1", ""),
        ("b.bin", "", "not a text file"),
        ("none.md", "", "No such file or directory"),
    ]
