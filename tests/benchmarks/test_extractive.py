"""The benchmark of extractive answers: what counts as a loose end, and how its weights are fitted."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from benchmarks.extractive import CaseRow, PairRow, Said, cases_table, faults, pairs_table
from mlplaybook.server.answers.abstain import Signals
from mlplaybook.server.answers.assess import Findings
from mlplaybook.server.answers.records import Citation, Statement, quote_hash
from mlplaybook.server.answers.relevance import Relevance
from tests.server.answering import hit_on

TEXT = "Alpha holds. This follows. Beta:\n\n- one\n"


def said(*quotes: str) -> Said:
    hit = hit_on(TEXT)
    statements = []
    for quote in quotes:
        start = TEXT.index(quote)
        citation = Citation(1, "page", "page#top", ("Page",), start, start + len(quote), quote, quote_hash(quote))
        statements.append(Statement(quote, (citation,)))
    found = Findings("what?", (hit,), 0.9, "answered", Relevance({}), Signals())
    return Said("what?", " ".join(quotes), tuple(statements), found, 0, 1.0, 1.0)


def test_a_sentence_that_points_at_nothing_is_a_loose_end() -> None:
    assert faults(said("Alpha holds.", "This follows.")) == []
    assert faults(said("This follows.")) == ["points back: This follows."]
    assert faults(said("Beta:", "- one")) == []
    assert faults(said("Beta:")) == ["announces nothing: Beta:"]


def test_words_are_counted_as_a_reader_counts_them() -> None:
    assert said("Alpha holds.", "This follows.").words == 4


def test_the_tables_show_means() -> None:
    rows = [CaseRow("short", 1.0, 1.0, 0.0, 0.5, 0.25, 10), CaseRow("why", 0.0, 1.0, 1.0, 0.5, 0.75, 30)]
    assert cases_table(rows).splitlines()[2:] == [
        "| all | 2 | 0.500 | 1.000 | 0.500 | 0.500 | 0.500 | 20 |",
        "| short | 1 | 1.000 | 1.000 | 0.000 | 0.500 | 0.250 | 10 |",
        "| why | 1 | 0.000 | 1.000 | 1.000 | 0.500 | 0.750 | 30 |",
    ]
    pairs = [PairRow(0.1, 0.2, 10, covered=True), PairRow(0.3, 0.4, 30, covered=False)]
    assert pairs_table("qa", pairs).splitlines()[2:] == [
        "| qa, answered | 2 | 0.200 | 0.300 | 20 |",
        "| qa, covered | 1 | 0.100 | 0.200 | 10 |",
    ]


@pytest.mark.skipif(importlib.util.find_spec("scipy") is None, reason="the fit needs scipy")
def test_the_fit_finds_the_feature_that_tells() -> None:
    fitting = pytest.importorskip("benchmarks.extractive_fit")
    random = np.random.default_rng(7)
    questions = []
    for _ in range(60):
        features = random.random((6, 2))
        right = features[:, 0] == features[:, 0].max()
        questions.append(fitting.Units(features, right, [10] * 6, right[:, None]))
    weights = fitting.fit(questions)
    assert weights[0] > 5 * abs(weights[1])
    assert fitting.facts_within(questions[0], weights, 10) == 1.0
