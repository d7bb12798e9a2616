"""Which pages of a step apply to a project, and what its mlplaybook.toml changes in that."""

from __future__ import annotations

import tomllib

import pytest

from mlplaybook.ingest.errors import BadName, BadSetting
from mlplaybook.ingest.options import read_options
from mlplaybook.server.artefacts.guiding.steps import (
    OWN_REASON,
    Change,
    Entry,
    LeftOut,
    Selection,
    Step,
    find_step,
    read_changes,
    read_steps,
    select,
    undecided,
)
from mlplaybook.server.retrieval.profiles import UNKNOWN, Profile, broken_rule, create_profile
from tests.server.guiding.conftest import VALID, combinations

LLM = (("modelType", ("llm",)),)
STEP = Step("plan", "Plan", 1, 1, (Entry("a", "first"), Entry("b", "second", LLM), Entry("a", "again")))
PAGES = {"a": (), "b": (), "own": (), "edge": (("servingPattern", ("edge",)),)}
CLASSICAL = create_profile({"modelType": "classical", "servingPattern": "batch"})


def test_the_overlay_has_the_twenty_one_steps_in_order() -> None:
    steps = read_steps()
    assert len(steps) == 21
    assert [step.number for step in steps.values()] == list(range(1, 22))
    assert list(steps)[:3] == ["create-prd", "user-stories", "coding-standards"]
    assert list(steps)[-1] == "implementation-plan"


def test_48_of_72_combinations_go_together() -> None:
    """Training goes with none (6 of 24), inference with three patterns (18), both with all (24)."""
    assert (len(combinations()), len(VALID)) == (72, 48)
    for values in combinations():
        serves = values["servingPattern"] != "none"
        bad = (values["projectPhase"] == "training" and serves) or (
            values["projectPhase"] == "inference" and not serves
        )
        assert bool(broken_rule(values, read_options())) is bad


@pytest.mark.parametrize("name", ["create-evals", "create evals", "Create_Evals", "Create evaluations"])
def test_a_step_is_found_by_id_and_by_title(name: str) -> None:
    assert find_step(name).id == "create-evals"


def test_a_wrong_step_offers_the_nearest() -> None:
    with pytest.raises(BadName, match=r"There is no step 'creat-eval'. Did you mean create-evals"):
        find_step("creat-eval")
    with pytest.raises(BadName, match=r"There is no step 'xyz'. All: create-prd"):
        find_step("xyz")


def test_a_page_counts_once_and_one_for_other_projects_is_left_out_with_the_reason() -> None:
    why = "for modelType llm; the project's is classical"
    assert select(STEP, CLASSICAL, PAGES) == Selection((Entry("a", "first"),), (LeftOut("b", why),))
    assert [entry.page for entry in select(STEP, UNKNOWN, PAGES).entries] == ["a", "b"]


def test_replace_comes_before_append_and_duplicates_go() -> None:
    change = Change((("a", "own"),), ("own", "a"))
    assert select(STEP, UNKNOWN, PAGES, change).entries == (
        Entry("own", "first"), Entry("b", "second", LLM), Entry("a", OWN_REASON),
    )  # fmt: skip


def test_what_an_own_page_applies_to_counts_too() -> None:
    chosen = select(STEP, CLASSICAL, PAGES, Change((("b", "own"),), ("edge", "gone")))
    why = "for servingPattern edge; the project's is batch"
    assert [entry.page for entry in chosen.entries] == ["a"]
    assert chosen.left_out == (
        LeftOut("own", "for modelType llm; the project's is classical"), LeftOut("edge", why),
        LeftOut("gone", "the corpus has no page of that name"),
    )  # fmt: skip


def test_a_stand_in_for_a_page_that_the_step_does_not_have_is_named() -> None:
    left = select(STEP, UNKNOWN, PAGES, Change((("z", "own"),))).left_out
    assert left == (LeftOut("own", "it stands in for z, which this step does not have"),)


def test_an_option_that_is_not_known_is_said_beside_the_page() -> None:
    assert undecided((*LLM, ("servingPattern", ("realtime", "edge"))), Profile()) == (
        "if modelType is llm and servingPattern is realtime or edge"
    )
    assert undecided(LLM, create_profile({"modelType": "llm"})) == ""


def test_changes_are_read_from_the_projects_file() -> None:
    text = '[steps.create-evals]\nreplace = { metric-choice = "ours" }\nappend = ["golden"]\n[steps.tdd]\n'
    found = read_changes(tomllib.loads(text))
    assert found == {"create-evals": Change((("metric-choice", "ours"),), ("golden",)), "tdd": Change()}
    assert read_changes({}) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps = 3", "'steps' in mlplaybook.toml is no table"),
        ("[steps.evals]", "changes a step 'evals', which there is not"),
        ("[steps.tdd]\nappend = 'a'", r"\[steps.tdd\] in mlplaybook.toml cannot be understood"),
        ("[steps.tdd]\nappend = [1]", "cannot be understood"),
        ("[steps.tdd]\nreplace = ['a']", "cannot be understood"),
        ("[steps.tdd]\nprepend = ['a']", "cannot be understood"),
        ("[steps]\ntdd = ['a']", "cannot be understood"),
    ],
)
def test_a_change_that_is_none_says_how_it_is_written(text: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        read_changes(tomllib.loads(text))
