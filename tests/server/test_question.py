"""What a question must be."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.retrieval.question import clean_question, other_language, refuse_other_script


@pytest.mark.parametrize(
    ("question", "cause"),
    [
        ("", "The question is empty."),
        (" \n\t ", "The question is empty."),
        ("x" * 20_000, "The question has 20,000 characters; at most 4,000 are read."),
        ("a\x00b", "The question holds a control character (U+0000 at 1), so it is not plain text."),
        ("\x7fELF\x02", "The question holds a control character (U+007F at 0), so it is not plain text."),
        ("drift \ud800", "The question holds bytes that are not UTF-8 text."),
        ("?!…", "The question '?!…' has no word in it."),
    ],
    ids=["empty", "white space", "20,000 characters", "NUL", "binary", "lone surrogate", "no word"],
)
def test_what_cannot_be_searched_for_is_refused_with_cause_and_remedy(question: str, cause: str) -> None:
    with pytest.raises(BadQuestion) as error:
        clean_question(question)
    assert error.value.cause == cause
    assert error.value.remedy.endswith((".", '"'))


def test_needless_space_is_taken_out() -> None:
    assert clean_question("  What\n is   PSI? ") == "What is PSI?"


@pytest.mark.parametrize(
    ("question", "script"),
    [("データドリフトとは何ですか", "Katakana"), ("Что такое дрейф данных?", "Cyrillic"), ("什么是漂移", "Cjk")],
)
def test_another_script_is_refused(question: str, script: str) -> None:
    with pytest.raises(BadQuestion, match=f"in {script} script"):
        refuse_other_script(question)


@pytest.mark.parametrize("question", ["What is σ in a z-score?", "naïve Bayes 95 %", "R² or MAE?", "42?"])
def test_symbols_and_accents_are_no_other_script(question: str) -> None:
    refuse_other_script(question)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wie erkenne ich, ob die Daten driften?", "German"),
        ("¿Cómo detecto la deriva de los datos?", "Spanish"),
        ("Comment mesurer la qualité des données ?", "French"),
        ("What is the best metric for an imbalanced data set?", ""),
        ("psi threshold", ""),
        ("de novo design of the model", ""),
    ],
)
def test_other_languages_are_recognised_by_their_function_words(question: str, language: str) -> None:
    assert other_language(question) == language
