"""The list of calculators: every example runs, every section is on its page, every record is JSON."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from typing import Any

import pytest

from mlplaybook.ingest.errors import BadName
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.artefacts.calculators.registry import CALCULATORS, calculate, descriptions, find_calculator
from mlplaybook.server.artefacts.nearest import read_pairs
from mlplaybook.server.authoring.pages import read_playbook

EXAMPLES = [example for c in CALCULATORS for example in c.examples if "--" not in example]
ANCHORS = {page.id: set(page.anchors) for page in read_playbook(pages_folder()).pages}


def run(example: str) -> Any:
    name, *pairs = example.split()
    return calculate(name, read_pairs(pairs, ""))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_a_whole_record_of_json(example: str) -> None:
    made = run(example)
    record = json.loads(json.dumps(dataclasses.asdict(made), allow_nan=False))
    assert set(record) == {
        "calculator", "title", "formula", "inputs", "steps", "result", "more", "verdict", "meaning", "section",
        "assumptions", "table", "chart",
    }  # fmt: skip
    assert all(record[key] for key in ("formula", "inputs", "steps", "meaning", "assumptions"))


def test_every_calculator_has_an_example() -> None:
    assert [c.id for c in CALCULATORS if not c.examples] == []


@pytest.mark.parametrize("calculator", CALCULATORS, ids=lambda c: c.id)
def test_every_section_is_on_its_page(calculator: Any) -> None:
    page, anchor = calculator.section.split("#")
    assert anchor in ANCHORS[page]


@pytest.mark.parametrize("calculator", CALCULATORS, ids=lambda c: c.id)
def test_inputs_have_names_of_their_own_and_examples(calculator: Any) -> None:
    found = [parameter.name for parameter in calculator.inputs]
    assert len(found) == len(set(found))
    assert [p.name for p in calculator.inputs if not (p.meaning and p.example)] == []
    assert {calculator.column, calculator.reference} - {""} <= {p.name for p in calculator.inputs if p.kind == "column"}


def test_names_and_aliases_are_clear() -> None:
    known = [alias for c in CALCULATORS for alias in (c.id, *c.aliases)]
    assert len(known) == len(set(known))
    assert find_calculator("Error Budget") is find_calculator("slo") is find_calculator("error_budget")


def test_another_name_is_an_error_with_the_nearest() -> None:
    with pytest.raises(BadName, match=re.escape("There is no calculator 'kvcash'. Did you mean kv-cache or")):
        calculate("kvcash", {})


def test_descriptions_are_json_without_code() -> None:
    listed = json.loads(json.dumps([dataclasses.asdict(d) for d in descriptions()]))
    assert [entry["id"] for entry in listed] == [c.id for c in CALCULATORS]
    assert listed[0]["inputs"][0]["name"] == "reference"


def test_the_six_formulas_of_the_page_give_its_numbers() -> None:
    """checklists-and-calculators prints them; the rubric is `mlplaybook score`."""
    assert round(run("psi reference=200,200,200,200,200 current=100,150,200,250,300").result.value, 3) == 0.135
    assert run("ab-sample-size baseline=4% lift=5%").result.value == 154302
    assert run("kv-cache layers=32 kv_heads=8 head_dim=128 tokens=3000 batch=64").result.value == 25_165_824_000
    assert round(run("gpu-hours parameters=7B tokens=140B gpu=h100").result.value) == 4129
    assert round(run("disparate-impact groups=B:574/1000,A:1460/2000").result.value, 3) == 0.786


BARE = "import sys\nsys.modules.update(dict.fromkeys(['scipy', 'statsmodels', 'matplotlib']))\n"


def python(code: str) -> str:
    """What a Python prints that has neither scipy nor statsmodels nor matplotlib."""
    return subprocess.run([sys.executable, "-c", BARE + code], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("extra.load_stats('ks-test')", "ks-test needs scipy."),
        ("extra.load_power('test=t')", "test=t needs statsmodels."),
        ("plot.draw(None, 'svg')", "A plot needs matplotlib."),
    ],
)
def test_what_needs_an_extra_says_what_to_install(call: str, words: str) -> None:
    code = "from mlplaybook.server.artefacts.calculators import extra, plot\n"
    code += f"try:\n    {call}\nexcept Exception as error:\n    print(error)"
    assert python(code) == f"{words} Run: pip install 'mlplaybook[calculate]'\n"


def test_arithmetic_needs_no_extra() -> None:
    code = (
        "from mlplaybook.server.artefacts.calculators.registry import calculate\n"
        "from mlplaybook.server.artefacts.nearest import read_pairs\n"
        f"for name, *pairs in {[example.split() for example in EXAMPLES]!r}:\n"
        "    print(calculate(name, read_pairs(pairs, '')).calculator)\n"
    )
    assert python(code).split() == [example.split()[0] for example in EXAMPLES]
