"""Tables under the names that people ask for."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.artefacts.deciding.aliases import aliases_of, find_decision, read_aliases
from mlplaybook.server.artefacts.deciding.read_given import read_given
from mlplaybook.server.artefacts.library import load_decision, names
from mlplaybook.server.artefacts.nearest import words_of


@pytest.mark.parametrize(
    ("name", "decision"),
    [
        ("deployment pattern", "inference-mode"),
        ("inference mode", "inference-mode"),
        ("ML or rules", "ml-or-rules"),
        ("model family", "model-selection"),
        ("metric", "metric-by-task"),
        ("tuning method", "tuning-method"),
        ("drift response", "drift-response"),
        ("rollout", "canary-or-blue-green"),
        ("model server", "model-server"),
        ("precision", "parallelism-and-precision"),
        ("parallelism", "parallelism-and-precision"),
        ("LLM route", "llm-choice"),
        ("GPU", "gpu-selection"),
        ("fairness metric", "fairness-definitions"),
    ],
)
def test_what_the_playbook_is_asked_for_finds_its_table(name: str, decision: str) -> None:
    assert find_decision(name).decision.id == decision


def test_a_name_that_says_an_input_presets_it() -> None:
    found = find_decision("Mixed-Precision")
    assert (found.preset, found.note) == (
        {"question": "precision"},
        "'Mixed-Precision' is the decision parallelism-and-precision with question=precision",
    )


def test_every_alias_leads_to_a_table_and_presets_what_the_table_takes() -> None:
    known = set(names("decisions"))
    for alias in read_aliases():
        assert {alias.decision, *alias.see} <= known
        read_given(load_decision(alias.decision), alias.inputs)


def test_no_name_is_taken_twice() -> None:
    taken = [words_of(name) for alias in read_aliases() for name in alias.names] + [
        words_of(n) for n in names("decisions")
    ]
    assert sorted(name for name in set(taken) if taken.count(name) > 1) == []


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(BadName, match=r"There is no decision 'infernce-mode'\. Did you mean inference-mode"):
        find_decision("infernce-mode")


def test_a_table_knows_its_other_names() -> None:
    assert "primary metric" in aliases_of("metric-by-task")
