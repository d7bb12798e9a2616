"""Texts, choices and yes or no that a model says: only in the words that its quotes have."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlplaybook.server.answers.locate import fold
from mlplaybook.server.answers.relevance import same_word
from mlplaybook.server.answers.support import DENIAL, MARKUP, NEGATION, foreign_addresses, repeats
from mlplaybook.server.answers.verify import NUMBER, normalise
from mlplaybook.server.artefacts.filling.numbers_said import NotSaid
from mlplaybook.server.artefacts.filling.values import NUMBER_WORDS, with_digits
from mlplaybook.server.artefacts.quantities import convert, find_quantities, parse_quantity
from mlplaybook.server.artefacts.records import Field
from mlplaybook.server.retrieval.words import STOP_WORDS

# Of a text's words, the share that stands in its quotes; the others are the field's own, such as "owner".
SUPPORTED = 0.8
# How sure a value is whose words are the input's, one put together from them, and one that is only near in meaning.
VERBATIM, REWORDED, QUOTED, NEAR = 0.9, 0.8, 0.7, 0.65
# A text of which so much stands in the quotes says the same in other words; then the quotes are shown, if they are no page.
MOSTLY = 0.7
LONGEST_QUOTED = 600
NUMERAL = re.compile(rf"\b(?:{'|'.join(word for word in NUMBER_WORDS if len(word) > 2)})\b", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
CLAUSE = re.compile(r"[;:,.!?]+\s+|\s+(?:but|while|whereas|although)\s+")
# Characters before a word in which a denial of it would stand.
NEARBY = 30
SHORTEST_ROOT = 3
DENIES = re.compile(rf"{NEGATION.pattern}|\b(?:nobody|nothing|nowhere|hardly)\b", re.IGNORECASE)
DENIES_PLAINLY = re.compile(rf"{DENIAL.pattern}|\b(?:nobody|nothing|none|without|neither|lacks?)\b", re.IGNORECASE)
COMPARED = frozenset("more less fewer higher lower worse better over above below under exceed only".split())
# Words on each side of a number among which is what it counts.
AROUND = 7
PERCENT = re.compile(r"\s*(?:%|per ?cent\b|pct\b)", re.IGNORECASE)
# Words that join others and add nothing by themselves.
JOINING = frozenset(
    """since per via approx approximately around roughly circa currently today total including plus versus vs owner owned
    many much several well respectively overall""".split()
)
ENDINGS = re.compile(
    r"(?:ations?|ables?|ibles?|ingly|ings?|edly|ed|en|ers?|ments?|ions?|ally|ly|ies|es|s|y|e|al|ity|ness)$"
)
# What stands right before words denies them, perhaps with one word between.
DENIED = re.compile(r"(?:\b(?:not|no|never|without|cannot)|n't)(?:\s\w+)?\s*$")


@dataclass(frozen=True, slots=True)
class Said:
    """A value that holds, and how sure it is; below `NEAR` it is a guess that is not shown as filled."""

    value: object
    confidence: float


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number of a text: whether a per cent sign follows, the word that it counts, and the words around it."""

    number: str
    percent: bool
    counted: str
    around: frozenset[str]


def read_text(
    field: Field, text: str, quotes: Sequence[str], secret: Sequence[str] = (), *, quoting: bool = False
) -> Said:
    """A text whose words, numbers and denials are those of its quotes.

    :param secret: texts of which no part may be repeated, such as the instructions.
    :param quoting: whether the quotes themselves stand for a text that only says them in some other words.
    :raises NotSaid: something in it is not in the quotes.
    """
    text = without_class(field, text.strip().strip('"').strip(), quotes)
    together = "\n".join(quotes)
    if not WORD.search(text):
        raise NotSaid("there are no words in it")
    if foreign_addresses(text, together) or (MARKUP.search(text) and not MARKUP.search(together)):
        raise NotSaid("it has an address that its quotes do not have")
    if repeats(text, secret, together):
        raise NotSaid("it repeats what the model was told")
    if stands_in(text, quotes):
        return Said(text, VERBATIM)
    check_numbers(text, quotes)
    check_denials(text, quotes)
    wanted = said_words(text)
    foreign = [word for word in wanted if not is_there(word.lower(), words_in(quotes))]
    if is_own(field, foreign) and len(foreign) <= (1 - SUPPORTED) * len(wanted):
        return Said(text, REWORDED)
    whole = " ".join(dict.fromkeys(" ".join(quote.split()) for quote in quotes))
    denied = DENIAL.search(text) and not DENIES_PLAINLY.search(together)
    if quoting and not denied and len(whole) <= LONGEST_QUOTED and is_rewording(text, foreign, wanted):
        return Said(whole, QUOTED)
    listed = ", ".join(f"'{word}'" for word in foreign[:4])
    raise NotSaid(f"{listed} {'stands' if len(foreign) == 1 else 'stand'} in no quote")


