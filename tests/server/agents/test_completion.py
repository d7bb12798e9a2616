"""Completion of prompt arguments and URIs."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client
from mcp.types import Completion, PromptReference, ResourceTemplateReference

from mlplaybook.server.agents.completion import MOST, matching
from mlplaybook.server.calls.library import KINDS, artefact_names
from tests.server.agents.world import ERAS, Era, World

PAGE, SECTION = "playbook://page/{id}", "playbook://page/{id}/{heading}"


def complete(
    world: World, reference: str, argument: str, typed: str, given: dict[str, str] | None = None, era: Era = "auto"
) -> Completion:
    resource = "://" in reference
    ref = ResourceTemplateReference(uri=reference) if resource else PromptReference(name=reference)

    async def work() -> Completion:
        async with Client(world.server, mode=era) as client:
            asked = {"name": argument, "value": typed}
            return (await client.complete(ref, asked, context_arguments=given)).completion

    return anyio.run(work)


@pytest.mark.parametrize("era", ERAS)
def test_ids_of_pages_are_completed(library: World, era: Era) -> None:
    assert complete(library, PAGE, "id", "drift", era=era).values == ["drift-detection", "drift-response"]
    assert complete(library, PAGE, "id", "Detection", era=era).values == ["drift-detection"]
    assert complete(library, PAGE, "id", "drfit-detection", era=era).values[0] == "drift-detection"
    everything = complete(library, PAGE, "id", "", era=era)
    assert (len(everything.values), everything.total, everything.has_more) == (80, 80, False)


@pytest.mark.parametrize("era", ERAS)
def test_headings_are_those_of_the_page_that_was_given(library: World, era: Era) -> None:
    found = complete(library, SECTION, "heading", "psi", {"id": "drift-detection"}, era).values
    assert found
    assert all("psi" in heading for heading in found)
    assert complete(library, SECTION, "heading", "", {"id": "nothing"}, era).values == []
    assert complete(library, SECTION, "heading", "", None, era).values == []
    assert complete(library, SECTION, "id", "data-leak", None, era).values == ["data-leakage"]


@pytest.mark.parametrize("kind", KINDS)
def test_ids_of_artefacts_are_completed(library: World, kind: str) -> None:
    names = artefact_names(kind)  # type: ignore[arg-type]
    assert complete(library, f"playbook://{kind}/{{id}}", "id", "").values == list(names)
    assert complete(library, f"playbook://{kind}/{{id}}", "id", names[0]).values[0] == names[0]


def test_arguments_of_prompts_are_completed_where_there_are_choices(library: World) -> None:
    assert complete(library, "select-model", "task", "tab").values == ["tabular-classification", "tabular-regression"]
    assert complete(library, "score-ml-system", "rubric", "ml").values == ["ml-system-quality", "ml-test-score"]
    assert complete(library, "step-create-evals", "depth", "").values == ["1", "2", "3", "4", "5"]
    assert complete(library, "step-tdd", "tokens", "4").values == ["4000"]
    assert complete(library, "frame-ml-problem", "problem", "ch").values == []


@pytest.mark.parametrize(
    ("reference", "argument"),
    [("nothing", "x"), ("step-nothing", "depth"), ("select-model", "x"), ("playbook://none/{id}", "id"),
     ("file:///{id}", "id"), (PAGE, "x"), ("skill://{id}", "id")],
)  # fmt: skip
def test_what_there_is_not_completes_to_nothing(library: World, reference: str, argument: str) -> None:
    assert complete(library, reference, argument, "a").values == []


def test_no_reply_is_longer_than_the_protocol_allows(world: World) -> None:
    assert len(matching("", [str(number) for number in range(500)])[:MOST]) == MOST
    assert complete(world, PAGE, "id", "x" * 10_000).values == []
