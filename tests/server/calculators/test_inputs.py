"""What was given against what is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators.inputs import read_inputs
from mlplaybook.server.artefacts.calculators.records import Calculator, Figure, Given, Parameter, Values, Worked


def run(values: Values) -> Worked:
    return Worked(Figure("nothing", 0, "", "0"), ())


SHOP = Calculator(
    "shop", "A shop", "price × pieces", "page#heading",
    (
        Parameter("price", "money", "price of a piece", "3USD", unit="hour", required=True),
        Parameter("pieces", "count", "pieces", "4", required=True, minimum=1),
        Parameter("postage", "money", "cost of sending", "5USD", default=0.0),
        Parameter("discount", "share", "off the price", "5%", default="10%"),
        Parameter("time", "time", "on the way", "2 days", unit="h"),
        Parameter("weights", "column", "weights", "--csv FILE"),
    ),
    run, (),
)  # fmt: skip


def test_inputs_are_values_with_defaults_and_one_currency() -> None:
    values, shown = read_inputs(SHOP, {"Price": "3 EUR", "pieces": "1k", "weights": ["1", "2"]})
    assert values == {
        "price": 3.0, "pieces": 1000, "postage": 0.0, "discount": 0.1, "time": None, "weights": (1.0, 2.0),
        "currency": "EUR",
    }  # fmt: skip
    assert shown == (
        Given("price", 3.0, "EUR", "3.00 EUR per hour", "given"),
        Given("pieces", 1000, "", "1,000", "given"),
        Given("postage", 0.0, "EUR", "0.00 EUR", "default"),
        Given("discount", 0.1, "", "10%", "default"),
        Given("weights", 2, "rows", "2 rows", "given"),
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"prise": "3", "pieces": "1"}, "shop has no input 'prise'. Did you mean price"),
        ({"price": "3"}, "shop needs pieces (pieces, such as pieces=4). Or see them all: mlplaybook calculate shop"),
        ({"price": "cheap", "pieces": 1}, "shop: price=cheap is no amount of money. Write an amount with one of"),
        ({"price": "3 USD", "postage": "2 EUR", "pieces": 1}, "price in USD and postage in EUR cannot be added."),
        ({"price": "3", "pieces": "1", "time": "long"}, "without a unit it is in h, for example time=2 days."),
        ({"price": "3", "pieces": "1", "weights": "inf"}, "for example --csv FILE."),
        ({"price": "3", "pieces": "1", "discount": "60"}, "did you mean 60%? Write a share such as 0.05 or 5%"),
        ({"price": "x" * 80, "pieces": "1"}, f"price={'x' * 60}... is no amount"),
    ],
)
def test_an_error_names_the_input_the_value_and_what_is_wanted(given: Mapping[str, Any], words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        read_inputs(SHOP, given)
