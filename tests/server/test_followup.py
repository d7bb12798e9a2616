"""Follow-ups: what leans on earlier turns takes words from them, what stands alone is left alone."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.server.answers.followup import Condensed, condense
from mlplaybook.server.answers.history import History, Turn
from mlplaybook.server.answers.reading import read
from mlplaybook.server.answers.substitute import put_in, put_in_place, replaced
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import term_weights

PSI = "What is the Population Stability Index?"
LEANING = """why does this happen? | can it be automated? | is there an alternative? | any tips? | which tools? | with what tools?
does this also hold for images? | what are the downsides? | what are the pros and cons? | how do I fix this?
is that always true? | and if I have no labels?
even with small data? | only for classification? | what if there are no labels? | is it expensive?
who should own it? | can you explain that in simpler terms? | which of the two is cheaper? | what's the default? | what threshold?
what is the recommended value? | what about latency? | for regression, too? | does the same apply to LLMs? | same for XGBoost?
but how often? | so which one? | for example? | and then? | give me the numbers | tell me more | show me the code | is 10 enough?
no, in Kubernetes | I meant the training data | not for training, for serving | what is its formula? | is there a rule of thumb?
Could you show me an example in Python please? | How would I monitor that with Evidently?
why? | why not? | how come? | For how long? | and energy? | or self-host? | how many? | How many rows does each need?"""
ALONE = """How do I detect drift? | How do I deploy a model? | What is MLflow? | explain SHAP | what does CUPED mean?
How does a feature store work? | Which model server should I use for LLMs? | Is Kubernetes needed? | data leakage checklist
Which metric is best for imbalanced classification? | Why is my model overfitting? | How do I make inference faster?
How do I test that no feature uses future information? | Which tests prove that the network controls work?
Is it safe to load a pickle file? | Does it matter why values are missing? | When is it worth caching predictions?
Should I fine-tune or use RAG? | Who approves a model release? | how to handle missing values | canary vs blue-green
My GPU is idle half of the time, what should I fix first? | We have 500 labels and they are noisy; is training worth it?
And what is prompt caching? | Also, how do I monitor a model without labels? | and what lets several workloads share one GPU?
By the way, which model format fits an iPhone? | Different question: what does a correct DDP setup look like?
No, what I want to know is how label errors are found"""
COURTESIES = """thanks! | Thank you, that helps a lot. | ok great | hello | cool, bye | got it | Perfect, that's all for today
nice one, cheers | OK | Good morning, how are you? | hm | no | 👍 | yes please"""


def split(lines: str) -> list[str]:
    return [part.strip() for line in lines.splitlines() for part in line.split("|")]


def rare(terms: Iterable[str]) -> Mapping[str, float]:
    """Longer words weigh more."""
    return {term: float(len(term)) for term in terms}


def after(*turns: str, question: str) -> Condensed:
    return condense(History(tuple(Turn("user", turn) for turn in turns)), question, rare)


@pytest.mark.parametrize("question", split(LEANING))
def test_what_leans_on_the_last_turn_takes_its_words(question: str) -> None:
    condensed = after(PSI, question=question)
    assert (condensed.kind, condensed.changed) == ("follow-up", True)
    assert {"Population", "Stability", "Index"} <= set(condensed.carried)
    assert "Population Stability Index" in condensed.question


@pytest.mark.parametrize("question", split(ALONE))
def test_what_stands_alone_takes_nothing(question: str) -> None:
    condensed = after(PSI, question=question)
    assert (condensed.kind, condensed.carried) == ("alone", ())
    assert "Population" not in condensed.question


@pytest.mark.parametrize("question", split(COURTESIES))
def test_courtesy_is_no_question(question: str) -> None:
    assert after(PSI, question=question) == Condensed(question, kind="small talk")


@pytest.mark.parametrize(
    ("turns", "question", "condensed"),
    [
        ((PSI,), "How is it computed?", "How is the Population Stability Index computed?"),
        (("Explain LoRA to me",), "which rank should I pick for it?", "which rank should I pick for LoRA?"),
        (("What is a model card?",), "Show me a completed one.", "Show me a completed model card."),
        (("What is the KV cache?", "how large is it?"), "what are its limits?", "what are the KV cache's limits?"),
        (("What is DDP?", "what about FSDP?"), "how is it set up?", "how is FSDP set up?"),
        (("How do I detect drift in tables?",), "And for images?", "And for images? (detect drift tables)"),
        (
            ("How do I defend against injection?",),
            "and against evasion?",
            "How do I defend against evasion?",
        ),
        (("Are two runs identical on a GPU?",), "why not?", "why not? (Are two runs identical on a GPU)"),
        (
            ("How much memory does serving need?",),
            "For training, not serving",
            "For training (How much memory does need)",
        ),
        (("How is drift found online?",), "and offline?", "and offline? (drift found)"),
        (("What does a PSI above 0.2 mean?",), "below 0.1?", "below 0.1? (PSI)"),
        (("How do I encode a categorical feature?",), "a time feature?", "a time feature? (encode)"),
        (
            ("How do I run an A/B test?", "How long?"),
            "and how large a sample?",
            "and how large a sample? (run A/B test)",
        ),
        (("How do I serve an LLM?", "thanks"), "which settings matter?", "which settings matter? (serve LLM)"),
        (("What is drift?", "How do I prevent leakage?"), "which checks?", "which checks? (prevent leakage)"),
    ],
)
def test_a_follow_up_is_put_into_what_it_follows(turns: tuple[str, ...], question: str, condensed: str) -> None:
    assert after(*turns, question=question).question == condensed


def test_a_change_of_topic_is_asked_without_its_announcement() -> None:
    asked = "By the way, how do I set up MLflow?"
    assert after(PSI, question=asked) == Condensed("how do I set up MLflow?", changed=True, kind="alone")
    assert after(PSI, question="How do I set up MLflow?") == Condensed("How do I set up MLflow?", kind="alone")


def test_a_first_question_stays_as_it_is() -> None:
    assert condense(History(), "And why?", rare) == Condensed("And why?", kind="first")
    assert after("thanks", "hello", question="And why?") == Condensed("And why?", kind="first")


def test_after_a_change_of_topic_only_the_new_one_is_carried() -> None:
    condensed = after(PSI, "How do I set up MLflow?", question="and for a team?")
    assert condensed.carried == ("set", "MLflow")


def test_where_the_turns_say_little_a_pronoun_means_the_heading_of_the_answer() -> None:
    answered = Turn("assistant", "Write a brief.", ("Framing an ML problem", "What is a problem brief?"))
    summary = Turn("assistant", "Write a brief.", ("Framing an ML problem", "Summary"))
    for turn, words in ((answered, ("problem", "brief")), (summary, ("Framing", "ML", "problem"))):
        history = History((Turn("user", "What should I do first?"), turn))
        assert condense(history, "how long does that take?", rare).carried == words


def test_the_rarest_words_are_carried_in_the_order_they_were_said() -> None:
    long = "Why do aaaaaaa bbbbbbbb ccc ddddddddd eeeeee ffff gggggggggg hhhhh iiiiiiii jj kkkkkkk?"
    assert after(long, question="for images?").carried == (
        "aaaaaaa",
        "bbbbbbbb",
        "ddddddddd",
        "gggggggggg",
        "iiiiiiii",
        "kkkkkkk",
    )


def test_a_document_as_a_turn_is_read_only_at_its_beginning() -> None:
    started = time.perf_counter()
    condensed = after("How do I read this? " + "blob " * 200_000, question="why?")
    assert condensed.carried
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("text", ["a." * 2_000 + "(", "is " * 1_300, "not " * 1_000, "ok " * 1_300 + "(", "x" * 4_000])
def test_no_text_takes_long(text: str) -> None:
    started = time.perf_counter()
    after(PSI, question=text)
    assert time.perf_counter() - started < 0.5


@given(st.lists(st.text(max_size=60), max_size=4), st.text(min_size=1, max_size=80))
def test_any_text_gives_a_question(turns: list[str], question: str) -> None:
    condensed = after(*turns, question=question)
    assert condensed == after(*turns, question=question)
    assert condensed.question
    assert condensed.changed == (condensed.question != question)


def test_weights_come_from_the_corpus(handbook: Index) -> None:
    weigh = functools.partial(term_weights, handbook.catalog)
    history = History((Turn("user", "Which stability index raises an alert?"),))
    assert condense(history, "and why?", weigh).carried == ("stability", "index", "raises", "alert")


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("Can a filter solve this?", "this"),
        ("My job hangs, how do I debug it?", ""),
        ("How do I check that no feature leaks?", ""),
        ("who writes that and by when?", "that"),
        ("which one is better?", "one"),
        ("How is one GPU shared?", ""),
        ("Which checks are there?", ""),
        ("what does each mean?", "each"),
        ("what does each field mean?", ""),
        ("Which kinds of drift exist and how are they found?", ""),
        ("How do segments keep their identity?", ""),
        ("How do they keep their identity?", "they"),
        ("is it enough to choose k?", "it"),
        ("is it worth using fp8?", ""),
    ],
)
def test_a_pronoun_points_back_when_the_turn_names_nothing_it_could_mean(text: str, pointer: str) -> None:
    assert read(text).pointer == pointer


def test_a_name_takes_the_place_of_a_pronoun_but_not_of_an_article() -> None:
    assert put_in("does that threshold matter?", "that", "PSI") == "does that threshold matter?"
    assert put_in("What's in them?", "them", "data contracts") == "What's in data contracts?"
    assert put_in("Do I need one?", "one", "a feature store") == "Do I need a feature store?"
    assert put_in("it's slow, why?", "it's", "the cache") == "the cache is slow, why?"


def test_the_end_of_a_question_is_replaced_by_what_begins_alike() -> None:
    assert put_in_place("How is drift found in tables?", "for images?") == ""
    assert put_in_place("In tables, how is drift found?", "in images?") == ""
    assert put_in_place("How is it found in one two three four five six?", "in images?") == ""


def test_what_does_not_hold_any_more_is_left_out() -> None:
    assert replaced("How is drift in inputs handled?", read("not the inputs, the labels")) == ("inputs",)
    assert replaced("Should I take rest for serving?", read("or for training?")) == ()
