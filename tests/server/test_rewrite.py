"""A model rewrites follow-ups; whatever it returns that cannot be used, the rules do instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.followup import Condensed
from mlplaybook.server.answers.history import History, Turn
from mlplaybook.server.answers.rewrite import Rewritten, condense_with
from mlplaybook.server.llm.deadline import Deadline, create_deadline
from mlplaybook.server.llm.records import Done, ModelFailed, Part, Request, Restart, Stream, Usage

PSI = History((Turn("user", "What is PSI?"), Turn("assistant", "A drift statistic.", ("Drift", "PSI"))))
USED = Usage(120, 12, 100)
BY_RULES = Condensed("how is PSI computed?", changed=True, carried=("PSI",), kind="follow-up")


@dataclass
class Replies:
    """A model that says its parts, and remembers what it was asked."""

    parts: tuple[Part | Restart | Exception, ...]
    name: str = "test:model"
    window: int = 8_192
    cites: bool = False
    asked: list[Request] = field(default_factory=list)

    def stream(self, request: Request, deadline: Deadline) -> Stream:
        self.asked.append(request)
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part
        yield Done(self.name, USED, "stop", 0.1)


def alike(terms: Iterable[str]) -> Mapping[str, float]:
    return dict.fromkeys(terms, 1.0)


def rewrite(*parts: Part | Restart | Exception, question: str = "how is it computed?") -> tuple[Rewritten, Replies]:
    model = Replies(parts)
    return condense_with(model, load_prompt("condense"), PSI, question, alike, create_deadline(5)), model


def test_the_models_question_is_used() -> None:
    rewritten, model = rewrite(Part('{"question": "How is '), Part('PSI computed from bins?"}'))
    condensed = Condensed("How is PSI computed from bins?", changed=True, carried=("PSI", "bins"), kind="follow-up")
    assert rewritten == Rewritten(condensed, "test:model", USED)
    assert model.asked[0].messages[0].role == "system"
    assert "A drift statistic." in model.asked[0].messages[-1].content
    assert model.asked[0].max_tokens == 200


def test_what_comes_before_a_restart_does_not_count() -> None:
    rewritten, _ = rewrite(Part('{"question": "Why'), Restart("slow"), Part('{"question": "Is PSI slow?"}'))
    assert rewritten.condensed.question == "Is PSI slow?"


def test_a_question_that_the_model_leaves_alone_carries_nothing() -> None:
    asked = "How do I set up MLflow?"
    rewritten, _ = rewrite(Part('{"question": "How do I set up MLflow?"}'), question=asked)
    assert rewritten.condensed == Condensed(asked, kind="alone")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("", "returned no question"),
        ("{}", "returned no question"),
        ('{"question": 7}', "returned no question"),
        ("I cannot\nhelp {", "returned no question"),
        ('{"question": "' + "PSI " * 101 + '"}', "returned a question of 403 characters"),
        ('{"question": "Who won the football cup?"}', "returned a question about something else"),
    ],
)
def test_what_cannot_be_used_is_done_by_rules(reply: str, reason: str) -> None:
    rewritten, _ = rewrite(Part(reply))
    assert rewritten == Rewritten(BY_RULES, "test:model", USED, f"test:model {reason}")


def test_a_model_that_fails_is_replaced_by_rules() -> None:
    rewritten, _ = rewrite(Part('{"question'), ModelFailed("timeout", "test:model"))
    assert rewritten == Rewritten(BY_RULES, "test:model", failed="test:model did not answer in time")


@pytest.mark.parametrize("question", ["thanks!", "ok great"])
def test_a_model_is_not_asked_about_thanks(question: str) -> None:
    rewritten, model = rewrite(question=question)
    assert rewritten == Rewritten(Condensed(question, kind="small talk"))
    assert model.asked == []


def test_a_model_is_not_asked_about_a_first_question() -> None:
    model = Replies(())
    rewritten = condense_with(model, load_prompt("condense"), History(), "Why?", alike, create_deadline(5))
    assert rewritten == Rewritten(Condensed("Why?"))
    assert model.asked == []
