"""The kind of answer that a question asks for."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.answers.kinds import RULES, kind_of, sides_of, subject_of

EXAMPLES = {
    "definition": [
        "What is a reservoir sample?",
        "what does TPE stand for",
        "Explain label smoothing",
        "What are embeddings, and why are they normalised?",
        "whats a feature flag?",
    ],
    "number": [
        "How many seeds are enough?",
        "What is the default batch size?",
        "minimum rows per segment",
        "We retrain weekly. At what error rate should we stop?",
        "From which load on does a second replica pay?",
    ],
    "list": [
        "Which checks run before a merge?",
        "What has to be written on the label?",
        "what do i need for a staging cluster",
        "common causes of NaN losses",
    ],
    "steps": [
        "How do I rotate a key?",
        "In which order are the services restarted?",
        "the disk is full, how can i free space without losing runs",
        "release checklist",
    ],
    "comparison": [
        "Parquet or CSV for features?",
        "What is the difference between a shadow and a canary?",
        "spearman vs pearson",
        "For two pods: keep one queue or split it?",
    ],
    "code": [
        "Python code for a bootstrap",
        "Show me a snippet that reads parquet",
        "helm values yaml",
        "a Makefile for data",
    ],
    "table": ["Table of token prices", "metrics cheat sheet", "Give the limits as a table"],
    "why": ["Why is my loss flat?", "wy does it swap", "The job hangs at night. How come nobody saw it?"],
    "yes-no": ["Is a single split enough?", "Does dropout slow training?", "our rows repeat, is that a leak"],
    "plain": ["early stopping patience rule", "Where do the logs go?", "What should we do with old tokens?"],
}


@pytest.mark.parametrize(("kind", "question"), [(kind, q) for kind, questions in EXAMPLES.items() for q in questions])
def test_the_kind_of_a_question(kind: str, question: str) -> None:
    assert kind_of(question) == kind


def test_there_is_an_example_of_every_kind() -> None:
    assert set(EXAMPLES) == {*RULES, "plain"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("wich checks run first", "list"), ("waht is a slice?", "definition"), ("shoud i shuffle the rows?", "yes-no")],
)
def test_a_slip_of_the_pen_changes_nothing(typed: str, meant: str) -> None:
    assert kind_of(typed) == meant


def test_what_leads_up_to_a_question_does_not_count() -> None:
    story = "We have 2.5 million rows, and why should that matter. The table has 40 columns."
    assert kind_of(f"{story} Is one server enough?") == "yes-no"


def test_the_sides_of_a_comparison_are_what_each_has_alone() -> None:
    assert sides_of("Is a warm start or a cold start better?") == (("warm",), ("cold", "better"))
    assert sides_of("Which file holds it?") == ()


@pytest.mark.parametrize(
    ("question", "subject"),
    [("What is model drift in production?", "model drift"), ("What does OOF mean?", "oof"), ("Is it?", "")],
)
def test_the_subject_of_a_definition(question: str, subject: str) -> None:
    assert subject_of(question) == subject


@given(st.text(max_size=200))
def test_every_text_has_a_kind(text: str) -> None:
    assert kind_of(text) in EXAMPLES
    sides_of(text)
    subject_of(text)


@pytest.mark.parametrize("part", ["a ", "what is x, ", "or b ", "a.", "(", "how ", "a-"])
def test_a_long_question_takes_no_longer_than_its_length(part: str) -> None:
    question = part * (4_000 // len(part))
    started = time.perf_counter()
    kind_of(question)
    assert time.perf_counter() - started < 0.5
