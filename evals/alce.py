"""Citation recall and precision after ALCE (Gao et al., EMNLP 2023), with support by words instead of a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlplaybook.evals.rouge import tokens

# Of a statement's words, the share that its quotes must hold; blind to a negation, so other checks stand beside it.
CONTAINED = 0.8
STOP_WORDS = frozenset(
    "a an the of to in on for and or is are be it this that with as by at from you your can should".split()
)

# Whether a premise says a claim.
Supports = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement with the quotes that it cites."""

    text: str
    quotes: tuple[str, ...]


def contains(premise: str, claim: str) -> bool:
    """Whether the premise holds CONTAINED of the claim's words.

    >>> contains("Use stratified splits for imbalanced data.", "Use stratified splits."), contains("Use splits.", "Buy GPUs.")
    (True, False)
    """
    wanted = [word for word in tokens(claim) if word not in STOP_WORDS]
    there = set(tokens(premise))
    return bool(wanted) and sum(word in there for word in wanted) / len(wanted) >= CONTAINED


def citation_recall(statements: Sequence[Cited], supports: Supports = contains) -> float:
    """Share of the statements that their quotes together support; 0 for no statement.

    >>> citation_recall([Cited("Clip gradients.", ("Clip all gradients.",)), Cited("Buy GPUs.", ("Clip all gradients.",))])
    0.5
    """
    return sum(is_supported(one, supports) for one in statements) / len(statements) if statements else 0.0


def citation_precision(statements: Sequence[Cited], supports: Supports = contains) -> float:
    """Share of the citations that are needed: one counts unless it says nothing alone while the others say it all.

    Citations of statements that are not supported count as wrong, and no citation at all is 0.

    >>> citation_precision([Cited("Clip gradients.", ("Clip all gradients.", "Log the loss."))])
    0.5
    """
    cited = sum(len(one.quotes) for one in statements)
    right = sum(needed(one, place, supports) for one in statements for place in range(len(one.quotes)))
    return right / cited if cited else 0.0


def is_supported(statement: Cited, supports: Supports) -> bool:
    """Whether all quotes together say the statement."""
    return bool(statement.quotes) and supports("\n".join(statement.quotes), statement.text)


def needed(statement: Cited, place: int, supports: Supports) -> bool:
    """Whether a citation of a supported statement says it alone, or the others do not without it."""
    if not is_supported(statement, supports):
        return False
    others = [quote for number, quote in enumerate(statement.quotes) if number != place]
    return supports(statement.quotes[place], statement.text) or not supports("\n".join(others), statement.text)
