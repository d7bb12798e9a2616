"""What was fitted to a corpus serves it, and a file that cannot be used is named and left alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.server.answers.abstain import ANSWERED, Signals, model_of, shipped_model
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.assess import find
from mlplaybook.server.doctor import check_corpus
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.search import Method, search, weights_of
from mlplaybook.server.retrieval.tuned import (
    TERMS,
    TUNED_FILE,
    AnswerModel,
    Tuned,
    Weights,
    forget_tuned,
    read_tuned,
    write_tuned,
)
from tests.conftest import ID, WordEncoder, WritePages

NEVER = AnswerModel("plain", {"constant": -3.0, "dense": 1.0}, 0.8, 0.7)
TUNED = Tuned(ID, "0123456789abcdef", "2026-11-21", 40, 25, Weights(0.5, 1.0, 2.0), NEVER, {"ndcg10_before": 0.7})
QUESTION = "Which cut-offs raise an alert?"


@pytest.fixture
def reopen(handbook: Index, tmp_path: Path, encoder: WordEncoder) -> Callable[[], Index]:
    """The handbook as the next process sees it."""
    return lambda: open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))


def folder_of(index: Index) -> Path:
    return index.folder.parent


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert write_tuned(tmp_path, TUNED) == tmp_path / TUNED_FILE
    assert read_tuned(tmp_path, ID) == (TUNED, "")
    assert [path.name for path in tmp_path.iterdir()] == [TUNED_FILE]


def test_a_fit_without_a_model_is_read(tmp_path: Path) -> None:
    weights_only = dataclasses.replace(TUNED, model=None)
    write_tuned(tmp_path, weights_only)
    assert read_tuned(tmp_path, ID) == (weights_only, "")


def test_every_signal_may_have_a_coefficient() -> None:
    assert {"constant", *(field.name for field in dataclasses.fields(Signals))} == TERMS


def test_nothing_is_found_where_nothing_was_fitted(tmp_path: Path) -> None:
    assert read_tuned(tmp_path, ID) == (None, "")
    assert not forget_tuned(tmp_path)


def test_the_digest_follows_what_answers_depend_on_and_nothing_else() -> None:
    assert dataclasses.replace(TUNED, date="2027-01-01", generation="x", figures={}).digest == TUNED.digest
    assert dataclasses.replace(TUNED, weights=Weights()).digest != TUNED.digest
    assert dataclasses.replace(TUNED, model=None).digest != TUNED.digest


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"weights": {"lexical": "much"}},
        {"weights": {"other": 1.0}},
        {"weights": {"lexical": float("nan")}},
        {"weights": None},
        {"model": {"kind": "plain"}},
        {"model": {"kind": "plain", "coefficients": [], "answered": 0.5, "partial": 0.3}},
        {"model": {"kind": "plain", "coefficients": {"luck": 1.0}, "answered": 0.5, "partial": 0.3}},
        {"figures": 3},
        {"encoder": None},
        {"unknown": 1},
    ],
)
def test_a_broken_file_is_ignored_with_a_note(tmp_path: Path, change: dict[str, object]) -> None:
    path = write_tuned(tmp_path, TUNED)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    tuned, note = read_tuned(tmp_path, ID)
    assert tuned is None
    assert note.startswith(f"{path} is not used, because it cannot be read")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"3"])
def test_what_is_no_record_is_ignored_with_a_note(tmp_path: Path, content: bytes) -> None:
    (tmp_path / TUNED_FILE).write_bytes(content)
    assert "cannot be read" in read_tuned(tmp_path, ID)[1]


def test_a_fit_with_another_encoder_is_ignored_with_a_note(reopen: Callable[[], Index], tmp_path: Path) -> None:
    index = reopen()
    write_tuned(folder_of(index), dataclasses.replace(TUNED, encoder="older"))
    assert reopen().tuned is None
    check = check_corpus(tmp_path / "index", "handbook")
    assert check.level == "ok"
    assert "is not used, because it was fitted with the encoder older" in check.found


def test_a_tuned_corpus_ranks_otherwise(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    """One page has the question's rare word among many others, the other shares more of its meaning."""
    rare = "Ledger of the quorum, with words on harbours, bridges, tunnels, rivers, lakes, seas and canals."
    write_pages({"near.md": "# Stock\n\nstock of parts in store", "rare.md": f"# Ledger\n\n{rare}"})
    ingest(job())

    def opened() -> Index:
        return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))

    question = "stock parts store quorum"
    index = opened()
    assert [hit.document.id for hit in search(index, question)] == ["near", "rare"]
    write_tuned(folder_of(index), dataclasses.replace(TUNED, weights=Weights(lexical=9.0, late=0.0)))
    by_words = [hit.document.id for hit in search(opened(), question, method=Method(dense=False))]
    assert search(opened(), question)[0].scores.total > 5
    assert [hit.document.id for hit in search(opened(), question)] == by_words


def test_a_method_that_names_a_weight_has_the_last_word(handbook: Index) -> None:
    tuned = dataclasses.replace(handbook, tuned=TUNED)
    assert weights_of(handbook, Method()) == Weights()
    assert weights_of(tuned, Method()) == TUNED.weights
    assert weights_of(tuned, Method(late_weight=0.0)) == Weights(0.5, 0.0, 2.0)


def test_a_tuned_corpus_refuses_by_its_own_model(reopen: Callable[[], Index]) -> None:
    index = reopen()
    before = find(index, QUESTION)
    assert before.status == "answered"
    write_tuned(folder_of(index), TUNED)
    assert model_of(reopen()) == NEVER
    after = find(reopen(), QUESTION)
    assert after.status == "abstained"
    assert after.probability < 0.2
    assert find(reopen(), QUESTION, method=Method(dense=False)).probability > 0.2


def test_a_model_for_another_kind_of_index_is_not_used(handbook: Index) -> None:
    other = dataclasses.replace(TUNED, model=dataclasses.replace(NEVER, kind="asked"))
    assert model_of(dataclasses.replace(handbook, tuned=other)) == shipped_model("plain")
    assert model_of(handbook).answered == ANSWERED


def test_the_stamp_says_whether_the_corpus_was_tuned(reopen: Callable[[], Index]) -> None:
    index = reopen()
    plain = ask(index, QUESTION).stamp
    write_tuned(folder_of(index), TUNED)
    tuned = ask(reopen(), QUESTION).stamp
    assert (plain.tuned, plain.tuned_config) == (False, "")
    assert (tuned.tuned, tuned.tuned_config) == (True, TUNED.digest)


def test_a_search_by_words_only_is_not_tuned(reopen: Callable[[], Index], tmp_path: Path) -> None:
    write_tuned(folder_of(reopen()), TUNED)
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (None, "gone"))
    assert (index.tuned, ask(index, QUESTION).stamp.tuned) == (None, False)


def test_a_new_generation_keeps_the_fit_and_doctor_names_it(
    reopen: Callable[[], Index], write_pages: WritePages, job: Callable[..., Job], tmp_path: Path
) -> None:
    write_tuned(folder_of(reopen()), TUNED)
    write_pages({"new.md": "# New\n\nA page that was not there."})
    ingest(job())
    assert reopen().tuned == TUNED
    said = f"tuned on 2026-11-21 with 40 questions and 25 that it does not cover, for generation {TUNED.generation}"
    assert said in check_corpus(tmp_path / "index", "handbook").found
    assert forget_tuned(folder_of(reopen()))
    assert reopen().tuned is None
