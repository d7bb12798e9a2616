"""`mlplaybook score` as people and agents run it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadDocument, BadName, BadSetting
from mlplaybook.server.artefacts.library import names
from mlplaybook.server.artefacts.scoring.rubrics import load_rubric
from mlplaybook.server.console.score_command import interview, score_command

app = typer.Typer()
app.command("score")(score_command)
CHURN = ("completeness=4", "accuracy=3", "consistency=4", "timeliness=2", "relevance=4", "volume=3")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "100"})


def test_a_score_shows_result_bars_sum_and_next_actions() -> None:
    done = run("data-quality", *CHURN, "--evidence", "volume=1,840 churners")
    assert done.exit_code == 0
    assert done.stdout.startswith("Data quality score\n20 of 30: Proceed with a repair plan\n")
    for part in (
        "\nTimeliness    ████████░░░░░░░░░░░░  2 of 5\n",
        "\nHow it adds up\n  Completeness: 4 of 5\n",
        "\n  Sum: 4 + 3 + 4 + 2 + 4 + 3 = 20 of 30\n",
        "\nNext\n  1. Export more often, and set a freshness limit that raises an alarm.\n"
        "     timeliness is 2; one step up adds 1  data-validation-and-contracts#how-are-freshness-and-volume-limits-set\n",
        "\nEvidence\n  Volume 3: 1,840 churners\n",
    ):
        assert part in done.stdout


def test_what_is_not_rated_is_asked_for_and_the_status_is_one() -> None:
    done = run("data-quality", *CHURN[:5])
    assert done.exit_code == 1
    assert "17 to 22 of 30, 1 not rated: Stop or Proceed with a repair plan\n" in done.stdout
    assert "  volume=0|1|2|3|4|5\n    How many independent entities does the smallest class hold" in done.stdout
    assert "      0  Fewer than 100\n" in done.stdout


def test_a_file_an_argument_and_the_record_go_together(tmp_path: Path) -> None:
    file = tmp_path / "scores.yaml"
    file.write_text("completeness: {score: 4, evidence: nightly report}\naccuracy: 1\n")
    done = run("data-quality", "--scores", str(file), *CHURN[1:], "--json")
    record = json.loads(done.stdout)
    assert (record["status"], record["total"], record["band"]["label"]) == ("scored", 20, "Proceed with a repair plan")
    assert record["ratings"][0]["evidence"] == "nightly report"


def test_a_markdown_page_is_printed() -> None:
    assert run("data-quality", *CHURN, "--markdown").stdout.startswith("# Data quality score\n\n**20 of 30: ")


def test_a_chart_is_written_once_and_replaced_only_with_force(tmp_path: Path) -> None:
    chart = tmp_path / "chart.svg"
    assert run("data-quality", *CHURN, "--chart", str(chart)).exit_code == 0
    first = chart.read_text()
    assert first.startswith("<svg ")
    assert isinstance(run("data-quality", "volume=1", "--chart", str(chart)).exception, BadSetting)
    assert chart.read_text() == first
    assert run("data-quality", "volume=1", "--chart", str(chart), "--force").exit_code == 1
    assert chart.read_text() != first


def test_a_chart_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious.svg").write_text("mine")
    (tmp_path / "chart.svg").symlink_to(tmp_path / "precious.svg")
    done = run("data-quality", *CHURN, "--chart", str(tmp_path / "chart.svg"), "--force")
    assert isinstance(done.exception, BadSetting)
    assert (tmp_path / "precious.svg").read_text() == "mine"


def test_without_a_name_every_rubric_is_listed() -> None:
    assert [entry["id"] for entry in json.loads(run("--json").stdout)["rubrics"]] == list(names("rubrics"))
    assert "ml-test-score" in run().stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nonsense",), BadName),
        (("data-quality", "speed=3"), BadName),
        (("data-quality", "volume=6"), BadDocument),
        (("data-quality", "volume"), BadDocument),
        (("data-quality", "--scores", "/nowhere/scores.yaml"), BadDocument),
        (("data-quality", "--chart", "chart.png"), BadSetting),
        (("data-quality", "--interactive"), BadSetting),
    ],
)
def test_what_cannot_be_scored_is_one_error(arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(run(*arguments).exception, error)


def answering(*lines: str | None) -> Iterator[str | None]:
    yield from lines


def test_a_dialogue_asks_for_each_rating_its_evidence_and_the_facts_that_matter() -> None:
    lines = answering("9", "4", "report", "3", "", "4", "", "1", "16 days", "4", "", "", "no", None)
    told = interview(load_rubric("data-quality"), {}, lambda prompt: next(lines))
    assert told["completeness"] == {"score": "4", "evidence": "report"}
    assert told["timeliness"] == {"score": "1", "evidence": "16 days"}
    assert "volume" not in told
    assert told["label_source"] == "no"
