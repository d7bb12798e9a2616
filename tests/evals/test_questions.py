"""Labelled questions in their three forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlplaybook.evals.questions import LabelledSet, Question, read_labelled, read_not_covered
from mlplaybook.ingest.errors import BadSource
from tests.evals.test_retrieval import write_beir


def write_lines(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def test_queries_without_a_relevant_document_stand_apart(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "set")
    expected = LabelledSet(folder / "corpus.jsonl", (Question("q1", "first?", {"d1": 2.0}),), ("unlabelled?",))
    assert read_labelled(folder, tmp_path) == expected


def test_lines_may_name_their_documents(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "own.jsonl",
        {"question": "a?", "relevant": ["x", "y"]},
        {"question": "b?", "relevant": []},
        {"question": "c?"},
    )
    assert read_labelled(path, tmp_path) == LabelledSet(
        None, (Question("q0", "a?", {"x": 1.0, "y": 1.0}),), ("b?", "c?")
    )


@pytest.mark.parametrize("record", [[], "text", {"relevant": ["x"]}, {"question": "a?", "relevant": 3}])
def test_lines_of_another_form_are_refused(tmp_path: Path, record: object) -> None:
    with pytest.raises(BadSource, match="is not a labelled set"):
        read_labelled(write_lines(tmp_path / "own.jsonl", {"question": "a?", "relevant": ["x"]}, record), tmp_path)


def test_questions_that_are_not_covered_are_read(tmp_path: Path) -> None:
    assert read_not_covered(write_lines(tmp_path / "far.jsonl", {"question": "a?"}, {"question": "b?"})) == ("a?", "b?")


@pytest.mark.parametrize("record", [{"text": "a?"}, ["a?"], "a?"])
def test_what_holds_no_question_is_refused(tmp_path: Path, record: object) -> None:
    with pytest.raises(BadSource, match=r"far\.jsonl has no questions"):
        read_not_covered(write_lines(tmp_path / "far.jsonl", record))
