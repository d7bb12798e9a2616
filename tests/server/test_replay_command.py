from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadSetting, BadSource
from mlplaybook.server.answers.ask import Means, ask
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.answers.request import Asked
from mlplaybook.server.console.replay_command import replay_command
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.service import Query, open_service
from mlplaybook.server.service import answer as ask_service
from mlplaybook.server.settings import Settings
from tests.server.llm.fault_server import FaultServer

app = typer.Typer()
app.command("replay")(replay_command)


def run(home: Path, answer: Answer, *options: str, asked: Asked = Asked(), **env: str) -> Result:  # noqa: B008 (frozen)
    """The command on a record, with the index of the test; without an encoder, search is by words."""
    record = dataclasses.asdict(answer)
    record["stamp"]["asked"] = dataclasses.asdict(asked)
    environment = {"MLPLAYBOOK_HOME": str(home), "MLPLAYBOOK_MODELS": str(home / "none"), **env}
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


QUESTION = "Which population stability index raises an alert?"


def test_the_length_that_was_asked_for_is_asked_for_again(tmp_path: Path, handbook: Index) -> None:
    """Twenty words are one sentence of four."""
    by_words = open_index(tmp_path / "index", "handbook", lambda wanted: (None, "none"))
    short, usual = (ask(by_words, QUESTION, means=Means(words=words)) for words in (20, None))
    assert len(short.text) < len(usual.text)
    assert short.stamp.asked is not None
    done = run(tmp_path, short, asked=short.stamp.asked)
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "the same (asked again)")
    assert run(tmp_path, short, asked=dataclasses.replace(short.stamp.asked, words=None)).exit_code == 1


@pytest.fixture
def provider() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.fixture
def written(tmp_path: Path, handbook: Index, provider: FaultServer) -> Answer:
    """An answer of a scripted model, on the index as the command opens it."""
    pytest.importorskip("langchain_openai")
    by_words = open_index(tmp_path / "index", "handbook", lambda wanted: (None, "none"))
    settings = Settings(home=tmp_path, llm="openai:scripted", llm_base_url=provider.openai, cache="none")
    with open_service(settings, by_words, pytest.fail) as service:
        return ask_service(service, Query(QUESTION, wish="llm", prompt="answer@2"))


def call(home: Path, answer: Answer, provider: FaultServer, *options: str, **env: str) -> Result:
    assert answer.stamp.asked is not None
    env = {"MLPLAYBOOK_LLM": "openai:scripted", "MLPLAYBOOK_LLM_BASE_URL": provider.openai, **env}
    return run(home, answer, "--call", *options, asked=answer.stamp.asked, **env)


def test_a_model_that_says_the_same_exits_with_0(tmp_path: Path, written: Answer, provider: FaultServer) -> None:
    done = call(tmp_path, written, provider)
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "the same (asked again)")
    assert len(provider.requests) == 2
    assert provider.requests[0]["body"] == provider.requests[1]["body"]


def test_a_model_that_says_something_else_exits_with_1(tmp_path: Path, written: Answer, provider: FaultServer) -> None:
    stable = "An index below 0.1 counts as stable."
    cited = [{"section": "drift#which-cut-offs-raise-an-alert", "quote": stable}]
    provider.reply = json.dumps({"statements": [{"text": stable, "citations": cited}]})
    done = call(tmp_path, written, provider)
    assert done.exit_code == 1
    assert done.output.splitlines()[:3] == ["differs (asked again)", "  differs in text", "  differs in statements"]


def test_a_model_that_fails_now_is_said(tmp_path: Path, written: Answer, provider: FaultServer) -> None:
    provider.scripts["scripted"] = ["401"]
    done = call(tmp_path, written, provider)
    assert done.exit_code == 1
    assert "  changed: model: llm: openai:scripted did not accept the key" in done.output.splitlines()


def test_the_recorded_model_is_asked_whatever_the_settings_name_now(
    tmp_path: Path, written: Answer, provider: FaultServer
) -> None:
    env = {"MLPLAYBOOK_LLM": "ollama:other", "OPENAI_BASE_URL": provider.openai}
    assert call(tmp_path, written, provider, **env).exit_code == 0
    assert provider.requests[-1]["body"]["model"] == "scripted"


def test_a_model_whose_key_is_gone_is_an_error(tmp_path: Path, written: Answer, provider: FaultServer) -> None:
    env = {"MLPLAYBOOK_LLM_BASE_URL": "https://models.example.org/v1", "OPENAI_API_KEY": ""}
    error = call(tmp_path, written, provider, **env).exception
    assert isinstance(error, BadSetting)
    assert str(error) == (
        "The model openai:scripted needs a key, and OPENAI_API_KEY is not set. Mend it, or leave --call out."
    )


def test_a_prompt_that_is_not_what_it_was_is_said(tmp_path: Path, written: Answer) -> None:
    for stamp, now in (("answer@2#000000000000", written.stamp.prompt), ("answer@99#0123456789ab", "not there")):
        changed = dataclasses.replace(written, stamp=dataclasses.replace(written.stamp, prompt=stamp))
        done = run(tmp_path, changed)
        assert f"  changed: prompt: {stamp} then, {now} now" in done.output.splitlines()
        assert done.exit_code == 0
