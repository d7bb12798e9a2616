"""Numbers with units as people write them."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.quantities import Quantity, convert, find_quantities, parse_quantity


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("80ms", Quantity(80, "ms", "time", 0, 4)),
        ("1,250.5 MB", Quantity(1250.5, "mb", "storage", 0, 10)),
        ("€ 1.2k", Quantity(1200, "EUR", "money", 0, 6)),
        ("45 dollars", Quantity(45, "USD", "money", 0, 10)),
        ("3 bn", Quantity(3e9, "", "", 0, 4)),
        ("2 min", Quantity(2, "min", "time", 0, 5)),
        ("5 m", Quantity(5e6, "", "", 0, 3)),
        (".65", Quantity(0.65, "", "", 0, 3)),
        ("-4 %", Quantity(-4, "%", "share", 0, 4)),
        ("30-day", Quantity(30, "day", "time", 0, 6)),
    ],
)
def test_a_quantity_is_read_with_its_unit(text: str, quantity: Quantity) -> None:
    assert parse_quantity(text) == quantity


@pytest.mark.parametrize("text", ["", "fast", "v2.1.0", "about 2 GB", "12 apples", "1,23"])
def test_what_is_no_quantity_is_none(text: str) -> None:
    assert parse_quantity(text) is None


def test_quantities_know_where_they_stand() -> None:
    text = "from 8.1% to 6.5% in 90 days, 12,000 users"
    assert [text[q.char_start : q.char_end] for q in find_quantities(text)] == ["8.1%", "6.5%", "90 days", "12,000"]


def test_parts_of_names_and_versions_are_no_quantities() -> None:
    assert find_quantities("bert-base v2 p99 mp3") == ()


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("2 min", "s", 120),
        ("2GB", "MB", 2000),
        ("1 GiB", "MB", 1073.741824),
        ("8.1%", "ratio", 0.081),
        ("0.2", "%", 0.2),
    ],
)
def test_units_of_one_dimension_are_converted(text: str, unit: str, amount: float) -> None:
    assert convert(parse_quantity(text) or Quantity(0, "", ""), unit) == pytest.approx(amount)


def test_units_of_two_dimensions_are_not_converted() -> None:
    assert convert(Quantity(2, "gb", "storage"), "s") is None
