"""Every tool with good, bad, aliased, missing and huge arguments, as agents of both eras send them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from mcp.server import MCPServer

from mlplaybook.server.agents.definitions import DEFINITIONS, FEWEST_TOKENS
from mlplaybook.server.agents.tools import create_tools
from mlplaybook.server.calls.tokens import counter_of
from tests.server.agents.world import ERAS, Era, World, facts_of, record_of, shown, text_of

BRIEF = "problem_brief:\n  business_objective: Fewer refunds\n  success_metric: TBD\n"
GOOD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("search_playbook", {"query": "Which cut-offs raise an alert?"}),
    ("search_playbook", {"query": "How is serving done?", "limit": 8}),
    ("ask_playbook", {"question": "Which population stability index raises an alert?"}),
    ("read_playbook", {"name": "drift"}),
    ("read_playbook", {"name": "drift#which-cut-offs-raise-an-alert"}),
    ("read_playbook", {"name": "playbook://page/data%2Fleakage/when-should-data-be-split"}),
    ("read_playbook", {}),
    ("fill_template", {"template": "problem-brief", "values": {"business_objective": "Fewer refunds"}}),
    ("fill_template", {"template": "model-card"}),
    ("fill_template", {}),
    ("check_document", {"document": BRIEF}),
    ("decide", {"name": "serving-strategy"}),
    ("decide", {"name": "data-quality", "inputs": {"accuracy": 3}}),
    ("decide", {"name": "ab-sample-size", "inputs": {"baseline": "4%", "lift": "10%"}}),
    ("decide", {"name": "psi"}),
    ("decide", {}),
    ("verify_citations", {"quotes": [{"quote": "Split the rows by time", "section": "data/leakage"}]}),
    ("verify_citations", {"text": '"An index below 0.1 counts as stable" (drift#which-cut-offs-raise-an-alert).'}),
)
IDS = [f"{tool}-{number}" for number, (tool, _) in enumerate(GOOD)]


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("tool", "arguments"), GOOD, ids=IDS)
def test_a_client_that_shows_only_text_and_one_that_shows_only_the_record_get_the_same_facts(
    world: World, tool: str, arguments: dict[str, Any], era: Era
) -> None:
    result = world.call(tool, arguments, era)
    record, text = record_of(result), text_of(result)
    missing = {fact for fact in facts_of(record) if fact.strip() not in text}
    assert missing == set()


@pytest.mark.parametrize("most", [FEWEST_TOKENS, 1000, 4000])
@pytest.mark.parametrize(("tool", "arguments"), GOOD, ids=IDS)
def test_no_reply_is_longer_than_was_asked_for(
    world: World, tool: str, arguments: dict[str, Any], most: int
) -> None:  # fmt: skip
    result = world.call(tool, {**arguments, "max_tokens": most})
    with world.deps.live.lend() as service:
        count = counter_of(service.index).count
    # Words of the test's encoder, which are fewer than tokens; the reply was measured from above.
    assert count(text_of(result)) <= most * 1.15
    assert count(shown(record_of(result))) <= most * 1.15
    assert len(text_of(result)) <= 6 * most
    assert len(shown(record_of(result))) <= 6 * most


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("search_playbook", {}, 'search_playbook needs "query"'),
        ("search_playbook", {"query": "   "}, "The question is empty."),
        ("search_playbook", {"query": "x" * 200_000}, "characters"),
        ("search_playbook", {"query": "drift", "cursor": "WzUsICJmIl0"}, "Repeat the request without it"),
        ("search_playbook", {"query": "drift", "topics": ["nothing"]}, "topics"),
        ("search_playbook", {"query": {"a": 1}}, '"query" cannot be'),
        ("search_playbook", {"query": "drift", "limit": "many"}, '"limit" cannot be "many"'),
        ("ask_playbook", {}, 'ask_playbook needs "question"'),
        ("read_playbook", {"name": "dritf"}, "Try one of: drift"),
        ("read_playbook", {"name": "drift#nothing"}, "Try one of:"),
        ("read_playbook", {"name": "../../etc/passwd"}, "no page"),
        ("read_playbook", {"name": "playbook://template/nothing"}, "There is no template 'nothing'."),
        ("fill_template", {"template": "problem brief"}, "Did you mean problem-brief"),
        ("fill_template", {"template": "problem-brief", "values": {"goal": 1}}, "has no field 'goal'"),
        ("fill_template", {"template": "problem-brief", "values": 7}, '"values" cannot be 7'),
        ("fill_template", {"template": "problem-brief", "format": "docx"}, '"format" cannot be "docx"'),
        ("fill_template", {"template": "problem-brief", "notes": "n " * 300_000}, "Give at most"),
        ("check_document", {}, 'check_document needs "document"'),
        ("check_document", {"document": "Hello."}, 'Name it: "template"'),
        ("check_document", {"document": "a: 1\n" * 100_000}, "Give at most 400,000"),
        ("decide", {"name": "which fish"}, "Without a name all are listed."),
        ("decide", {"name": "serving-strategy", "inputs": {"fish": 1}}, "has no input 'fish'"),
        ("decide", {"name": "data-quality", "inputs": {"accuracy": 9}}, "Rate from 0 to 5"),
        ("decide", {"name": "ab-sample-size", "inputs": {"baseline": "much"}}, "for example baseline="),
        ("verify_citations", {}, "There is no quote to verify."),
        ("verify_citations", {"quotes": [{"quote": "x" * 5000}]}, "A quote has 5000 characters."),
        ("verify_citations", {"quotes": 7}, '"quotes" cannot be 7'),
    ],
)
def test_an_error_says_what_to_send_instead(
    world: World, tool: str, arguments: dict[str, Any], says: str, era: Era
) -> None:
    result = world.call(tool, arguments, era)
    assert result.is_error
    text = text_of(result)
    assert says in text
    assert tool in text
    assert len(text) <= 2_500
    assert "Traceback" not in text
    assert "--" not in text
    assert "mlplaybook decide" not in text


@pytest.mark.parametrize(
    ("tool", "arguments", "same_as"),
    [
        ("search_playbook", {"question": "drift"}, {"query": "drift"}),
        ("search_playbook", {"userQuery": "drift", "topK": "2"}, {"query": "drift", "limit": 2}),
        ("search_playbook", {"arguments": {"q": "drift", "k": 2.0}}, {"query": "drift", "limit": 2}),
        ("search_playbook", {"input": '{"query": "drift"}'}, {"query": "drift"}),
        ("search_playbook", {"query": ["drift"], "limit": None}, {"query": "drift"}),
        ("ask_playbook", {"query": "What is drift?"}, {"question": "What is drift?"}),
        ("read_playbook", {"id": "drift.md"}, {"name": "drift"}),
        ("read_playbook", {"uri": "`playbook://page/drift/`"}, {"name": "drift"}),
        ("read_playbook", {"section": "[drift#drift-detection]"}, {"name": "drift#drift-detection"}),
        ("fill_template", {"kind": "problem-brief", "facts": {"baseline": "mean"}},
         {"template": "problem-brief", "values": {"baseline": "mean"}}),
        ("fill_template", {"template": "problem-brief", "baseline": "mean"},
         {"template": "problem-brief", "values": {"baseline": "mean"}}),
        ("fill_template", {"template": "problem-brief", "values": [{"field": "baseline", "value": "mean"}]},
         {"template": "problem-brief", "values": {"baseline": "mean"}}),
        ("check_document", {"text": f"```yaml\n{BRIEF}```"}, {"document": BRIEF}),
        ("decide", {"decision": "Serving strategy", "values": "latency_class=real-time"},
         {"name": "serving-strategy", "inputs": {"latency_class": "real-time"}}),
        ("decide", {"rubric": "data-quality", "accuracy": 3}, {"name": "data-quality", "inputs": {"accuracy": 3}}),
        ("decide", {"calculator": "sample size", "inputs": ["baseline=4%", "lift=10%"]},
         {"name": "ab-sample-size", "inputs": {"baseline": "4%", "lift": "10%"}}),
        ("decide", {"name": "ab-sample-size", "inputs": "baseline=4%, lift=10%"},
         {"name": "ab-sample-size", "inputs": {"baseline": "4%", "lift": "10%"}}),
        ("verify_citations", {"citations": '[{"text": "by time", "page": "data/leakage.md"}]'},
         {"quotes": [{"quote": "by time", "section": "data/leakage"}]}),
        ("verify_citations", {"quotes": "Split the rows by time"}, {"quotes": [{"quote": "Split the rows by time"}]}),
    ],
)  # fmt: skip
def test_what_models_call_arguments_is_understood(
    world: World, tool: str, arguments: dict[str, Any], same_as: dict[str, Any]
) -> None:
    wanted, got = world.call(tool, same_as), world.call(tool, arguments)
    assert not wanted.is_error or text_of(wanted) == text_of(got)
    assert got.structured_content == wanted.structured_content


def test_an_argument_that_a_tool_does_not_have_is_named(world: World) -> None:
    result = world.call("search_playbook", {"query": "drift", "language": "de"})
    assert "search_playbook has no argument language" in text_of(result)
    assert "search_playbook has no argument language" in record_of(result)["notes"][0]


def test_a_project_file_that_cannot_be_read_is_noted_and_left_out(world: World) -> None:
    file = world.deps.settings.project / "mlplaybook.toml"  # type: ignore[operator]
    file.write_text("[project", "utf-8")
    try:
        for tool, arguments in GOOD[:3]:
            result = world.call(tool, arguments)
            assert "mlplaybook.toml cannot be read" in record_of(result)["notes"][0]
            assert record_of(result)["notes"][0] in text_of(result)
    finally:
        file.unlink()


class Broken:
    """An index that cannot be lent."""

    def lend(self) -> None:
        raise RuntimeError("a secret path")


def test_a_crash_says_nothing_of_its_cause(world: World) -> None:
    deps = dataclasses.replace(world.deps, live=Broken())  # type: ignore[arg-type]
    server: MCPServer[Any] = MCPServer("broken", tools=create_tools(deps))
    for tool, arguments in GOOD:
        result = World(server, deps).call(tool, arguments)
        assert result.is_error
        assert text_of(result).startswith(f"{tool} failed inside the server.")
        assert "secret" not in text_of(result)


@pytest.mark.parametrize("value", ["drift \ud800", "1e999", "\x00", "\u202e", "{", "a: [", "x" * 100_000])
@pytest.mark.parametrize("tool", [definition.name for definition in DEFINITIONS])
def test_odd_words_are_answered_or_refused_but_never_crash(world: World, tool: str, value: str) -> None:
    definition = next(one for one in DEFINITIONS if one.name == tool)
    result = world.call(tool, {one.name: value for one in definition.arguments if one.kind != "number"})
    assert "failed inside the server" not in text_of(result)


@pytest.mark.parametrize("value", ["inf", "nan", "1e999", "-Infinity"])
def test_numbers_that_are_none_are_not_taken(world: World, value: Any) -> None:
    filled = world.call(
        "fill_template", {"template": "model-server-package", "values": {"bentoml.timeout_seconds": value}}
    )
    assert "is no integer" in shown(record_of(filled))
    assert world.call("decide", {"name": "ab-sample-size", "inputs": {"baseline": value, "lift": "10%"}}).is_error


def test_every_tool_is_called_by_these_tests() -> None:
    assert {tool for tool, _ in GOOD} == {definition.name for definition in DEFINITIONS}
