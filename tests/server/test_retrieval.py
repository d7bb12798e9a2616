"""Search: worked examples of its arithmetic, and its behaviour on a small corpus."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.encoder import unit
from mlplaybook.ingest.vectors import quantise
from mlplaybook.server.retrieval.dense import best_rows, create_exact_nearest, remove_abandoned_copies
from mlplaybook.server.retrieval.fuse import convex, reciprocal_ranks
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.late import late_scores, max_sim, question_tokens
from mlplaybook.server.retrieval.lexical import lexical_scores, term_weights, terms_found
from mlplaybook.server.retrieval.search import SECTION_WEIGHT, Filter, Method, rank_chunks, search
from mlplaybook.server.retrieval.words import compound_terms, query_terms
from tests.conftest import WordEncoder, WritePages
from tests.ingest.test_vectors import encoded


def test_a_worked_example_of_convex_fusion() -> None:
    """Dense .8, .4 scale to 1, .5; BM25 6, 3 to 1, .5 and weigh .3: 1 + .3 x .5 = 1.15, .5, .3 x 1 = .3."""
    fused = convex({1: 0.8, 2: 0.4}, {3: 6.0, 1: 3.0}, weight=0.3)
    assert fused == pytest.approx({1: 1.15, 2: 0.5, 3: 0.3})


def test_a_worked_example_of_reciprocal_rank_fusion() -> None:
    fused = reciprocal_ranks({1: 0.9, 2: 0.5}, {2: 7.0, 3: 1.0})
    assert fused == pytest.approx({1: 1 / 61, 2: 1 / 62 + 1 / 61, 3: 1 / 62})


def test_fusion_of_one_empty_list_keeps_the_order_of_the_other() -> None:
    assert convex({}, {1: 2.0, 2: 1.0}) == pytest.approx({1: 0.3, 2: 0.15})
    assert convex({1: -0.2, 2: -0.4}, {}) == {1: 0.0, 2: 0.0}


def test_a_worked_example_of_max_sim() -> None:
    """Question words (1,0) and (0,1) against (.6,.8) and (1,0): best 1 and .8, mean .9."""
    question = np.eye(2, dtype=np.float32)
    chunk = np.array([[0.6, 0.8], [1.0, 0.0]], np.float32)
    assert max_sim(question, chunk) == pytest.approx(0.9)
    assert max_sim(question, np.zeros((0, 2), np.float32)) == 0.0


@given(st.lists(st.integers(0, 9), max_size=6), st.integers(0, 99))
def test_stored_vectors_give_max_sim_within_their_rounding(lengths: list[int], seed: int) -> None:
    question = unit(np.random.default_rng(seed).standard_normal((3, 8)).astype(np.float32))
    originals = [encoded(length, seed + n) for n, length in enumerate(lengths) if length] if lengths else []
    scores = late_scores(question, [quantise(original) for original in originals])
    assert scores == pytest.approx([max_sim(question, original.tokens) for original in originals], abs=0.02)


def test_special_tokens_of_a_question_do_not_vote() -> None:
    tokens = encoded(3)
    tokens.spans[0] = (0, 0)
    assert question_tokens(tokens).tolist() == tokens.tokens[1:].tolist()


def test_function_words_are_left_out_unless_there_is_nothing_else() -> None:
    assert query_terms("How do I detect the drift of a model?") == ("detect", "drift", "model")
    assert query_terms("What is it?") == ("what", "is", "it")
    assert compound_terms("an A/B test, pre-commit, e-mail.") == ("a/b", "pre-commit", "e-mail")


@pytest.mark.parametrize(
    "question", ['"quoted" AND (x OR y)', "NEAR(a b)", "col:x", "a* -b ^c", "100%", "x'y", "; DROP TABLE chunks"]
)
def test_no_character_of_a_question_is_an_operator(handbook: Index, question: str) -> None:
    assert isinstance(lexical_scores(handbook.catalog, question, 5), dict)


def test_rare_terms_weigh_more_and_unknown_ones_most(handbook: Index) -> None:
    total = 5
    weights = term_weights(handbook.catalog, ["drift", "zebra"])
    assert weights["zebra"] == pytest.approx(math.log((total + 1) / 0.5))
    assert weights["drift"] < weights["zebra"]
    assert terms_found(handbook.catalog, ["drift", "zebra", "alerts"], range(total)) == {"drift", "alerts"}


def test_best_rows_are_ordered_and_ties_go_to_the_lower_row() -> None:
    assert best_rows(np.array([0.1, 0.9, 0.9, 0.5], np.float32), 3) == [1, 2, 3]
    assert best_rows(np.array([], np.float32), 3) == []


def test_the_right_section_is_found_with_its_exact_words(handbook: Index) -> None:
    hit = search(handbook, "Which cut-offs raise an alert?")[0]
    assert hit.section.id == "drift#which-cut-offs-raise-an-alert"
    assert hit.path == ("Drift detection", "Which cut-offs raise an alert?")
    assert hit.text == hit.document.text[hit.char_start : hit.char_end]
    assert hit.text.startswith("A population stability index above 0.2")


def test_chroma_and_exact_comparison_find_the_same(handbook: Index, encoder: WordEncoder) -> None:
    assert handbook.vectors is not None
    assert handbook.nearest is not None
    question = encoder.encode_query("split rows by time").sentence
    assert handbook.nearest(question, 5) == create_exact_nearest(handbook.vectors.sentences)(question, 5)


def test_filters_keep_to_pages_and_folders(handbook: Index) -> None:
    by_page = search(handbook, "rows", only=Filter(pages=("drift",)))
    by_folder = search(handbook, "index", only=Filter(folders=("data",)))
    assert {hit.document.id for hit in by_page} == {"drift"}
    assert {hit.document.id for hit in by_folder} == {"data/leakage"}
    assert search(handbook, "index", only=Filter(pages=("none",))) == []


def test_a_page_fills_at_most_three_places(handbook: Index) -> None:
    hits = search(handbook, "drift detection index alert python", k=10)
    assert [hit.document.id for hit in hits].count("drift") == 3


def test_every_section_is_listed_once(handbook: Index) -> None:
    sections = [hit.section.id for hit in search(handbook, "index", k=10)]
    assert len(sections) == len(set(sections))


def test_each_part_of_the_search_can_be_left_out(handbook: Index) -> None:
    words = rank_chunks(handbook, "alert", method=Method(dense=False))
    meaning = rank_chunks(handbook, "alert", method=Method(lexical=False, late_weight=0.0))
    assert words.question is None
    assert {s.lexical for s in meaning.scores.values()} == {0.0}
    assert {s.late for s in meaning.scores.values()} == {0.0}


def test_a_chunk_counts_for_what_its_section_is_about(handbook: Index) -> None:
    found = rank_chunks(handbook, "alert", method=Method(lexical=False, late_weight=0.0, asked_weight=0.0))
    assert handbook.vectors is not None
    assert found.question is not None
    for row, scores in found.scores.items():
        assert scores.dense == pytest.approx(float(handbook.vectors.sentences[row] @ found.question.sentence), abs=1e-5)
        assert scores.meaning(0.25) == pytest.approx(0.75 * scores.dense + 0.25 * scores.section)
    ordered = list(found.scores.values())
    assert ordered == sorted(ordered, key=lambda scores: -scores.meaning(SECTION_WEIGHT))


def test_copies_of_dead_processes_are_removed(tmp_path: Path) -> None:
    dead, alive = tmp_path / "mlplaybook-reader-999999999-x", tmp_path / "mlplaybook-reader-1-x"
    dead.mkdir()
    alive.mkdir()
    remove_abandoned_copies(tmp_path)
    assert (dead.exists(), alive.exists()) == (False, True)


def test_a_pages_lead_gives_way_to_the_summary_after_it(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    page = "# Budgets\n\nThis page is about budgets.\n\n## Summary\n\nSpend less than you have.\n\n## More\n\nOther words.\n"
    write_pages({"with.md": page, "without.md": page.replace("Summary", "Detail").replace("budgets", "limits")})
    ingest(job())
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ""))
    assert search(index, "about budgets", only=Filter(pages=("with",)))[0].section.id == "with#summary"
    assert search(index, "about limits", only=Filter(pages=("without",)))[0].section.id == "without#budgets"
