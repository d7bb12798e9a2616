"""A model's value and an extracted one: together, one instead of the other, or neither."""

from __future__ import annotations

from typing import Any

from mlplaybook.server.artefacts.filling.claim import Kept
from mlplaybook.server.artefacts.filling.settle import settle
from mlplaybook.server.artefacts.records import Evidence, Field, Filled

TEXT = Field("brief.owner", "text", True, "", "Who?", "", "", "page#who")
NUMBER = Field("serving.timeout_ms", "integer", True, "", "How long?", 1, 1, "page#long", unit="ms")
CHOICE = Field("brief.task", "enum", True, "", "Which?", "", "", "page#task", allowed=("ranking", "regression"))
METRICS = Field("card.metrics", "mapping", True, "", "Which?", {}, {}, "page#metrics")
HERE = Evidence("notes.md", "90 ms", 0, 5)
OPEN = Filled(None, "missing", question="Who?")


def kept(value: Any, confidence: float = 0.9) -> Kept:
    return Kept(value, (HERE,), confidence, said=str(value))


def found(value: Any, confidence: float = 0.9) -> Filled:
    return Filled(value, "filled", (Evidence("other.md", "x", 0, 1),), confidence)


def test_equal_values_are_sure() -> None:
    made = settle(NUMBER, [kept(90)], found(90, 0.95))
    assert (made.value, made.status, made.confidence, made.by) == (90, "filled", 0.95, "llm")


def test_different_numbers_leave_the_field_open_with_both() -> None:
    made = settle(NUMBER, [kept(90)], found(120))
    assert (made.status, made.problem) == ("missing", "a model found '90', extracted was '120'")


def test_a_guess_is_sure_once_the_extraction_agrees() -> None:
    assert settle(CHOICE, [kept("ranking", 0.3)], OPEN).status == "assumed"
    assert settle(CHOICE, [kept("ranking", 0.3)], found("ranking")).status == "filled"
    assert settle(CHOICE, [kept("ranking", 0.3)], found("regression")).value == "regression"


def test_of_two_texts_the_model_has_the_word() -> None:
    assert settle(TEXT, [kept("Ann Bell")], found("The owner is Ann Bell, head of bread.")).value == "Ann Bell"


def test_what_the_model_left_out_stands_only_when_it_is_sure() -> None:
    assert settle(TEXT, [], found("Ann", 0.9)).by == "extractive"
    unsure = settle(TEXT, [], found("Ann", 0.5))
    assert (unsure.status, unsure.problem) == ("missing", "extracted was 'Ann', which a model did not find")


def test_a_dropped_value_does_not_take_a_sure_text_with_it_but_a_number() -> None:
    dropped = Kept(problem="a model's value '7' was dropped: why", said="7")
    assert settle(TEXT, [dropped], found("Ann")).problem == dropped.problem
    assert settle(NUMBER, [dropped], found(7)).value == 7
    assert settle(NUMBER, [dropped], found(90)).status == "missing"


def test_metrics_are_put_together_unless_a_name_has_two_values() -> None:
    both = settle(METRICS, [kept({"auc": 0.8})], found({"AUC": 0.8, "brier": 0.1}))
    assert both.value == {"auc": 0.8, "brier": 0.1}
    assert settle(METRICS, [kept({"auc": 0.8})], found({"auc": 0.7})).status == "missing"


def test_lists_of_several_replies_are_joined() -> None:
    field = Field("brief.stops", "list", True, "", "When?", [], [], "page#stop", items="text")
    assert settle(field, [kept(["a", "b"]), kept(["b", "c"])], OPEN).value == ["a", "b", "c"]


def test_a_default_of_the_template_stays_a_default() -> None:
    dropped = Kept(problem="a model's value 'x' was dropped: why", said="x")
    made = settle(TEXT, [dropped], Filled("the default", "assumed"))
    assert (made.value, made.status, made.problem) == ("the default", "assumed", dropped.problem)
