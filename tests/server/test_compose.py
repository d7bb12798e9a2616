"""Answers composed from pages: what each kind of question lifts, and what every answer keeps to."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.server.answers.assess import find
from mlplaybook.server.answers.compose import compose
from mlplaybook.server.answers.records import Statement
from mlplaybook.server.answers.relevance import Relevance
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.units import points_back
from mlplaybook.server.answers.verify import verify
from mlplaybook.server.retrieval.index import Index, open_index
from tests.conftest import WordEncoder, WritePages
from tests.server.answering import hit_on

RELEASES = """# Releases

How to bring a model to its users.

## What is a canary release?

Give a small share of traffic to the new model first. A canary release is a release to a small share of users. It ends
when the error rate moves. A shadow release answers nobody and only logs.

## How is a model rolled back?

Roll back in three steps, one command each.

1. Stop the writers of the model.
2. Point the alias at the old model.
3. Replay the queue of the writers.

Tell the owner afterwards.

## Which limits stop a canary?

The limits are checked every minute:

| Signal | Limit for a canary | Limit for a shadow |
|---|---|---|
| Error rate | 2 % | 5 % |
| Latency | 300 ms | none |

A canary stops because its users feel every error.

## How long does a canary last?

A canary lasts 24 hours. Longer canaries hide weekly patterns of users. See [drift](drift.md).

## Is one canary enough for a model?

Traffic differs by country. One canary is not enough for a model that serves several countries.

## Code of a canary

The share is drawn from the hash of the user.

```python
share = hash(user) % 100
```
"""


@pytest.fixture
def releases(write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder) -> Index:
    """One page of everything, ingested and opened."""
    write_pages({"releases.md": RELEASES})
    ingest(job())
    return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))


def answer(index: Index, question: str, words: int = 180) -> tuple[Statement, ...]:
    """What is composed, of which the check keeps all."""
    found = find(index, question)
    statements = compose(index, found.question, found.hits, found.relevance, words=words)
    assert verify(statements, {hit.document.id: hit.document for hit in found.hits}) == (statements, 0)
    return statements


def texts(statements: tuple[Statement, ...]) -> list[str]:
    return [statement.text for statement in statements]


def test_a_definition_opens_with_the_sentence_that_defines(releases: Index) -> None:
    assert (
        texts(answer(releases, "What is a canary release?"))[0]
        == "A canary release is a release to a small share of users."
    )


def test_steps_are_a_whole_list_in_order(releases: Index) -> None:
    said = texts(answer(releases, "How do I roll back a model?"))
    place = said.index("Roll back in three steps, one command each.")
    assert said[place : place + 4] == [
        "Roll back in three steps, one command each.",
        "Stop the writers of the model.",
        "Point the alias at the old model.",
        "Replay the queue of the writers.",
    ]


def test_a_number_is_said_with_its_condition(releases: Index) -> None:
    assert texts(answer(releases, "How long does a canary last?"))[0] == "A canary lasts 24 hours."


def test_a_comparison_hears_both_sides(releases: Index) -> None:
    said = " ".join(texts(answer(releases, "Canary release or shadow release?")))
    assert "A canary release is" in said
    assert "A shadow release answers nobody" in said


def test_rows_come_with_their_header_and_lead_in(releases: Index) -> None:
    rendered = render(answer(releases, "Which limits stop a canary?"))
    assert (
        "The limits are checked every minute:\n\n| Signal | Limit for a canary | Limit for a shadow |\n|---|"
        in rendered
    )


def test_a_reason_is_given_where_it_is_asked_for(releases: Index) -> None:
    said = texts(answer(releases, "Why does a canary stop at every error of its users?"))
    assert "A canary stops because its users feel every error." in said


def test_a_verdict_comes_first(releases: Index) -> None:
    said = texts(answer(releases, "Is one canary enough for a model?"))
    assert said[0] == "One canary is not enough for a model that serves several countries."


def test_code_comes_with_the_sentence_that_introduces_it(releases: Index) -> None:
    said = answer(releases, "python code of a canary")
    place = [statement.kind for statement in said].index("code")
    assert said[place - 1].text == "The share is drawn from the hash of the user."
    assert "code" not in {statement.kind for statement in answer(releases, "What is a canary release?")}


def test_nobody_is_sent_away(releases: Index) -> None:
    assert not any(text.startswith("See ") for text in texts(answer(releases, "How long does a canary last?")))


@pytest.mark.parametrize("words", [10, 20, 60, 400])
def test_an_answer_has_no_more_words_than_wanted(releases: Index, words: int) -> None:
    said = answer(releases, "What is a canary release of a model to its users?", words)
    count = sum(len(statement.text.replace("|", " ").split()) for statement in said)
    assert 5 <= count <= words


def test_by_words_alone_an_answer_is_composed_too(releases: Index) -> None:
    bare = dataclasses.replace(releases, vectors=None, encoder=None, nearest=None)
    assert "A canary lasts 24 hours." in texts(answer(bare, "How long does a canary last?"))


def test_no_hits_give_no_answer(releases: Index) -> None:
    assert compose(releases, "What?", (), Relevance({})) == ()


BLOCKS = st.sampled_from(
    [
        "One canary holds. This follows from it. It ends there.",
        "It leans on nothing.",
        "Three checks:\n\n- the canary;\n- the shadow;\n- the rest.",
        "The limits are:\n\n| a | canary |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |",
        "> **Correction.** A canary is no test.",
        "An announcement of nothing at all:",
        "```\ncanary = 1\n```",
        "1. Stop the canary.\n2. Start the canary again, in full.",
        "**Note.** A canary sings.[^a] See [more](b.md).",
        "<div>canary</div>",
    ]
)
QUESTIONS = st.sampled_from(
    [
        "What is a canary?",
        "How do I stop a canary?",
        "Which canary checks?",
        "canary code",
        "Canary or shadow?",
        "How many?",
    ]
)


@given(st.lists(BLOCKS, max_size=8), QUESTIONS, st.sampled_from([10, 60, 180]))
def test_whatever_the_page_is_like_the_answer_has_no_loose_end(blocks: list[str], question: str, words: int) -> None:
    hit = hit_on("\n\n".join(blocks))
    relevance = Relevance({"canary": 1.0, "stop": 2.0})
    index = WORLD[0]
    said = compose(index, question, [hit], relevance, words=words)
    assert verify(said, {hit.document.id: hit.document}) == (said, 0)
    assert said == compose(index, question, [hit], relevance, words=words)
    for before, statement in zip([None, *said], said, strict=False):
        if statement.kind == "sentence" and points_back(statement.text):
            assert before is not None
            assert adjacent(hit.document.text, before, statement)
        if statement.text.endswith(":"):
            following = said[said.index(statement) + 1 :]
            assert following, statement
            assert following[0].kind in {"item", "row", "code"}
    assert "|---|" in render(said) or not any(statement.kind == "row" for statement in said)


def adjacent(text: str, before: Statement, statement: Statement) -> bool:
    """Whether only white space stands between two statements on their page."""
    return not text[before.citations[-1].char_end : statement.citations[0].char_start].strip()


WORLD: list[Index] = []


@pytest.fixture(autouse=True)
def bare(releases: Index) -> None:
    """hypothesis may not use a function's fixture; without vectors every page can be composed from."""
    WORLD[:] = [dataclasses.replace(releases, vectors=None)]


def test_marks_of_all_sections_are_in_the_text(releases: Index) -> None:
    said = answer(releases, "What is a canary release of a model?")
    numbers = {citation.n for statement in said for citation in statement.citations}
    assert set(map(int, re.findall(r"\[(\d+)\]", render(said)))) <= numbers
