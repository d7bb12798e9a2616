"""Words are spelt as the full-text index spells them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from mlplaybook.ingest.terms import index_terms


def test_words_are_stemmed_and_lose_their_accents() -> None:
    assert index_terms(["Detecting", "naïve", "ratios"]) == [("detect",), ("naiv",), ("ratio",)]


def test_a_word_with_marks_is_a_phrase_and_a_mark_alone_is_nothing() -> None:
    assert index_terms(["A/B", "don't", "%"]) == [("a", "b"), ("don", "t"), ()]


def test_nothing_is_spelt_as_nothing() -> None:
    assert index_terms([]) == []


def test_threads_do_not_meet_each_others_words() -> None:
    words = [[f"word{number}x{place}" for place in range(20)] for number in range(50)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(index_terms, words)) == [[(word,) for word in group] for group in words]
