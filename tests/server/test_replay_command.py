from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.console.replay_command import replay_command
from mlplaybook.server.retrieval.index import Index

app = typer.Typer()
app.command("replay")(replay_command)


def run(home: Path, answer: Answer, *options: str, asked: Asked = Asked()) -> Result:  # noqa: B008 (frozen)
    """The command on a record, with the index of the test; without an encoder, search is by words."""
    record = dataclasses.asdict(answer)
    record["stamp"]["asked"] = dataclasses.asdict(asked)
    environment = {"MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_MODELS": str(home / "none")}
    return CliRunner().invoke(app, ["-", *options], input=json.dumps(record), env=environment)


@pytest.fixture
def answer(handbook: Index) -> Answer:
    """An answer by words only, as the command will find it here."""
    lexical = dataclasses.replace(handbook, encoder=None, nearest=None, vectors=None)
    return ask(lexical, "Which population stability index raises an alert?")


def test_the_same_answer_exits_with_0(tmp_path: Path, answer: Answer) -> None:
    by_model = dataclasses.replace(answer, mode="llm")
    done = run(tmp_path, by_model)
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "the same (its quotes looked up, the model not called)")
    quotes = {citation for statement in answer.statements for citation in statement.citations}
    assert f"  quotes: {len(quotes)} holds" in done.output.splitlines()


def test_another_answer_exits_with_1_and_says_in_what(tmp_path: Path, answer: Answer) -> None:
    done = run(tmp_path, dataclasses.replace(answer, mode="llm", text="Other words. [1]"))
    assert done.exit_code == 1
    assert done.output.splitlines()[:2] == [
        "differs (its quotes looked up, the model not called)",
        "  differs in text",
    ]


def test_nothing_to_compare_exits_with_2(tmp_path: Path, answer: Answer) -> None:
    done = run(tmp_path, dataclasses.replace(answer, mode="llm", statements=(), status="abstained"))
    assert done.exit_code == 2


def test_the_record_for_programs(tmp_path: Path, answer: Answer) -> None:
    done = run(tmp_path, dataclasses.replace(answer, mode="llm"), "--json")
    record = json.loads(done.output)
    assert (record["question"], record["mode"], record["same"], record["called"]) == (
        answer.question,
        "llm",
        True,
        False,
    )
    assert set(record) == {"question", "mode", "same", "called", "changes", "differences", "quotes"}
    assert {quote["state"] for quote in record["quotes"]} == {"holds"}


def test_an_extractive_answer_is_asked_again(tmp_path: Path, answer: Answer) -> None:
    done = run(tmp_path, answer, "--json")
    record = json.loads(done.output)
    assert record["called"] is True
    assert set(record["differences"]) <= {"degraded"}
    assert any(change.startswith("search: dense does not work") for change in record["changes"])


def test_a_file_that_is_not_there_or_no_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for name in ("none.json", "bytes"):
        result = CliRunner().invoke(app, [str(tmp_path / name)], env={"MLPLAYBOOK_HOME": str(tmp_path)})
        assert isinstance(result.exception, BadSource)


def test_a_model_that_cannot_be_called_is_an_error(tmp_path: Path, answer: Answer) -> None:
    assert isinstance(run(tmp_path, dataclasses.replace(answer, mode="llm"), "--call").exception, BadSetting)
