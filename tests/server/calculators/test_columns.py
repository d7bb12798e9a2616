"""Columns out of CSV texts, and which input each is for."""

from __future__ import annotations

import re

import pytest

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.calculators import impact, memory, psi
from mlplaybook.server.artefacts.calculators.columns import File, bind, read_columns


@pytest.mark.parametrize(
    "text", ["a,b\n1,x\n,y\n3\n", "a;b\n1;x\n;y\n3\n", "a\tb\n1\tx\n\ty\n3\n", 'a,b\n"1",x\n\n"",y\n3']
)
def test_cells_of_a_column_stay_in_their_rows(text: str) -> None:
    assert read_columns(text, ["a", "b"]) == {"a": ("1", "", "3"), "b": ("x", "y", "")}


def test_an_only_column_needs_no_name_and_its_empty_lines_are_missing_values() -> None:
    assert read_columns("age\n1\n\n3\n", []) == {"age": ("1", "", "3")}


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("", "a", "x.csv is empty."),
        ("a,b\n", "a", "x.csv has no rows below its first line."),
        ("age,plan\n1,2\n", "agee", "x.csv has no column 'agee'. Did you mean age? Its columns: age, plan."),
        ("a,a\n1,2\n", "a", "x.csv has 2 columns 'a'."),
        ("a,b\n1,2,3\n", "a", "x.csv has 3 cells in row 2, and 2 columns. Quote cells that hold the separator."),
        ('a,b\n"1,2\n', "a", "x.csv is no CSV"),
        ("a,b\n1,2\n", "", "x.csv has 2 columns. Say --column with one of: a, b."),
    ],
)
def test_what_is_no_column_is_said(text: str, name: str, words: str) -> None:
    with pytest.raises(BadDocument, match=re.escape(words)):
        read_columns(text, [name] if name else [], "x.csv")


NOW, THEN = File("now.csv", "age,plan\n1,a\n2,b\n"), File("then.csv", "age\n3\n4\n")


def test_the_same_column_of_a_second_file_is_the_reference() -> None:
    assert bind(psi.CALCULATOR, ["age"], NOW, THEN) == {"current_values": ("1", "2"), "reference_values": ("3", "4")}


def test_two_columns_of_one_file_are_named_for_their_inputs() -> None:
    found = bind(impact.CALCULATOR, ["outcome=age", "group=plan"], NOW, None)
    assert found == {"outcome": ("1", "2"), "group": ("a", "b")}


def test_the_reference_can_have_another_column() -> None:
    found = bind(psi.CALCULATOR, ["age", "reference-values=age"], NOW, THEN)
    assert found == {"current_values": ("1", "2"), "reference_values": ("3", "4")}


def test_nothing_asked_is_nothing_bound() -> None:
    assert bind(psi.CALCULATOR, [], None, None) == {}


def test_what_takes_no_columns_says_so() -> None:
    with pytest.raises(BadDocument, match="kv-cache takes no columns"):
        bind(memory.KV_CACHE, ["age"], NOW, None)
    with pytest.raises(BadDocument, match="disparate-impact has no reference"):
        bind(impact.CALCULATOR, ["age"], NOW, THEN)
    with pytest.raises(BadDocument, match="psi has no file for its columns"):
        bind(psi.CALCULATOR, ["age"], None, THEN)
