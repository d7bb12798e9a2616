"""RAGAS' metrics without a model, on the answers that users get: equal to our own where both exist."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from mlplaybook.evals.judge.library import load_parts
from mlplaybook.evals.judge.offline import measure
from mlplaybook.evals.metrics import recall
from mlplaybook.evals.records import Case, Score
from mlplaybook.evals.rouge import longest_common, rouge_l_recall
from mlplaybook.evals.suites import answers
from mlplaybook.evals.suites.world import World
from mlplaybook.server.retrieval.index import Index

QUOTE = "A population stability index above 0.2 raises an alert."
GOLD = {"gold": [{"page": "drift", "quote": QUOTE}], "facts": ["0.2"]}
COVERED = Case("ragas/alert", "ragas", "which", "x", 1, {"question": "Which cut-offs raise an alert?"}, GOLD)
FAR = replace(COVERED, input={"question": "Who won the football cup?"})
parts = load_parts()


def test_an_answer_is_scored_as_our_own_metrics_score_it(handbook: Index) -> None:
    world = World(handbook)
    theirs, ours = measure(world, COVERED).scores, answers.measure(world, COVERED).scores
    assert theirs["similarity"] == ours["similarity"]
    assert theirs["rouge-l"] == ours["rouge-l"]
    assert theirs["context-recall"] == Score(1.0)
    found = measure(world, COVERED).output["found"]
    assert theirs["context-precision"] == Score(round(1 / len(set(found)), 6))


def test_a_question_to_which_nothing_is_said_counts_as_nothing(handbook: Index) -> None:
    scores = measure(World(handbook), FAR).scores
    assert (scores["similarity"], scores["rouge-l"]) == (Score(0.0), Score(0.0))


def test_without_an_encoder_only_similarity_does_not_apply(handbook: Index) -> None:
    bare = World(replace(handbook, encoder=None))
    states = {name: score.status for name, score in measure(bare, COVERED).scores.items()}
    assert states == {"context-precision": "ok", "context-recall": "ok", "similarity": "na", "rouge-l": "ok"}


@pytest.mark.parametrize("found", [found for size in (1, 2, 3) for found in itertools.permutations("abcd", size)])
def test_precision_and_recall_of_contexts_are_those_of_sets(found: tuple[str, ...]) -> None:
    for relevant in (("a",), ("a", "b"), ("x",)):
        precision, covered = parts.context_scores(found, relevant)
        assert covered == recall(found, dict.fromkeys(relevant, 1.0), len(found))
        assert precision == len(set(found) & set(relevant)) / len(set(found))


PAIRS = [
    ("police killed the gunman", "police kill the gunman"),
    ("Clip gradients to norm 1.0 and log the loss.", "Log losses, then clip the gradient to 1.0."),
    ("A population stability index above 0.2 raises an alert.", "An alert is raised above 0.2."),
    ("Split by time.", "No word of it."),
]


@pytest.mark.parametrize(("reference", "answer"), PAIRS)
def test_rouge_is_ours_with_words_that_are_stemmed(reference: str, answer: str) -> None:
    from rouge_score.tokenizers import DefaultTokenizer

    stemmed = DefaultTokenizer(use_stemmer=True).tokenize
    wanted = stemmed(reference)
    assert parts.rouge_l(reference, answer) == pytest.approx(longest_common(wanted, stemmed(answer)) / len(wanted))
    plain = DefaultTokenizer(use_stemmer=False).tokenize
    words = plain(reference)
    assert rouge_l_recall(reference, answer) == pytest.approx(longest_common(words, plain(answer)) / len(words))
