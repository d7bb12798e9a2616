"""Sentences from a grammar: choices in brackets, slots in angle brackets, words drawn by Zipf's law."""

from __future__ import annotations

import functools
import re
from bisect import bisect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import yaml

HERE = Path(__file__).parent
CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"<(\w+)>")
ARTICLE = re.compile(r"\b([Aa])(?= [aeiou])")
# Only the first 64 bits of random() are promised to stay the same in later versions of Python, so all draws go by it.
Slots = Mapping[str, Callable[[], str]]


@dataclass(frozen=True, slots=True)
class Aspect:
    """What can stand under one heading: the kind of its fact's value and its sentences."""

    name: str
    value: str
    headings: tuple[str, ...]
    says: tuple[str, ...]
    asks: tuple[str, ...]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """Words by domain and kind, general words by kind, aspects, and the sentences that fit anywhere."""

    domains: Mapping[str, Mapping[str, tuple[str, ...]]]
    general: Mapping[str, tuple[str, ...]]
    aspects: tuple[Aspect, ...]
    lead: tuple[str, ...]
    common: tuple[str, ...]
    items: tuple[str, ...]


@functools.cache
def read_grammar() -> Grammar:
    """The grammar of the two files beside this module."""
    words: dict[str, Any] = yaml.safe_load((HERE / "vocabulary.yaml").read_text("utf-8"))
    texts: dict[str, Any] = yaml.safe_load((HERE / "aspects.yaml").read_text("utf-8"))
    aspects = tuple(
        Aspect(name, one["value"], words_of(one["headings"]), *(lines(one[part]) for part in ("says", "asks", "more")))
        for name, one in texts["aspects"].items()
    )
    domains = {name: {kind: words_of(text) for kind, text in one.items()} for name, one in words["domains"].items()}
    general = {kind: words_of(text) for kind, text in words["general"].items()}
    return Grammar(domains, general, aspects, *(lines(texts[part]) for part in ("lead", "common", "items")))


def words_of(text: str) -> tuple[str, ...]:
    """The entries of a list with commas."""
    return tuple(word.strip() for word in text.split(","))


def lines(text: str) -> tuple[str, ...]:
    """The lines of a block."""
    return tuple(text.strip().splitlines())


def below(random: Random, count: int) -> int:
    """A whole number from 0 to count - 1."""
    return int(random.random() * count)


def pick(random: Random, words: Sequence[str]) -> str:
    """Any of the words, each as likely as the others."""
    return words[below(random, len(words))]


def pick_common(random: Random, words: Sequence[str]) -> str:
    """The word in place n with a share of 1 / n: few words make up most of a text."""
    heights = zipf(len(words))
    return words[bisect(heights, random.random() * heights[-1])]


@functools.cache
def zipf(count: int) -> tuple[float, ...]:
    """Sums of 1 / n up to each place."""
    return tuple(accumulate(1 / place for place in range(1, count + 1)))


def sample(random: Random, words: Sequence[str], count: int) -> tuple[str, ...]:
    """So many different words, the common ones more often."""
    found: dict[str, None] = {}
    while len(found) < min(count, len(words)):
        found[pick_common(random, words)] = None
    return tuple(found)


def fill(random: Random, template: str, slots: Slots) -> str:
    """A template with its choices made and its slots filled; a sentence begins with a capital.

    >>> fill(Random(1), "[a] <thing>.", {"thing": lambda: "old crate"})
    'An old crate.'
    """
    while match := CHOICE.search(template):
        template = template[: match.start()] + pick(random, match[1].split("|")) + template[match.end() :]
    text = SLOT.sub(lambda slot: slots[slot[1]](), template)
    text = ARTICLE.sub(lambda article: article[1] + "n", text)
    return text[0].upper() + text[1:]


def plural(noun: str) -> str:
    """The regular plural of a noun phrase, made at its head.

    >>> plural("waybill"), plural("bill of lading"), plural("box"), plural("delivery"), plural("foreman")
    ('waybills', 'bills of lading', 'boxes', 'deliveries', 'foremen')
    """
    head, of, rest = noun.partition(" of ")
    if head.endswith("man"):
        return f"{head[:-3]}men{of}{rest}"
    if head.endswith(("s", "x", "ch", "sh")):
        return f"{head}es{of}{rest}"
    if head.endswith("y") and head[-2] not in "aeiou":
        return f"{head[:-1]}ies{of}{rest}"
    return f"{head}s{of}{rest}"
