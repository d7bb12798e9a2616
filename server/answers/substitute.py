"""What of an earlier question a turn takes the place of: a name for a pronoun, one thing for another of its kind."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from mlplaybook.server.answers.reading import NUMBER, Reading, names
from mlplaybook.server.answers.talk import ARTICLE, CONNECTIVES, KINDS, NEGATED, POSSESSIVES, PREPOSITIONS, TWO_SIDES

# "For text classification" ends a question; what is longer is more than one thing.
MOST_WORDS_IN_PLACE = 5
ARTICLED = re.compile(r"\b(?:an?|the|which|this|that|another)(?: \w+)? $", re.IGNORECASE)


def replaced(question: str, reading: Reading) -> tuple[str, ...]:
    """Words of an earlier question that do not hold any more, lower case: the turn denies them or names others in their place.

    >>> from mlplaybook.server.answers.reading import read
    >>> replaced("How is drift found online?", read("and offline?"))
    ('online',)
    """
    gone = [word.lower() for word in NEGATED.findall(reading.text)]
    own = [word.lower() for word in reading.carries if word.lower() not in gone]
    earlier = [word.lower() for word in plain_words(question)]
    if any(NUMBER.match(word) for word in own):
        gone += [word for word in earlier if NUMBER.match(word)]
    if not reading.clause and not TWO_SIDES.search(reading.text):
        gone += [other for kind in KINDS if not kind.isdisjoint(own) for other in kind]
        gone += same_place(earlier, own, after_connectives(reading.text))
    return tuple(word for word in dict.fromkeys(gone) if word in earlier and word not in own)


def same_place(earlier: Sequence[str], own: Sequence[str], said: Sequence[str]) -> list[str]:
    """Words of the earlier question that stand where the turn has another: "categorical feature" for "time feature"."""
    found = [
        before for before, shared in itertools.pairwise(earlier) if shared in own and names(shared) and names(before)
    ]
    if earlier[:1] == ["how"] and [word.lower() for word in said[:1]] == ["how"]:
        found += earlier[1:2]
    return found


def plain_words(question: str) -> list[str]:
    """The words of a question, without the marks around them."""
    return [word.strip("?.!,;:()\"'") for word in question.split()]


def after_connectives(text: str) -> list[str]:
    """The words of a turn without "and" and its like."""
    words = text.split()
    start = next((n for n, word in enumerate(words) if word.lower().strip(",") not in CONNECTIVES), len(words))
    return words[start:]


def put_in_place(question: str, text: str) -> str:
    """The question with a turn for its end, where both begin with the same preposition; empty where they do not.

    >>> put_in_place("How do I defend against prompt injection?", "and against evasion attacks?")
    'How do I defend against evasion attacks?'
    """
    said, earlier = after_connectives(text), question.rstrip("?.! ").split()
    first = said[0].lower() if said else ""
    if first not in PREPOSITIONS and first not in {"to", "of"}:
        return ""
    places = [n for n, word in enumerate(earlier) if n and word.lower() == first]
    if not places or len(earlier) - places[-1] > MOST_WORDS_IN_PLACE + 1:
        return ""
    return " ".join([*earlier[: places[-1]], *said])


def put_in(text: str, pointer: str, name: str) -> str:
    """The text with a name for its first pronoun; unchanged where the pronoun belongs to a noun ("that threshold").

    >>> put_in("Show me a completed one.", "one", "a model card")
    'Show me a completed model card.'
    >>> put_in("What are its limits?", "its", "the KV cache")
    "What are the KV cache's limits?"
    """
    match = re.search(rf"\b{re.escape(pointer)}\b(?P<after>\s+\w+)?", text, re.IGNORECASE)
    if match is None:
        return text
    after = (match["after"] or "").strip().lower()
    if pointer in {"this", "that", "these", "those"} and names(after or "it"):
        return text
    if pointer in {"one", "ones"} and ARTICLED.search(text[: match.start()]):
        name = ARTICLE.sub("", name)
    if pointer in POSSESSIVES:
        name += "'" if name.endswith("s") else "'s"
    if pointer.endswith("'s"):
        name += " is"
    return text[: match.start()] + name + text[match.start() + len(pointer) :]
