"""A table's verdict as a whole."""

from __future__ import annotations

import dataclasses
import json

from hypothesis import given, settings

from mlplaybook.server.artefacts.deciding.judge import judge
from mlplaybook.server.artefacts.deciding.records import Answer, Ask, Change, Condition, Given, Near, Possible, Verdict
from mlplaybook.server.artefacts.library import load_decision
from tests.server.deciding.tables import asked_tables, number, option, row, table, yes_no

TOY = table(
    (option("trigger", "caller", "schedule"), number("latency", "ms"), yes_no("gpu")),
    row("batch", trigger="= schedule"),
    row("server", latency="< 100", gpu="true"),
    row("embedded", latency="< 100"),
    row("plain", latency="<= 2000"),
)


def test_a_decided_table_names_row_values_and_what_would_change_it() -> None:
    assert judge(TOY, {"trigger": "caller", "latency": "80ms", "gpu": "no"}) == Verdict(
        decision="toy", title="Toy", page="page", hit="first", rows=4, status="decided",
        answers=(
            Answer(3, "embedded", "Because.", "page#heading", (Condition("latency", "< 100 ms", "80 ms"),)),
        ),
        changes=(
            Change("trigger", "schedule", ("batch",), ("embedded",)),
            Change("latency", "100 ms or more", ("plain",), ("embedded",)),
            Change("gpu", "yes", ("server",), ("embedded",)),
        ),
        given={"trigger": Given("caller", "caller"), "latency": Given(80.0, "80 ms"), "gpu": Given(False, "no")},
    )  # fmt: skip


def test_an_open_table_asks_only_for_what_can_still_change_it() -> None:
    verdict = judge(TOY, {"trigger": "caller", "latency": "80ms"})
    assert verdict.status == "open"
    assert verdict.asks == (Ask("gpu", "Is it gpu?", "As it says.", "boolean", "yes|no"),)
    assert verdict.possible == (
        Possible(2, "server", (Condition("gpu", "yes"),)),
        Possible(3, "embedded"),
    )
    assert (verdict.changes, verdict.ignored) == ((), ())


def test_an_input_that_makes_no_difference_is_named_and_not_asked_for() -> None:
    verdict = judge(TOY, {"trigger": "schedule"})
    assert [answer.result for answer in verdict.answers] == ["batch"]
    assert verdict.ignored == ("latency", "gpu")


def test_where_no_row_applies_the_nearest_say_what_they_would_need() -> None:
    verdict = judge(TOY, {"trigger": "caller", "latency": "3 s", "gpu": "no"})
    assert verdict.status == "none"
    assert verdict.nearest[:2] == (
        Near(1, "batch", (Condition("trigger", "schedule", "caller"),)),
        Near(3, "embedded", (Condition("latency", "< 100 ms", "3,000 ms"),)),
    )
    assert Change("latency", "2,000 ms or less", ("plain",)) in verdict.changes


def test_the_rest_can_be_taken_as_no_or_as_none_which_is_said() -> None:
    no = judge(TOY, {"trigger": "caller", "latency": 80}, "no")
    assert ([a.result for a in no.answers], no.notes) == (["embedded"], ("taken as no: gpu",))
    none = judge(TOY, {"trigger": "caller"}, "none")
    assert (none.status, none.notes) == ("none", ("taken as none: latency, gpu",))


def test_rows_that_all_count_are_answers_as_soon_as_they_hold() -> None:
    toy = table((yes_no("a"), yes_no("b")), row("r1", a="true"), row("r2", a="true", b="true"), hit="all")
    verdict = judge(toy, {"a": "yes"})
    assert (verdict.status, [answer.row for answer in verdict.answers]) == ("open", [1])
    assert verdict.changes == (Change("a", "no", (), ("r1",)),)


def test_the_issues_own_example_decides_the_inference_mode() -> None:
    verdict = judge(
        load_decision("inference-mode"),
        {"on_device": "no", "trigger": "caller", "known_before": "no", "latency": "80ms", "size": "2GB", "gpu": "no"},
    )
    assert [answer.result for answer in verdict.answers] == ["Online, separate model server"]
    assert Change("model_size", "below 500 MB", ("Online, embedded: web API with the model in memory",), (
        "Online, separate model server",
    )) in verdict.changes  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(asked_tables())
def test_every_verdict_is_a_json_record(asked: tuple[object, dict[str, object], set[str]]) -> None:
    decision, whole, told = asked
    verdict = judge(decision, {name: whole[name] for name in told})  # type: ignore[arg-type]
    record = json.loads(json.dumps(dataclasses.asdict(verdict)))
    assert record["status"] == verdict.status
