"""Questions beside the pages: read, kept where their sections are, embedded once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlplaybook.ingest.asked import Asked, asked_mark, encode_asked, keep_known, read_asked
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.retrieval.search import Method, search
from tests.conftest import WordEncoder, WritePages

PAGES = {
    "drift.md": "# Drift\n\n## Detecting drift\n\nCompare the live distribution with a reference.\n",
    "cost.md": "# Cost\n\n## Lowering cost\n\nUse smaller machines for the live traffic.\n",
}


def write_asked(folder: Path, section: str, *questions: str) -> None:
    (folder / "asked").mkdir(exist_ok=True)
    line = json.dumps({"section": section, "questions": questions})
    (folder / "asked" / f"{section.split('#', maxsplit=1)[0]}.jsonl").write_text(line + "\n", "utf-8")


def test_questions_come_in_file_order(tmp_path: Path) -> None:
    write_asked(tmp_path, "b#y", "third")
    write_asked(tmp_path, "a#x", "first", "second")
    assert read_asked(tmp_path) == (Asked("a#x", "first"), Asked("a#x", "second"), Asked("b#y", "third"))


def test_a_folder_without_questions_has_none(tmp_path: Path) -> None:
    assert read_asked(tmp_path) == ()


@pytest.mark.parametrize("line", ["{", '{"section": "a#x"}', "[1]", '{"section": "a#x", "questions": 3}'])
def test_a_bad_line_is_named_with_its_file_and_number(tmp_path: Path, line: str) -> None:
    write_asked(tmp_path, "a#x", "first")
    (tmp_path / "asked" / "a.jsonl").write_text(f"\n{line}\n", "utf-8")
    with pytest.raises(BadSource, match=r"a\.jsonl, line 2, holds no questions"):
        read_asked(tmp_path)


def test_a_question_whose_section_is_gone_is_left_out() -> None:
    asked = (Asked("a#x", "first"), Asked("b#y", "third"))
    assert keep_known(asked, frozenset({"a#x"})) == (asked[0],)


def test_the_mark_changes_with_a_question(tmp_path: Path) -> None:
    before = asked_mark(tmp_path)
    write_asked(tmp_path, "a#x", "first")
    assert asked_mark(tmp_path) != before


def test_known_vectors_are_taken_over(encoder: WordEncoder) -> None:
    known = {"old": np.full(encoder.dimensions, 7, np.float32)}
    vectors = encode_asked([Asked("a#x", "old"), Asked("a#x", "new words")], encoder, known)
    assert vectors[0].tolist() == [7] * encoder.dimensions
    assert np.array_equal(vectors[1], encoder.encode_query("new words").sentence)


def test_a_question_leads_to_its_section_though_they_share_no_word(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    folder = write_pages(PAGES)
    write_asked(folder, "cost#lowering-cost", "invoice too high")
    ingest(job(source=folder, corpus="handbook"))
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))
    with_questions = search(index, "why is the invoice high", k=1)
    assert [hit.section.id for hit in with_questions] == ["cost#lowering-cost"]
    assert with_questions[0].scores.asked == pytest.approx(
        float(
            encoder.encode_query("invoice too high").sentence @ encoder.encode_query("why is the invoice high").sentence
        )
    )
    without = search(index, "why is the invoice high", k=1, method=Method(asked_weight=0.0))
    assert [hit.scores.asked for hit in without] == [0.0]


def test_an_edited_question_makes_a_new_generation_without_embedding_a_page(
    write_pages: WritePages, job: Callable[..., Job]
) -> None:
    folder = write_pages(PAGES)
    write_asked(folder, "cost#lowering-cost", "invoice too high")
    first = ingest(job(source=folder, corpus="handbook"))
    write_asked(folder, "cost#lowering-cost", "bill too high")
    second = ingest(job(source=folder, corpus="handbook"))
    assert second.manifest.generation != first.manifest.generation
    assert (second.embedded, second.reused) == (0, first.embedded)
