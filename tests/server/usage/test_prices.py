from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.llm.records import Usage
from mlplaybook.server.usage.prices import Price, Rate, cost, load_prices, price_of, worst_cost

SHIPPED = load_prices()
ENTRY = "models:\n  openai:mine:\n    prompt: 1\n    completion: 2\n    as-of: 2026-11\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "prices.yaml"
    path.write_text(text)
    return path


def test_the_worked_example() -> None:
    """The assistant of knowledge/08-llm/llm-cost.md: 4,000 tokens in, half of them kept, 400 out, at 2, 0.2 and 10."""
    used = Usage(prompt_tokens=4000, completion_tokens=400, cached_tokens=2000)
    assert cost(used, "openai:gpt-6-sol", SHIPPED) == Decimal("0.0084")
    assert cost(Usage(4000, 400), "openai:gpt-6-sol", SHIPPED) == Decimal("0.012")


def test_tokens_that_are_kept_from_now_on_cost_more() -> None:
    # 2,000 written at 2.50, 2,000 fresh at 2, 400 out at 10.
    assert cost(Usage(4000, 400, 0, 2000), "openai:gpt-6-sol", SHIPPED) == Decimal("0.013")


def test_the_playbook_as_documents_is_written_once_and_read_cheaply() -> None:
    """360,000 tokens of pages for claude-opus-5-5 at 4.00 fresh, 5.00 written and 0.20 kept; 1,000 more and 300 out at 20."""
    model = "anthropic:claude-opus-5-5"
    # .36 M x 5.00 + .001 M x 4.00 + .0003 M x 20.00
    assert cost(Usage(361_000, 300, 0, 360_000), model, SHIPPED) == Decimal("1.81")
    # .36 M x 0.20 + the same
    assert cost(Usage(361_000, 300, 360_000), model, SHIPPED) == Decimal("0.082")
    # .361 M x 4.00 + .0003 M x 20.00, where nothing is kept
    assert cost(Usage(361_000, 300), model, SHIPPED) == Decimal("1.45")


def test_more_written_than_was_sent_counts_once() -> None:
    assert cost(Usage(4000, 0, 3000, 4000), "openai:gpt-6-sol", SHIPPED) == Decimal("0.0031")


def test_a_long_prompt_costs_more_throughout() -> None:
    below = cost(Usage(272_000, 1000), "openai:gpt-6-luna", SHIPPED)
    above = cost(Usage(272_001, 1000), "openai:gpt-6-luna", SHIPPED)
    assert (below, above) == (Decimal("0.0277"), Decimal("0.0551502"))


