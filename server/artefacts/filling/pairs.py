"""Metrics in sentences and tables: what a number measures, and the group that it was measured on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlplaybook.server.artefacts.filling.cues import NUMBER
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.records import Piece

CUT = re.compile(
    r"\s*[;|]\s*|,\s+(?:and\s+)?(?=\D|\d)|\s+and\s+(?=(?:the\s|an?\s)?[a-zA-Z@-]+[\w\s@-]*\d|\d)|"
    r"\.\s+(?=[A-Z\d])|\s+-\s+(?=[a-z])"
)
AMOUNT = re.compile(
    rf"(?P<number>(?<![\w@.-])[+-]?{NUMBER}(?![\w-]))(?P<unit>\s?(?:%|per ?cent\b|percent\b|points?\b|ms\b|"
    r"(?!(?:on|in|for|of|at|and|to|with|under|over|the|from|by|when|but)\b)[a-z]{2,10}\b)?)"
)
BRACKET = re.compile(r"\([^)]*\)|\[[^\]]*\]")
LINKS = re.compile(
    r"\b(?:was|were|is|are|came to|comes to|reached|had|has|of|at|an?|the|it|its|there|and|got|scored|by|"
    r"with|on it|we|measured|on|in|for"
    r"|under|to|gave|that|those|only|about)\b|[:=,|*_`]",
    re.IGNORECASE,
)
MOST_NAME = 60
# Another model's, another set's or no figure at all; counts are no metrics.
NOT_MEASURED = re.compile(
    r"\b(?:development|validation|dev|train\w*|former|previous|before|old|baseline|promised|expect\w*|"
    r"hope\w*|target|vendor|competitor|"
    r"paper|brochure|last release|release|version|threshold method|own estimate|gut|rule|by hand|humans?|"
    r"people|heuristic)\b"
    r"|\d,\d{3}|\b\d{4,}\b|\b(?:rows|lines|cases|hours|days|tiles|images|pictures|samples|records|documents)$",
    re.IGNORECASE,
)


def pairs(words: str) -> Iterator[tuple[str, str]]:
    """Each clause with exactly one number as what it measures and the number with its unit, in the words' own spelling.

    >>> dict(pairs("recall 0.50, precision 0.11"))
    {'recall': '0.50', 'precision': '0.11'}
    >>> dict(pairs("0.66 on bare ice (1,700 tiles) and 0.49 under fresh snow (900 tiles)"))
    {'bare ice': '0.66', 'fresh snow': '0.49'}
    """
    head = ""
    for clause in CUT.split(BRACKET.sub(" ", words)):
        amounts = [m for m in AMOUNT.finditer(clause) if not re.fullmatch(r"20\d\d", m["number"])]
        if len(amounts) != 1:
            continue
        amount = amounts[0]
        before, after = clause[: amount.start()], clause[amount.end() :]
        name = named(before) or named(after) or head
        head = head or named(before)
        if name and len(name) <= MOST_NAME:
            yield name, squash(amount[0])


def named(words: str) -> str:
    """The words that name something, without those that only join."""
    return squash(LINKS.sub(" ", BRACKET.sub(" ", words))).strip(" -–—.:,'\"")


def metrics_in(quotes: Sequence[str]) -> dict[str, str | float]:
    """Metrics by their names in lower case with other signs as underscores; bare numbers that lose no digit are numbers."""
    found: dict[str, str | float] = {}
    for quote in (INTRODUCED.sub("", quote) for quote in quotes):
        for name, amount in (pair for part in re.split(r":\s+|\.\s+", squash(quote)) for pair in pairs(part)):
            if NOT_MEASURED.search(f"{name} {amount}"):
                continue
            key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
            found.setdefault(key, as_is(amount))
    return found


def first_metric_in(quotes: Sequence[str]) -> dict[str, str | float]:
    """The first metric alone."""
    return dict(list(metrics_in(quotes).items())[:1])


INTRODUCED = re.compile(
    r"^(?:outcome|results?|metrics?|scores?|main(?: metric)?|primary|secondary|also|besides|other(?: numbers)?)\s*[:|,]?\s+",
    re.IGNORECASE,
)
PARAMETER = re.compile(
    r"(?<![\w.])(?P<name>[A-Za-z][\w.]*(?: (?:rate|size|decay|steps|length|depth|leaves|estimators|rounds|epochs))?)"
    r"(?:\s*[=:]\s*|\s+(?:of |is |was )?)(?P<value>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|(?<=[=])[A-Za-z]\w*)(?![\w.]*[\w])"
)


def params_in(quotes: Sequence[str]) -> dict[str, str | float]:
    """Settings of a training run with their values.

    >>> params_in(["learning rate 2e-5, batch_size=32"])
    {'learning_rate': 2e-05, 'batch_size': 32}
    """
    found: dict[str, str | float] = {}
    for quote in quotes:
        for match in PARAMETER.finditer(squash(quote)):
            key = re.sub(r"[^a-z0-9]+", "_", match["name"].lower()).strip("_")
            words = match["value"]
            number = re.fullmatch(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", words)
            found.setdefault(
                key, words if not number else int(words) if re.fullmatch(r"[+-]?\d+", words) else float(words)
            )
    return found


def slices_in(quotes: Sequence[str]) -> dict[str, str | float]:
    """The measured number of each group."""
    found: dict[str, str | float] = {}
    for quote in quotes:
        row = [cell.strip() for cell in quote.strip().strip("|").split("|")]
        if len(row) > 2:
            numbers = [cell for cell in row[1:] if re.search(r"\d", cell)]
            if numbers and re.search(r"[A-Za-z]{3}", row[0]):
                chosen = next((c for c in reversed(numbers) if "%" in c or "." in c), numbers[-1])
                found.setdefault(row[0].strip("*`_ "), as_is(squash(chosen)))
            continue
        for name, amount in pairs(squash(quote)):
            found.setdefault(name, as_is(amount))
    return found


def as_is(amount: str) -> str | float:
    """A bare number as a number where its text says no more than the number does."""
    if re.fullmatch(r"-?\d+\.\d+|-?\d+", amount) and str(float(amount) if "." in amount else int(amount)) == amount:
        return float(amount) if "." in amount else int(amount)
    return amount


def quotes_of(pieces: Sequence[Piece]) -> list[str]:
    """The words of pieces."""
    return [piece.text for piece in pieces]
