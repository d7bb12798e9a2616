"""Whatever a provider does over HTTP, the extracted fill is what is left, and nothing of the provider's words is shown."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator

import pytest

from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.artefacts.filling.by_model import fill_by_model
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.records import Evidence, Filled
from mlplaybook.server.llm.breaker import Breakers
from mlplaybook.server.llm.chain import create_chain
from mlplaybook.server.llm.deadline import Limits
from mlplaybook.server.llm.open import create_model
from mlplaybook.server.llm.retry import Retries
from tests.server.filling.scripted import nothing
from tests.server.llm.fault_server import SECRET, FaultServer
from tests.server.test_service import FAULTS

pytest.importorskip("langchain_openai")

SHORT = Limits(connect=0.3, first=0.3, idle=0.3, total=0.6)
BRIEF = load_template("problem-brief")
LATENCY = "problem_brief.latency_requirement"
NOTES = InputText("notes.md", "Forecasts have to be ready by 14:30.")


@pytest.fixture(scope="module")
def provider() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_only_what_the_model_would_have_said(provider: FaultServer, fault: str) -> None:
    model = create_model(f"openai:{fault}", provider.openai, {"OPENAI_API_KEY": "k"}, SHORT)
    chain = create_chain([model], SHORT, Breakers(time.monotonic), Retries(attempts=1))
    known = Filled(NOTES.text, "filled", (Evidence("notes.md", NOTES.text, 0, len(NOTES.text)),), 0.9)
    base = nothing(BRIEF, **{LATENCY: known})
    started = time.monotonic()
    made = fill_by_model(
        BRIEF, [NOTES], base, Writer(chain, load_prompt("fill"), len, seconds=SHORT.total, max_tokens=3_000)
    )
    assert time.monotonic() - started < SHORT.total + 5
    assert {name: one.value for name, one in made.fields.items()} == {
        name: one.value for name, one in base.fields.items()
    }
    assert (made.mode, made.degraded[0][:5]) == ("extractive", "llm: ")
    assert SECRET not in json.dumps(dataclasses.asdict(made))
