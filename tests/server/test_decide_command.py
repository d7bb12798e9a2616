"""`mlplaybook decide` as people and agents run it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadDocument, BadName, BadSetting
from mlplaybook.server.artefacts.deciding.aliases import find_decision
from mlplaybook.server.artefacts.library import names
from mlplaybook.server.console.decide_command import decide_command, interview

app = typer.Typer()
app.command("decide")(decide_command)
MODE = ("inference-mode", "on_device=no", "trigger=caller", "known_before=no", "latency=80ms", "size=300MB")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "100"})


def test_the_answer_stands_with_its_row_and_what_would_change_it() -> None:
    done = run(*MODE, "needs_gpu=no")
    assert done.exit_code == 0
    assert done.stdout == (
        "Inference mode and deployment form\n"
        "  latency was taken for latency_limit\n"
        "  size was taken for model_size\n"
        "\n"
        "→ Online, embedded: web API with the model in memory\n"
        "  Below 500 MB every worker can hold its own copy, and no network hop is added.\n"
        "  Row 6 of 10: trigger = caller; latency_limit < 100 ms (80 ms); model_size < 500 MB (300 MB)\n"
        "  example: FastAPI\n"
        "  inference-modes#how-does-the-deployment-decision-tree-work\n"
        "\n"
        "What would change it\n"
        "  on_device no → yes: “Edge: the model runs on the device”\n"
        "  trigger caller → schedule: “Batch pipeline: Spark or Airflow with offline inference”\n"
        "  trigger caller → event: “Streaming: a worker scores each event”\n"
        "  known_before no → yes: then asks data_age\n"
        "  latency_limit 80 ms → 100 ms or more: “Online, synchronous”\n"
        "  model_size 300 MB → 500 MB or more: “Online, separate model server”\n"
        "  needs_gpu no → yes: “Online, separate model server for the GPU or for batching”\n"
    )


def test_what_is_missing_is_asked_for_by_name_and_the_status_is_one() -> None:
    done = run(*MODE)
    assert done.exit_code == 1
    assert "Not decided yet; 2 results are possible:\n" in done.stdout
    assert "Still needed\n  needs_gpu=yes|no\n    Does the model need a GPU or dynamic batching?\n" in done.stdout


def test_the_record_has_answers_asks_and_changes() -> None:
    record = json.loads(run(*MODE, "--json").stdout)
    assert (record["status"], record["answers"], [ask["input"] for ask in record["asks"]]) == (
        "open",
        [],
        ["needs_gpu"],
    )
    assert record["given"]["latency_limit"] == {"value": 80.0, "words": "80 ms", "note": ""}


def test_the_rest_can_be_taken_as_no() -> None:
    done = run(*MODE, "--rest", "no")
    assert done.exit_code == 0
    assert "  taken as no: needs_gpu\n" in done.stdout


def test_without_inputs_the_questions_and_an_example_are_shown() -> None:
    done = run("bf16 or fp16")
    assert done.exit_code == 0
    assert (
        done.stderr == "mlplaybook: 'bf16 or fp16' is the decision parallelism-and-precision with question=precision\n"
    )
    assert "  gpu=ampere-or-newer|older\n    Which GPU generation trains the model?\n" in done.stdout
    assert "nodes" not in done.stdout
    assert (
        "  mlplaybook decide parallelism-and-precision question=precision gpu=older fp16_overflows=yes\n" in done.stdout
    )


@pytest.mark.parametrize("name", names("decisions"))
def test_the_example_that_is_shown_gives_an_answer(name: str) -> None:
    shown = next(line for line in run(name).stdout.splitlines() if line.startswith("  mlplaybook decide "))
    assert run(*shown.split()[2:], "--rest", "none").exit_code == 0


def test_without_a_name_every_decision_is_listed() -> None:
    assert [entry["id"] for entry in json.loads(run("--json").stdout)["decisions"]] == list(names("decisions"))
    assert all(name in run().stdout for name in names("decisions"))


def test_where_no_row_applies_the_nearest_say_what_they_need() -> None:
    done = run("hyperparameter-ranges", "model=-", "--rest", "none")
    assert done.exit_code == 1
    assert "No row of the table applies to these inputs. Nearest are:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("nonsense",), BadName),
        (("gpu", "colour=red"), BadName),
        (("gpu", "parameters=big"), BadDocument),
        (("gpu", "parameters"), BadDocument),
        (("gpu", "job=serve", "job=serve"), BadDocument),
        (("gpu", "--rest", "yes"), BadSetting),
        (("gpu", "--interactive"), BadSetting),
    ],
)
def test_what_cannot_be_asked_is_one_error(arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(run(*arguments).exception, error)


def answering(*lines: str | None) -> Iterator[str | None]:
    yield from lines


def test_a_dialogue_asks_only_while_something_can_change() -> None:
    lines = answering("perhaps", "no", "schedule")
    told = interview(find_decision("inference-mode"), {}, "", lambda prompt: next(lines))
    assert told == {"on_device": "no", "trigger": "schedule"}


def test_an_empty_reply_does_not_apply_and_the_end_ends_the_dialogue() -> None:
    lines = answering("", None)
    told = interview(find_decision("inference-mode"), {}, "", lambda prompt: next(lines))
    assert told == {"on_device": "-"}
