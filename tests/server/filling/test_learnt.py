"""Directions of fields among words and meanings."""

from __future__ import annotations

import numpy as np

from mlplaybook.server.artefacts.filling.learnt import TERMS, Learnt, load_learnt, packed, scores, terms_of, unpacked
from mlplaybook.server.artefacts.filling.records import Piece
from mlplaybook.server.artefacts.library import load_template


def a_piece(text: str) -> Piece:
    """A sentence of a note."""
    return Piece("n.md", text, 0, len(text), "sentence", 1)


def test_numbers_count_by_what_they_are() -> None:
    assert np.allclose(terms_of("We lost 8.1% by 3 May 2027"), terms_of("We lost 12 % by 2028-01-31"))
    assert not np.allclose(terms_of("We lost 8.1%"), terms_of("We lost 8 pounds"))


def test_a_direction_survives_being_packed() -> None:
    direction = np.linspace(-1, 1, 9, dtype=np.float32)
    assert np.allclose(unpacked(packed(direction)), direction, atol=1e-3)


def test_a_sentence_scores_with_its_own_field() -> None:
    own = np.append(terms_of("stop if it fails"), np.float32(0))
    learnt = Learnt("", {}, {"a": own, "b": np.zeros(TERMS + 1, np.float32)})
    meaning, words = scores([a_piece("Stop if it fails")], ("a", "b", "c"), None, "", learnt)
    assert not meaning.any()
    assert words.round(3).tolist() == [[1.0, 0.0, 0.0]]


def test_nothing_is_scored_without_pieces() -> None:
    assert [score.shape for score in scores([], ("a",), None, "", load_learnt())] == [(0, 1), (0, 1)]


def test_the_package_knows_every_sentence_field_of_a_problem_brief() -> None:
    wanted = {f.name for f in load_template("problem-brief").fields if f.type in {"text", "list"}}
    assert wanted <= load_learnt().words.keys() & load_learnt().meanings.keys()
