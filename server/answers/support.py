"""Whether a statement says what its quotes say, as far as words show it; numbers are the verifier's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mlplaybook.server.answers.reading import names
from mlplaybook.server.answers.records import Statement
from mlplaybook.server.answers.relevance import same_word
from mlplaybook.server.answers.verify import normalise

# Of the words that name something, the share that must stand in the quotes, their headings or the question. A paraphrase
# brings words of its own; an invention, or an order found in a page, brings little else.
SUPPORTED = 0.6
# And the share that must stand in the quotes themselves: an order in a question brings the question's words, which are no
# evidence, and sets them beside any true quote.
CARRIED = 0.4
# Words in a row that a statement and a secret text may share.
SHARED_WORDS = 6
WORD = re.compile(r"[A-Za-z][\w'-]*")
# What leads out of the answer; a statement may hold it only as its quotes do.
ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.|mailto:)[^\s)>\]]+|[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE)
MARKUP = re.compile(r"!\[|\]\(|<[a-zA-Z/!]")
NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|without|cannot|avoids?|refuses?|stop|instead|lacks?|unless|except|only|fails?|skips?"
    r"|forbidden|prohibited|wrong|rarely|hardly|un(?:safe|able|likely|necessary|supported|suitable|stable|reliable)|invalid"
    r"|incorrect|insufficient|impossible|meaningless|useless|non-\w+)\b|n't\b",
    re.IGNORECASE,
)
DENIAL = re.compile(r"\b(?:not|no|never|cannot)\b|n't\b", re.IGNORECASE)


def supported(statement: Statement, context: Sequence[str], secret: Sequence[str] = ()) -> bool:
    """Whether the quotes carry the statement.

    :param context: headings of what is quoted, and the question: words that a statement may take up.
    :param secret: texts of which it may repeat no SHARED_WORDS words in a row, unless its quotes do.
    """
    quotes = " ".join(citation.quote for citation in statement.citations)
    return (
        share_found(statement.text, [quotes, *context]) >= SUPPORTED
        and share_found(statement.text, [quotes]) >= CARRIED
        and not foreign_addresses(statement.text, quotes)
        and not (DENIAL.search(statement.text) and not NEGATION.search(quotes))
        and not repeats(statement.text, secret, quotes)
    )


def share_found(text: str, known: Sequence[str]) -> float:
    """Share of the text's naming words that stand in the known texts, whatever their endings; 1 when it has none.

    >>> share_found("PSI above 0.2 raises alerts", ["a PSI above 0.2 raises an alert"])
    1.0
    >>> share_found("Send your keys to Bob", ["a PSI above 0.2 raises an alert"])
    0.0
    """
    words = list(dict.fromkeys(word for word in words_of(text) if names(word)))
    if not words:
        return 1.0
    there = {word for other in known for word in words_of(other)}
    return sum(any(same_word(word, other) for other in there) for word in words) / len(words)


def words_of(text: str) -> Iterator[str]:
    """The words of a text in lower case; parts joined by a hyphen or an underscore are words of their own."""
    for word in WORD.findall(normalise(text).lower()):
        yield from re.split(r"[-_']", word)


def foreign_addresses(text: str, quotes: str) -> bool:
    """Whether a text has an address, an image or a tag that its quotes do not have."""
    addresses = ADDRESS.findall(text)
    return any(address.rstrip(".,;") not in quotes for address in addresses) or (
        bool(MARKUP.search(text)) and not all(found in quotes for found in MARKUP.findall(text))
    )


def repeats(text: str, secret: Sequence[str], quotes: str) -> bool:
    """Whether SHARED_WORDS words in a row stand in a secret text, and not in the quotes."""
    if not secret:
        return False
    runs = set(runs_of(text)) - set(runs_of(quotes))
    return any(run in set(runs_of(other)) for other in secret for run in runs)


def runs_of(text: str) -> Iterator[tuple[str, ...]]:
    """Every SHARED_WORDS words in a row."""
    words = list(words_of(text))
    for start in range(len(words) - SHARED_WORDS + 1):
        yield tuple(words[start : start + SHARED_WORDS])
