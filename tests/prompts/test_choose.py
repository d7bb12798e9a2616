"""Versions of a request: asked for, split by key, pinned, default."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from itertools import pairwise

import pytest

from mlplaybook.prompts.choose import Pin, Share, choose_version, parse_pin, parse_pins, parse_split, place_of
from mlplaybook.prompts.errors import BadPin

KEYS = [f"key {number}" for number in range(4_000)]


def test_a_worked_example_of_a_key() -> None:
    """By hand: `printf answer:dave | sha256sum` is a number that ends in 0403, which is place 4.03 of 100."""
    assert str(int(hashlib.sha256(b"answer:dave").hexdigest(), 16)).endswith("0403")
    assert place_of("answer", "dave") == Decimal("4.03")
    assert choose_version("answer", {}, "answer@2: 4.03%", "dave") is None
    assert choose_version("answer", {}, "answer@2: 4.04%", "dave") == 2
    assert choose_version("answer", {}, "answer@2: 10%", "bob") is None


def members(split: str, version: int = 2) -> set[str]:
    return {key for key in KEYS if choose_version("answer", {}, split, key) == version}


def test_a_growing_share_keeps_those_who_were_in_it() -> None:
    shares = [members(f"answer@2: {percent}%") for percent in (0, 1, 10, 20, 55.5, 100)]
    assert all(smaller <= larger for smaller, larger in pairwise(shares))
    assert (shares[0], shares[-1]) == (set(), set(KEYS))


@pytest.mark.parametrize("percent", [1, 10, 20, 50])
def test_a_share_is_about_as_large_as_it_says(percent: int) -> None:
    """Four standard deviations of 4,000 draws."""
    expected = percent / 100
    error = 4 * (expected * (1 - expected) / len(KEYS)) ** 0.5
    assert len(members(f"answer@2: {percent}%")) / len(KEYS) == pytest.approx(expected, abs=error)


def test_two_shares_never_meet() -> None:
    split = "answer@2: 30%, answer@3: 30%"
    assert members(split, 2) == members("answer@2: 30%")
    assert not members(split, 2) & members(split, 3)
    assert members(split, 2) | members(split, 3) == members("answer@2: 60%")


def test_prompts_are_split_apart_from_each_other() -> None:
    condensed = {key for key in KEYS if choose_version("condense", {}, "condense@2: 50%", key)}
    both = len(condensed & members("answer@2: 50%")) / len(KEYS)
    assert both == pytest.approx(0.25, abs=0.04)


def test_a_request_wins_over_a_split_and_a_split_over_a_pin() -> None:
    everyone = "answer@2: 100%"
    assert choose_version("answer", {"answer": 1}, everyone, "dave", asked=3) == 3
    assert choose_version("answer", {"answer": 1}, everyone, "dave") == 2
    assert choose_version("answer", {"answer": 1}, "", "dave") == 1
    assert choose_version("condense", {"answer": 1}, everyone, "dave") is None


def test_without_a_key_there_is_no_split() -> None:
    assert choose_version("answer", {"answer": 1}, "answer@2: 100%", "") == 1


def test_pins_and_splits_are_read_with_spaces_or_without() -> None:
    assert parse_pin(" explain-score@12 ") == Pin("explain-score", 12)
    assert parse_pins("answer@2,condense@1, ") == {"answer": 2, "condense": 1}
    assert parse_split("answer@2:10%, condense@2 : 2.5 %") == (
        Share(Pin("answer", 2), Decimal(10)),
        Share(Pin("condense", 2), Decimal("2.5")),
    )
    assert parse_pins("") == {}
    assert parse_split("") == ()


@pytest.mark.parametrize("text", ["answer", "answer@", "answer@0", "answer@x", "@1", "answer@1@2", "Answer@1", "a b@1"])
def test_a_pin_that_is_none_is_named(text: str) -> None:
    with pytest.raises(BadPin) as caught:
        parse_pin(text)
    assert str(caught.value) == f"'{text}' names no version of a prompt. Write it as answer@1."


@pytest.mark.parametrize("text", ["answer@2", "answer: 10%", "answer@2: 10", "answer@2: -1%", "answer@2: 1.234%"])
def test_a_share_that_is_none_is_named(text: str) -> None:
    with pytest.raises(BadPin, match=r"is no share of a split\. Write it as answer@2: 10%"):
        parse_split(text)


def test_more_than_everybody_cannot_be_given_out() -> None:
    with pytest.raises(BadPin, match="The shares of 'answer' are 110% together"):
        parse_split("answer@2: 60%, answer@3: 50%")
    with pytest.raises(BadPin, match="pins a prompt twice"):
        parse_pins("answer@1, answer@2")