def test_the_worst_case_is_never_less_than_the_cost() -> None:
    for model in SHIPPED:
        for tokens in (1, 1000, 300_000):
            worst = worst_cost(tokens, 500, model, SHIPPED)
            assert worst is not None
            for cached in (0, tokens // 2, tokens):
                for written in (0, tokens // 2, tokens):
                    actual = cost(Usage(tokens, 500, cached, written), model, SHIPPED)
                    assert actual is not None
                    assert actual <= worst


def test_an_unknown_model_costs_nobody_knows_what() -> None:
    assert cost(Usage(1000, 10), "openai:unheard-of", SHIPPED) is None
    assert worst_cost(1000, 10, "ollama:llama3.1:8b", SHIPPED) is None


@pytest.mark.parametrize("model", ["openai:gpt-6-sol-2026-09-22", "anthropic:claude-haiku-5-5-20261007"])
def test_a_snapshot_costs_what_its_model_costs(model: str) -> None:
    assert price_of(SHIPPED, model) == price_of(SHIPPED, re.sub(r"-(2026-.*|2026\d+)$", "", model))
    assert price_of(SHIPPED, model) is not None
    assert price_of(SHIPPED, model + "-mini") is None


def test_every_shipped_price_has_a_date_and_its_providers_page() -> None:
    hosts = {"openai": "https://developers.openai.com/", "anthropic": "https://platform.claude.com/"}
    for model, price in SHIPPED.items():
        assert price.source.startswith(hosts[model.partition(":")[0]])
        assert price.as_of == "2026-11"


def test_every_shipped_price_stands_in_the_playbook() -> None:
    """`| GPT-6 Sol | 2.00 | 0.20 | 10.00 |` of the page on cost; Astra is only on that on choosing a model."""
    page = (pages_folder() / "08-llm" / "llm-cost.md").read_text("utf-8")
    rows = re.findall(r"^\| (\S+ .*?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", page, re.MULTILINE)
    told = {
        re.sub(r"\.(?=5)", "-", name.split(",")[0].lower().replace(" ", "-")): (Decimal(p), Decimal(c), Decimal(o))
        for name, p, c, o in rows
    }
    listed = {
        model.partition(":")[2]: (price.rate.prompt, price.rate.cached, price.rate.completion)
        for model, price in SHIPPED.items()
        if model != "openai:gpt-6-astra"
    }
    assert {name: told.get(name) for name in listed} == listed
    choice = (pages_folder() / "08-llm" / "llm-model-choice.md").read_text("utf-8")
    assert "GPT-6 Astra $10 / $50" in choice


def test_an_own_file_replaces_and_joins(tmp_path: Path) -> None:
    text = """
models:
  openai:gpt-6-luna: {prompt: 0.08, completion: 0.4, as-of: 2026-11-21, source: our contract}
  ollama:*: {prompt: 0, completion: 0, as-of: 2026-11}
  ollama:glm*: {prompt: 1, completion: 1, as-of: 2026-11}
"""
    prices = load_prices(written(tmp_path, text))
    rate = Rate(Decimal("0.08"), Decimal("0.08"), Decimal("0.08"), Decimal("0.4"))
    assert prices["openai:gpt-6-luna"] == Price(rate, "2026-11-21", "our contract")
    assert prices["openai:gpt-6-sol"] == SHIPPED["openai:gpt-6-sol"]
    assert cost(Usage(1000, 10), "ollama:llama3.1:8b", prices) == 0
    assert cost(Usage(1000, 0), "ollama:glm-5:cloud", prices) == Decimal("0.001")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("models: [", "it is no YAML"),
        ("[1]", "it is not one mapping `models:`"),
        ("prices: {}", "it is not one mapping `models:`"),
        ("models: {gpt-6: {}}", "'gpt-6' is not written as provider:model"),
        ("models: {'openai:x': 3}", "3 is no mapping of prices"),
        (ENTRY.replace("prompt", "input"), "there is no field input; there are as-of, cached, completion,"),
        (ENTRY.replace("    completion: 2\n", ""), "completion is not given"),
        (ENTRY.replace("2026-11", "last week"), "as-of is 'last week', not a date such as 2026-11"),
        (ENTRY.replace("    as-of: 2026-11\n", ""), "as-of is '', not a date"),
        (ENTRY.replace("prompt: 1", "prompt: -1"), "prompt is -1, not dollars per million tokens from 0 to 10,000"),
        (ENTRY.replace("prompt: 1", "prompt: .nan"), "prompt is nan, not dollars"),
        (ENTRY.replace("prompt: 1", "prompt: 20000"), "prompt is 20000, not dollars"),
        (ENTRY.replace("prompt: 1", "prompt: true"), "prompt is True, not dollars"),
        (ENTRY.replace("prompt: 1", "prompt: free"), "prompt is 'free', not dollars"),
        (ENTRY + "    long: {prompt: 1, completion: 1}\n", "without a number of tokens `above`"),
        (ENTRY + "    long: {above: 10, prompt: 1}\n", "long: completion is not given"),
        (ENTRY + "    long: {above: 10, prompt: 1, completion: 1, since: 3}\n", "long has no field since"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(BadSetting, match=re.escape(named)) as raised:
        load_prices(path)
    assert str(path) in str(raised.value)
    assert "MLPLAYBOOK_PRICES" in raised.value.remedy


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        load_prices(tmp_path / "none.yaml")
