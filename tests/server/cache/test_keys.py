from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from mlplaybook.server.cache.keys import Wanted, answer_key, code_digest, embedding_key, history_hash, program_version
from mlplaybook.server.cache.store import kind_of
from mlplaybook.server.retrieval.filters import Filter

WANTED = Wanted("playbook", "0123456789abcdef", "minilm", "What is PSI?", "0.1.0")


def test_the_same_request_has_the_same_key_whatever_the_order_of_its_options() -> None:
    one = dataclasses.replace(WANTED, profile={"a": "1", "b": "2"})
    other = dataclasses.replace(WANTED, profile={"b": "2", "a": "1"})
    assert answer_key(one) == answer_key(other)
    assert kind_of(answer_key(one)) == "answer"


@pytest.mark.parametrize(
    "change",
    [
        {"corpus": "handbook"},
        {"generation": "f" * 16},
        {"encoder": "other"},
        {"question": "What is PSI"},
        {"question": "what is PSI?"},
        {"version": "0.1.1"},
        {"mode": "llm"},
        {"k": 6},
        {"only": Filter(pages=("drift",))},
        {"only": Filter(folders=("drift",))},
        {"profile": {"modelType": "llm"}},
        {"mmr": 0.0},
        {"tuned": "abc"},
        {"prompts": ("answer@1#0123456789ab",)},
        {"model": "openai:gpt-6-luna"},
        {"parameters": {"temperature": 0.0}},
        {"history": history_hash([("user", "What is drift?")])},
        {"options": {"words": 90}},
    ],
    ids=str,
)
def test_whatever_an_answer_depends_on_changes_its_key(change: dict[str, Any]) -> None:
    assert answer_key(dataclasses.replace(WANTED, **change)) != answer_key(WANTED)


def test_every_field_of_a_request_is_in_its_key() -> None:
    changed = {
        "corpus", "generation", "encoder", "question", "version", "mode", "k", "only", "profile", "mmr", "tuned", "prompts",
        "model", "parameters", "history", "options",
    }  # fmt: skip
    assert {entry.name for entry in dataclasses.fields(Wanted)} == changed


def test_white_space_in_a_question_does_not_count() -> None:
    assert answer_key(dataclasses.replace(WANTED, question=" What  is\nPSI? ")) == answer_key(WANTED)


def test_fields_cannot_run_into_each_other() -> None:
    one = dataclasses.replace(WANTED, only=Filter(pages=("a", "b")))
    other = dataclasses.replace(WANTED, only=Filter(pages=("a,b",)))
    assert answer_key(one) != answer_key(other)
    assert embedding_key("a", "bc") != embedding_key("ab", "c")


def test_no_history_has_no_hash_and_turns_keep_their_speakers() -> None:
    assert history_hash([]) == ""
    assert history_hash([("user", "a"), ("assistant", "b")]) != history_hash([("user", "ab"), ("assistant", "")])


def test_a_checkout_has_a_version_that_follows_its_code() -> None:
    assert program_version() == f"0.1.0+{code_digest()[:12]}"
