"""`mlplaybook fill`: what a person sees and what lands on the disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadDocument, BadName, BadSetting
from mlplaybook.server.__main__ import app
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.artefacts.records import Field, Fill, Filled
from mlplaybook.server.console.asking import ask_missing
from tests.server.documents.fills import by_person, fill_of

CONFIG = "listen: 9090\nport: 9090\nbase_image: python:3.13-slim\n"


@pytest.fixture(autouse=True)
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLPLAYBOOK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MLPLAYBOOK_MODELS", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    done = CliRunner().invoke(app, ["fill", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_without_an_output_the_document_goes_to_stdout_and_the_summary_beside_it() -> None:
    done = run(
        "problem-brief", "--set", "ml_task_type=ranking", "--set", "latency_requirement=batch (minutes-hours): by 14:30"
    )
    assert yaml.safe_load(done.stdout)["problem_brief"]["ml_task_type"] == "ranking"
    assert "problem-brief: 2 filled, 1 assumed, 8 missing\n" in done.stderr
    assert "open: " not in done.stderr
    assert done.exit_code == 0


def test_the_record_names_every_field_with_its_evidence() -> None:
    record: dict[str, Any] = json.loads(run("problem-brief", "--set", "ml_task_type=ranking", "--json").stdout)
    assert (record["template"], record["output"], record["conflicts"]) == ("problem-brief", None, [])
    filled = record["fields"]["problem_brief.ml_task_type"]
    assert filled == {
        "value": "ranking", "status": "filled",
        "evidence": [{"source": "--set", "quote": "ranking", "char_start": 0, "char_end": 7}],
        "confidence": 1.0, "guidance": filled["guidance"], "question": filled["question"], "problem": "",
        "by": "",
    }  # fmt: skip


def test_a_value_of_the_wrong_type_is_named_and_left_open() -> None:
    done = run("serving-dockerfile", "--set", "port=many")
    assert done.exit_code == 1
    assert "EXPOSE TODO(port)\n" in done.stdout
    assert "port: " in done.stderr
    assert "many" in done.stderr


def test_inputs_are_files_folders_and_further_arguments(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "serving.yaml").write_text(CONFIG)
    for arguments in (["--from", "conf"], ["--from", "conf/serving.yaml"], ["conf/serving.yaml"]):
        assert "\nEXPOSE 9090\n" in run("serving-dockerfile", *arguments).stdout


def test_a_folder_gets_the_templates_own_file_and_filling_again_keeps_changes(tmp_path: Path) -> None:
    run("serving-dockerfile", "--set", "port=9090", "-o", "deploy/")
    target = tmp_path / "deploy" / "Dockerfile"
    target.write_text(target.read_text().replace("WORKDIR /app", "WORKDIR /srv"))
    done = run("serving-dockerfile", "--set", "base_image=python:3.13-slim", "-o", "deploy/")
    text = target.read_text()
    assert (done.exit_code, done.stdout) == (0, "")
    assert "WORKDIR /srv\n" in text
    assert "\nEXPOSE 9090\n" in text
    assert "FROM python:3.13-slim AS builder\n" in text


def test_the_file_that_is_filled_again_is_no_evidence_of_itself(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "config.yaml").write_text(CONFIG)
    for _ in range(2):
        run("serving-dockerfile", "--from", "docs", "-o", "docs/")
    text = (tmp_path / "docs" / "Dockerfile").read_text()
    assert "# port = 9090 · filled · docs/config.yaml:2" in text


def test_another_persons_file_is_replaced_by_force_alone(tmp_path: Path) -> None:
    target = tmp_path / "brief.yaml"
    target.write_text("mine: true\n")
    with pytest.raises(BadDocument, match=r"brief\.yaml was not written by mlplaybook fill\. .*--force"):
        run("problem-brief", "-o", "brief.yaml")
    assert target.read_text() == "mine: true\n"
    run("problem-brief", "-o", "brief.yaml", "--force")
    assert "problem_brief:\n" in target.read_text()


def test_what_is_open_is_asked_beside_a_file() -> None:
    done = run("problem-brief", "-o", "docs/brief.yaml")
    assert done.stdout == ""
    assert "docs/brief.yaml: 1 assumed, 10 missing\n" in done.stderr
    assert "open: problem_brief.baseline: How well is this done today without ML" in done.stderr


def test_the_ending_chooses_the_format(tmp_path: Path) -> None:
    for name in ("card.md", "card.json", "card.yaml"):
        run("model-card", "--set", "model_name=m", "-o", name)
    assert (tmp_path / "card.md").read_text().startswith("# Model card\n")
    assert json.loads((tmp_path / "card.json").read_text())["template"] == "model-card"
    assert yaml.safe_load((tmp_path / "card.yaml").read_text())["model_card"]["model_name"] == "m"


def test_a_card_for_the_hub_is_made_from_a_filled_one_and_stays_valid(tmp_path: Path) -> None:
    answers = {
        "model_card": {"model_name": "router", "evaluation": {"metrics": {"f1": {"value": 0.8, "ci95": [0.7, 0.9]}}}}
    }
    (tmp_path / "answers.yaml").write_text(yaml.safe_dump({**answers, "hub": {"license": "mit"}}))
    run("model-card", "--answers", "answers.yaml", "--format", "hub", "-o", "model/")
    card = ModelCard.load(tmp_path / "model" / "README.md")
    assert (card.data.license, card.data.model_name) == ("mit", "router")
    assert [(result.metric_type, result.metric_value) for result in card.data.eval_results] == [("f1", 0.8)]
    run("model-card", "--set", "owner=Desk tooling", "--format", "hub", "-o", "model/")
    again = ModelCard.load(tmp_path / "model" / "README.md")
    assert again.data.to_dict() == card.data.to_dict()
    assert "- **Developed by:** Desk tooling\n" in again.text


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["problem-breif"], BadName, "problem-brief"),
        (["problem-brief", "--set", "latncy_requirement=1"], BadName, "Did you mean problem_brief.latency_requirement"),
        (["problem-brief", "--format", "pdf"], BadSetting, "Use one of: own, yaml, json, md, hub"),
        (["problem-brief", "--format", "hub"], BadSetting, "has no format 'hub'"),
        (["problem-brief", "--answers", "nowhere.yaml"], BadSetting, "nowhere.yaml cannot be read"),
        (["problem-brief", "--interactive"], BadSetting, "stdin is no terminal"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_can(arguments: list[str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words.replace(".", r"\.")):
        run(*arguments)


def test_without_a_template_all_are_listed() -> None:
    lines = run().stdout.splitlines()
    assert len(lines) == len(names("templates"))
    assert any(line.startswith("problem-brief ") and "ML problem brief: Eleven fields" in line for line in lines)
    assert len(json.loads(run("--json").stdout)["templates"]) == len(lines)


def test_a_model_that_is_wanted_and_not_there_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "serving.yaml").write_text(CONFIG)
    with pytest.raises(BadSetting, match="no mode 'magic'"):
        run("serving-dockerfile", "serving.yaml", "--mode", "magic")
    assert "\nEXPOSE 9090\n" in run("serving-dockerfile", "serving.yaml", "--mode", "extractive").stdout


def typed(*lines: str) -> tuple[list[str], Any]:
    rest = list(lines)
    return rest, lambda prompt: rest.pop(0) if rest else None


def attempt(given: dict[str, tuple[Any, str]]) -> Fill:
    template = load_template("problem-brief")
    fields: dict[str, Field] = {field.name: field for field in template.fields}
    ((name, (value, source)),) = given.items()
    right = name != "problem_brief.ml_task_type" or value in fields[name].allowed
    filled = (
        by_person(fields[name], value, source) if right else Filled(None, "invalid", problem=f"{value!r} is no choice")
    )
    return fill_of(template, {name: filled})


def test_the_dialogue_asks_for_what_is_missing_and_asks_again_for_what_does_not_fit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    template = load_template("problem-brief")
    known = dict.fromkeys([f.name for f in template.fields[4:]], "known")
    rest, read_line = typed("Cut waste", "", "", "deep learning", "regression")
    given = ask_missing(template, fill_of(template, known), attempt, read_line)
    assert given == {
        "problem_brief.business_objective": ("Cut waste", "asked"),
        "problem_brief.ml_task_type": ("regression", "asked"),
    }
    shown = capsys.readouterr().err
    assert rest == []
    assert "3 of 4  problem_brief.baseline" in shown
    assert "mlplaybook read problem-framing#which-baseline-must-an-ml-project-beat" in shown
    assert "'deep learning' is no choice" in shown


def test_the_dialogue_ends_with_the_input(capsys: pytest.CaptureFixture[str]) -> None:
    template = load_template("problem-brief")
    _, read_line = typed("Cut waste")
    assert list(ask_missing(template, fill_of(template, {}), attempt, read_line)) == [
        "problem_brief.business_objective"
    ]


def test_members_of_a_list_are_asked_for_until_an_empty_line() -> None:
    template = load_template("model-card")
    known = {f.name: "known" for f in template.fields if not f.name.endswith("limitations")}
    _, read_line = typed("Fails in June", "Fails in May", "")

    def one(given: dict[str, tuple[Any, str]]) -> Fill:
        fields = {f.name: f for f in template.fields}
        return fill_of(template, {name: by_person(fields[name], value) for name, (value, _) in given.items()})

    given = ask_missing(template, fill_of(template, known), one, read_line)
    assert given == {"model_card.limitations": (["Fails in June", "Fails in May"], "asked")}