def without_class(field: Field, text: str, quotes: Sequence[str]) -> str:
    """The text without a class of the field before its colon, unless the quotes have the words of that class."""
    for choice in map(str, field.allowed if field.type == "text" else ()):
        # "batch (minutes-hours): ..." and "batch: ..." begin with the same class.
        short = choice.partition(" (")[0]
        rest = re.match(rf"(?:{re.escape(choice)}\s*[:;,–—-]?|{re.escape(short)}\s*:)\s*", text, re.IGNORECASE)
        if rest and not stands_as_words(short, quotes):
            return text[rest.end() :]
    return text


def stands_in(text: str, quotes: Sequence[str]) -> bool:
    """Whether a quote has exactly these words, whatever their capitals and typography, as words of their own.

    >>> stands_in("2.2% by June", ["She wants it at 2.2%  by June."]), stands_in("2% by June", ["at 2.2% by June"])
    (True, False)
    """
    wanted = fold(text).text.casefold().strip(" .;,:")
    pattern = re.compile(rf"(?<![\w]){re.escape(wanted)}(?![\w])(?![.,]\d)")
    for quote in quotes:
        folded = fold(quote).text.casefold()
        for match in pattern.finditer(folded):
            before = folded[: match.start()]
            if not re.search(r"\d[.,]$", before) and not DENIED.search(before):
                return True
    return False


def check_numbers(text: str, quotes: Sequence[str]) -> None:
    """Every number stands in a quote, near what it counts in the value; raises NotSaid."""
    said = [one for quote in quotes for one in numbered(quote)]
    for wanted in numbered(text):
        there = [one for one in said if one.number == wanted.number]
        if not there:
            raise NotSaid(f"its number {wanted.number} stands in no quote")
        near = [one for one in there if one.percent == wanted.percent]
        counted = wanted.counted
        if not near or (counted and not any(is_there(counted, one.around) for one in near)):
            raise NotSaid(f"its number {wanted.number} counts something else in its quote")


def numbered(text: str) -> Iterator[Numbered]:
    """Each number with what it counts and the words near it; numerals count as numbers."""
    plain = normalise(text)
    words = [(m.start(), m[0].lower()) for m in WORD.finditer(plain)]
    for match in (*NUMBER.finditer(plain), *NUMERAL.finditer(plain)):
        before = [word for at, word in words if at < match.start()][-AROUND:]
        after = [word for at, word in words if at >= match.end()][:AROUND]
        sign = PERCENT.match(plain, match.end())
        next_word = re.match(r"\s+([^\W\d_]+)", plain[match.end() :])
        counted = next_word[1].lower() if next_word and not sign and names(next_word[1].lower()) else ""
        yield Numbered(match[0].lower(), bool(sign), counted, frozenset((*before, *after)))


def names(word: str) -> bool:
    """Whether a word says something by itself."""
    return word not in STOP_WORDS and word not in JOINING and not word.isdecimal()


def said_words(text: str) -> list[str]:
    """The words of a text that say something, each once, as they are spelt."""
    return list(dict.fromkeys(word for word in WORD.findall(normalise(text)) if names(word.lower())))


def is_own(field: Field, foreign: Sequence[str]) -> bool:
    """Whether words are those the template asks with; a name in capitals never is."""
    own = words_in([field.question, field.meaning, field.name.replace("_", " ").replace(".", " ")])
    return all(is_there(word, own) for word in foreign)


