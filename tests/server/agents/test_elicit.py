"""Missing fields are asked for only where the client can; without, the same document comes of plain parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import CallToolResult, ElicitRequestFormParams, ElicitResult, ErrorData

from mlplaybook.server.agents.elicit import MOST_ASKED, property_of
from mlplaybook.server.artefacts.library import load_template, names
from tests.server.agents.world import ERAS, Era, World, record_of, text_of

BEGUN = {
    "template": "problem-brief",
    "values": {"business_objective": "Fewer refunds, now 4% of orders (owner: head of shop)"},
}
ANSWERS = {
    "problem_brief_baseline": "A rule on order value finds 61% of refunds",
    "problem_brief_ml_task_type": "classification",
    "problem_brief_data_gaps": "no mobile logs; no refunds before May",
}  # fmt: skip
DOTTED = {name.replace("problem_brief_", "problem_brief."): value for name, value in ANSWERS.items()}


class User:
    """A client's user who answers always the same; counts what was asked."""

    def __init__(self, answer: ElicitResult | ErrorData) -> None:
        self.answer, self.asked = answer, list[ElicitRequestFormParams]()

    async def __call__(self, context: object, params: Any) -> ElicitResult | ErrorData:
        self.asked.append(params)
        return self.answer


def fill(world: World, arguments: Mapping[str, Any], era: Era, user: User | None = None) -> CallToolResult:
    async def work() -> CallToolResult:
        async with Client(world.server, mode=era, elicitation_callback=user) as client:
            return await client.call_tool("fill_template", dict(arguments))

    return anyio.run(work)


@pytest.mark.parametrize("era", ERAS)
def test_a_client_that_cannot_ask_is_not_asked(world: World, era: Era) -> None:
    record = record_of(fill(world, BEGUN, era))
    assert not record["complete"]
    assert "notes" not in record


@pytest.mark.parametrize("era", ERAS)
def test_answers_make_the_same_document_as_parameters(world: World, era: Era) -> None:
    user = User(ElicitResult(action="accept", content={**ANSWERS, "not_a_field": "x"}))
    asked = fill(world, BEGUN, era, user)
    given = record_of(fill(world, {**BEGUN, "values": {**BEGUN["values"], **DOTTED}}, era))  # type: ignore[dict-item]
    record = record_of(asked)
    assert len(user.asked) == 1
    assert record.pop("notes")
    assert record == given
    assert "put this into values of every later call" in text_of(asked)
    assert "problem_brief.baseline" in text_of(asked)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("answer", "said"),
    [(ElicitResult(action="decline"), "declined"), (ElicitResult(action="cancel"), "closed, or nobody was there"),
     (ElicitResult(action="accept", content={}), "left them all empty")],
)  # fmt: skip
def test_without_answers_there_is_the_partial_document(world: World, era: Era, answer: ElicitResult, said: str) -> None:
    user = User(answer)
    record = record_of(fill(world, BEGUN, era, user))
    (note,) = record.pop("notes")
    assert len(user.asked) == 1
    assert said in note
    assert "call again with values" in note
    assert record == record_of(fill(world, BEGUN, era))


def test_a_client_that_fails_to_ask_gets_the_partial_document(world: World) -> None:
    record = record_of(fill(world, BEGUN, "legacy", User(ErrorData(code=-32603, message="no window"))))
    assert "could not" in record["notes"][0]
    assert record["document"]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "arguments",
    [{}, {"template": "problem-brief"}, {"template": "no-such-template", "values": {"a": "b"}},
     {"template": "problem-brief", "values": {"no_such_field": "b"}}],
)  # fmt: skip
def test_a_look_or_a_wrong_call_asks_nobody(world: World, era: Era, arguments: dict[str, Any]) -> None:
    user = User(ElicitResult(action="cancel"))
    fill(world, arguments, era, user)
    assert user.asked == []


@pytest.mark.parametrize("era", ERAS)
def test_the_rest_of_a_long_document_asks_nobody(world: World, era: Era) -> None:
    short = {**BEGUN, "max_tokens": 500}
    first = record_of(fill(world, short, era))
    user = User(ElicitResult(action="cancel"))
    rest = record_of(fill(world, {**short, "cursor": first["next_cursor"]}, era, user))
    assert user.asked == []
    assert rest["document"]


def test_a_form_is_short_and_nothing_in_it_must_be_answered(world: World) -> None:
    user = User(ElicitResult(action="cancel"))
    fill(world, BEGUN, "auto", user)
    (form,) = user.asked
    assert len(form.requested_schema["properties"]) == MOST_ASKED
    assert "required" not in form.requested_schema
    assert "8 of 9" in form.message
    assert form.requested_schema["properties"]["problem_brief_ml_task_type"]["enum"][0] == "classification"


@pytest.mark.parametrize("name", names("templates"))
def test_every_field_has_a_place_in_a_form(name: str) -> None:
    for field in load_template(name).fields:
        made = property_of(field)
        assert made["type"] in {"string", "number", "integer", "boolean"}
        assert set(made) <= {"title", "description", "type", "enum", "minimum", "maximum"}
        assert field.question in made["description"]
