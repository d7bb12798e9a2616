"""The words of a question that can tell one section from another."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
COMPOUND = re.compile(r"[^\W_]+(?:[-/._&+][^\W_]+)+")

# English function words and the frame of a question; no word that names anything in machine learning.
STOP_WORDS = frozenset(
    """a about after again all also am an and any are aren't as at be because been before being between both but by can
    can't cannot could couldn't did didn't do does doesn't doing don't down during each else etc every few for from
    further get gets getting give given gives go goes going had has have haven't having he her here hers him his how how's
    however i i'd i'll i'm i've if in into is isn't it it's its itself just know let let's like make me might more most
    much must my need needs no nor not now of off on once one only onto or other our ours out over own please really same
    say see she should shouldn't so some someone such tell than that that's the their theirs them then there there's these
    they they're thing things this those through to too under until up upon us use used using very want was wasn't way we
    we're were what what's when where where's whether which while who whom whose why will with without won't would you
    you're your yours""".split()
)


def query_terms(question: str) -> tuple[str, ...]:
    """Distinct content words in order, lower case; all words when every one of them is a function word.

    >>> query_terms("How do I detect data drift, and what is drift?")
    ('detect', 'data', 'drift')
    """
    words = [word.lower().replace("’", "'") for word in WORD.findall(question)]
    content = [word for word in words if word not in STOP_WORDS and (len(word) > 1 or not word.isascii())]
    return tuple(dict.fromkeys(content or words))


def compound_terms(question: str) -> tuple[str, ...]:
    """Words joined by a hyphen, slash or dot, which are one term: `A/B`, `train-test`.

    >>> compound_terms("A/B test or train-test split?")
    ('a/b', 'train-test')
    """
    return tuple(dict.fromkeys(match.lower() for match in COMPOUND.findall(question)))