def is_rewording(text: str, foreign: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether a text says mostly what its quotes say: few other words, and no name among them."""
    first = WORD.search(normalise(text))
    opening = first[0] if first else ""
    return len(foreign) <= (1 - MOSTLY) * len(wanted) and all(word.islower() or word == opening for word in foreign)


def words_in(texts: Sequence[str]) -> frozenset[str]:
    """The words of texts in lower case."""
    return frozenset(word for text in texts for word in WORD.findall(normalise(text).lower()))


def is_there(word: str, there: frozenset[str]) -> bool:
    """Whether a word is one of them, whatever its ending."""
    if word in there:
        return True
    root = root_of(word)
    return any(same_word(word, other) or root == root_of(other) for other in there)


@functools.lru_cache(4096)
def root_of(word: str) -> str:
    """A word without its endings, for telling whether two are forms of one.

    >>> root_of("cancellations") == root_of("cancel"), root_of("stops") == root_of("stopped"), root_of("data") == root_of("date")
    (True, True, False)
    """
    for _ in range(2):
        shorter = ENDINGS.sub("", word)
        word = shorter if len(shorter) >= SHORTEST_ROOT else word
    return word[:-1] if len(word) > SHORTEST_ROOT and word[-1] == word[-2] else word


def check_denials(text: str, quotes: Sequence[str]) -> None:
    """A denial is neither added nor lost; raises NotSaid."""
    together, plain = normalise("\n".join(quotes)), normalise(text)
    if DENIAL.search(plain) and not DENIES.search(together):
        raise NotSaid("its quotes do not deny it")
    denied = set(denied_words(together))
    # What is denied in one place and said in another may be said.
    denied -= {word for at, word in placed_words(together) if word in denied and not is_denied(together, at)}
    for at, word in placed_words(plain):
        if word in denied and not is_denied(plain, at):
            raise NotSaid(f"its quote denies '{word}', and the value does not")


def placed_words(text: str) -> Iterator[tuple[int, str]]:
    """Each word in lower case with its place."""
    return ((match.start(), match[0].lower()) for match in WORD.finditer(text))


def is_denied(text: str, at: int) -> bool:
    """Whether a denial stands shortly before a word."""
    return bool(DENIES.search(text[max(0, at - NEARBY) : at]))


def denied_words(text: str) -> Iterator[str]:
    """The words that a denial stands right before: `complete` in "not yet complete"; no comparison: "not more than 3"."""
    for clause in CLAUSE.split(text):
        for match in DENIAL.finditer(clause):
            words = [one[0].lower() for one in WORD.finditer(clause, match.end())]
            if not set(words[:2]) & COMPARED:
                yield from itertools.islice((word for word in words if names(word)), 1)


def key_of(choice: object) -> str:
    """A choice as it is compared.

    >>> key_of("Near-real-time (<1s)") == key_of("near real time <1s")
    True
    """
    return "".join(character for character in str(choice).casefold() if character.isalnum() or character in "<>+")


def stands_as_words(choice: str, quotes: Sequence[str]) -> bool:
    """Whether a quote has the words of a choice, or the words that its letters stand for.

    >>> stands_as_words("FPR", ["the false positive rate counts"]), stands_as_words("weekly", ["every week"])
    (True, True)
    """
    amount = parse_quantity(choice)
    if amount is not None and amount.dimension:
        said = [one for quote in quotes for one in find_quantities(with_digits(quote))]
        return any(one.dimension and convert(one, amount.unit) == amount.amount for one in said)
    wanted = [word for word in WORD.findall(normalise(choice).lower().replace("_", " ")) if names(word)]
    if not wanted:
        return key_of(choice) in {word for quote in quotes for word in words_in([quote])}
    for quote in quotes:
        words = WORD.findall(normalise(quote).replace("_", " ").lower())
        if all(any(same_word(word, other) or stem(word) == stem(other) for other in words) for word in wanted):
            return True
        initials = "".join(word[0] for word in words)
        if len(wanted) == 1 and choice.isupper() and len(choice) > 2 and choice.lower() in initials:
            return True
    return False


def stem(word: str) -> str:
    """A word of time without its ending: `hourly` and `hours` are the same."""
    return {"daily": "day", "days": "day"}.get(word) or re.sub(r"(?:ly|s)$", "", word)
