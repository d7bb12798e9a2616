"""Labelled sets are read, and the methods are measured on the functions that users call."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from mlplaybook.evals.questions import Question, read_labelled
from mlplaybook.evals.retrieval import METHODS, measure, rank_documents
from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.retrieval.index import Index


def write_beir(folder: Path) -> Path:
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "", "text": "one"}\n')
    (folder / "queries.jsonl").write_text('{"_id": "q1", "text": "first?"}\n{"_id": "q2", "text": "unlabelled?"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td9\t0\n")
    return folder


def test_a_beir_folder_gives_its_labelled_questions(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "set")
    labelled = read_labelled(folder, tmp_path)
    assert labelled.corpus == folder / "corpus.jsonl"
    assert labelled.questions == (Question("q1", "first?", {"d1": 2.0}),)


def test_pairs_become_a_corpus_of_their_answers(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"question": "a?", "answer": "A"}\n{"question": "b?", "answer": "B"}\n')
    labelled = read_labelled(path, tmp_path)
    assert [json.loads(line)["text"] for line in labelled.corpus.read_text().splitlines()] == ["A", "B"]
    assert labelled.questions[1] == Question("q1", "b?", {"a1": 1.0})


@pytest.mark.parametrize("content", [None, "{}", "no json"])
def test_what_is_no_labelled_set_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "pairs.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadSource):
        read_labelled(path, tmp_path)


def test_documents_are_ranked_by_their_best_chunk(handbook: Index) -> None:
    assert rank_documents(handbook, "split rows", METHODS["convex + MaxSim (default)"])[0] == "data/leakage"


def test_every_method_is_measured(handbook: Index) -> None:
    questions = [Question("1", "split rows", {"data/leakage": 1.0}), Question("2", "alert", {"drift": 1.0})]
    ticks = itertools.count()
    for name, method in METHODS.items():
        result = measure(handbook, questions, name, method, clock=lambda: float(next(ticks)))
        assert (result.method, result.questions, result.p50_ms) == (name, 2, 1000.0)
        assert result.ndcg10 == result.success1 == 1.0
