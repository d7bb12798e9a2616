"""How long an answer is, as it was asked for: by option, by words of the question, or as a reader takes it in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.server.answers.ask import Means, ask
from mlplaybook.server.answers.length import LONG, LONGEST, SHORT, SHORTEST, WORDS, wanted_words
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.service import Query, answer, open_service
from mlplaybook.server.settings import Settings
from tests.conftest import ID, WordEncoder, WritePages

QUESTION = "Which drift alert cut-offs of the stability index raise an alert?"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is PSI?", WORDS),
        ("Explain PSI in detail.", LONG),
        ("Explain data leakage in depth", LONG),
        ("Tell me everything about drift", LONG),
        ("Give me the full checklist for a launch", LONG),
        ("A THOROUGH explanation of calibration, please", LONG),
        ("Briefly, what is PSI?", SHORT),
        ("What is PSI in one sentence?", SHORT),
        ("TL;DR: drift", SHORT),
        ("In short: what is drift?", SHORT),
        ("What is drift, in short?", SHORT),
        # These say nothing about the length of the answer.
        ("How do I detect drift in short windows?", WORDS),
        ("How many tokens are in a word?", WORDS),
        ("How is a retail forecast checked?", WORDS),
        ("Which details belong into a model card?", WORDS),
        ("Should I put all settings in a line?", WORDS),
    ],
)
def test_the_question_may_say_how_long(question: str, words: int) -> None:
    assert wanted_words(question) == words


@pytest.mark.parametrize(("asked", "words"), [(90, 90), (1, SHORTEST), (10**9, LONGEST)])
def test_what_is_asked_for_counts_more_and_is_bounded(asked: int, words: int) -> None:
    assert wanted_words("Explain PSI in detail.", asked) == words


@pytest.fixture
def long_page(write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder) -> Index:
    """One section of forty sentences that all answer, each with a figure of its own."""
    said = " ".join(
        f"Alert {n} is raised by drift when the stability index has a cut-off of 0.{n}." for n in range(10, 50)
    )
    write_pages({"drift.md": f"# Drift\n\n## Which cut-offs raise an alert?\n\n{said}\n"})
    ingest(job())
    return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ID))


def length(made: Answer) -> int:
    return sum(len(statement.text.split()) for statement in made.statements)


@pytest.mark.parametrize("words", [20, 60, 180, 360])
def test_an_answer_keeps_to_its_bound_and_takes_half_of_it(long_page: Index, words: int) -> None:
    made = ask(long_page, QUESTION, means=Means(words=words))
    assert words / 3 < length(made) <= words
    assert made.stamp.asked is not None
    assert made.stamp.asked.words == words


def test_words_of_the_question_lengthen_and_shorten(long_page: Index) -> None:
    asked = (f"Briefly: {QUESTION}", QUESTION, f"{QUESTION} Explain in detail.")
    made = [ask(long_page, question) for question in asked]
    assert length(made[0]) <= SHORT < length(made[1]) <= WORDS < length(made[2]) <= LONG
    assert [one.stamp.asked and one.stamp.asked.words for one in made] == [None, None, None]


def test_a_list_that_is_asked_for_may_fill_the_answer(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    items = "\n".join(f"- Alert check {n} compares the rows of both windows." for n in range(6))
    write_pages({"drift.md": f"# Drift\n\n## Which alert checks are there?\n\nThe alert checks are:\n\n{items}\n"})
    ingest(job())
    index = open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, ID))
    made = ask(index, "List the alert checks.", means=Means(words=60))
    assert [statement.kind for statement in made.statements].count("item") == 6


def test_another_length_is_another_answer_in_the_cache(long_page: Index, tmp_path: Path) -> None:
    with open_service(Settings(home=tmp_path / "home"), long_page, pytest.fail) as service:
        short, usual, again = (answer(service, Query(QUESTION, words=words)) for words in (40, None, 40))
    assert length(short) <= 40 < length(usual)
    assert [one.stamp.cached for one in (short, usual, again)] == [False, False, True]
    assert again.statements == short.statements
