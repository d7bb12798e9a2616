from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mlplaybook.ingest.encoder import estimate_tokens, load_encoder
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.llm.records import Message
from mlplaybook.server.usage.tokens import (
    VOCABULARY,
    VOCABULARY_URL,
    Counter,
    bound,
    count_messages,
    create_counter,
    vocabulary_is_here,
)

MARKDOWN = """A model with `l2=0.1` reached AUC 0.91; retrain weekly (see drift-response.md#when).

- Compare row counts.
| Index | Meaning |
|---|---|
| below 0.1 | stable |
"""
WORDS = Counter("words", lambda text: len(text.split()))


def test_without_the_vocabulary_word_pieces_are_counted_with_a_margin(tmp_path: Path) -> None:
    assert not vocabulary_is_here({"TIKTOKEN_CACHE_DIR": str(tmp_path)})
    assert bound("x " * 100, lambda text: len(text.split())) == 115


def test_a_counter_says_what_it_counts_by() -> None:
    if vocabulary_is_here():
        assert create_counter().name == VOCABULARY
    else:
        assert create_counter(lambda text: 1).name == "word pieces x 1.15"
        assert create_counter().name == "estimated word pieces x 1.15"


def test_a_file_of_the_right_name_and_the_wrong_content_is_not_the_vocabulary(tmp_path: Path) -> None:
    """tiktoken would delete it and fetch another one."""
    (tmp_path / hashlib.sha1(VOCABULARY_URL.encode(), usedforsecurity=False).hexdigest()).write_text("no vocabulary")
    assert not vocabulary_is_here({"TIKTOKEN_CACHE_DIR": str(tmp_path)})
    assert not vocabulary_is_here({"DATA_GYM_CACHE_DIR": str(tmp_path)})


def test_an_empty_folder_name_means_that_tiktoken_keeps_nothing() -> None:
    assert not vocabulary_is_here({"TIKTOKEN_CACHE_DIR": ""})


def test_the_vocabulary_is_the_one_that_tiktoken_would_fetch() -> None:
    public = pytest.importorskip("tiktoken_ext.openai_public", reason="tiktoken comes with the extra [openai]")
    source = Path(public.__file__).read_text("utf-8")
    from mlplaybook.server.usage.tokens import VOCABULARY_SHA256

    assert f'"{VOCABULARY_URL}"' in source
    assert f'"{VOCABULARY_SHA256}"' in source


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # Counted with o200k_base.
        ("┃━┏┓" * 200, 1200),
        ("1234567890" * 100, 334),
        ("😀🚀🔥" * 40, 160),
        ("éèàùçñ" * 100, 600),
        ("数据漂移检测方法与模型监控" * 20, 180),
    ],
    ids=["box drawing", "digits", "emoji", "accents", "chinese"],
)
def test_what_word_pieces_do_not_see_is_counted_too(text: str, tokens: int) -> None:
    assert bound(text, lambda text: 1) >= tokens
    assert bound(text, estimate_tokens) >= tokens


@pytest.mark.weights
def test_markdown_is_not_counted_too_short(models: Path) -> None:
    """o200k_base counts 5,400 tokens."""
    pieces = load_encoder(models).count_tokens
    assert 5_400 <= bound(MARKDOWN * 100, pieces) <= 2 * 5_400


def test_the_safety_factor_holds_for_the_pages_where_the_vocabulary_is_here() -> None:
    if not vocabulary_is_here():
        pytest.skip("the vocabulary of tiktoken is not on this machine")
    exact = create_counter()
    for path in sorted(pages_folder().rglob("*.md")):
        text = path.read_text("utf-8")
        assert bound(text, estimate_tokens) >= exact.count(text)


def test_messages_have_their_format_and_other_providers_a_margin() -> None:
    messages = [Message("system", "one two three", static=True), Message("user", "four")]
    assert count_messages(WORDS, messages, "openai:gpt-6-luna") == 12
    assert count_messages(WORDS, messages, "anthropic:claude-haiku-5-5") == 18
