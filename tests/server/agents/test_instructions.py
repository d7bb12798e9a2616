"""What an agent is told when it connects."""

from __future__ import annotations

import re

import anyio
import pytest
from mcp import Client

from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.instructions import INSTRUCTIONS
from tests.server.agents.world import ERAS, Era, World

MOST_TOKENS = 300
# Four measured vocabularies had 4.2 to 4.9 characters a token on such text; this is on the safe side of all.
CHARACTERS_A_TOKEN = 3.6


def test_instructions_cost_at_most_300_tokens() -> None:
    assert len(INSTRUCTIONS) / CHARACTERS_A_TOKEN <= MOST_TOKENS


def test_the_first_sentence_stands_alone() -> None:
    first = INSTRUCTIONS.split("\n\n")[0]
    assert first.endswith(".")
    assert first.count(". ") == 0
    assert "machine learning" in first
    assert "use it before" in first


def test_every_tool_is_named_and_no_other() -> None:
    named = set(re.findall(r"\b[a-z]+_[a-z]+\b", INSTRUCTIONS)) - {"max_tokens"} | {"decide"}
    assert named == {definition.name for definition in DEFINITIONS}


@pytest.mark.parametrize("era", ERAS)
def test_clients_get_them(world: World, era: Era) -> None:
    async def work() -> str | None:
        async with Client(world.server, mode=era) as client:
            return client.instructions

    assert anyio.run(work) == INSTRUCTIONS
