"""How a turn of a conversation is built: which of its words name a topic, and what in it points back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mlplaybook.server.answers.talk import (
    AUXILIARIES,
    BEFORE_TO_DO,
    BOUNDARIES,
    CONNECTIVES,
    CORRECTION,
    COURTESY,
    DETERMINERS,
    EMPTY_IT,
    IMPERATIVES,
    NEGATED,
    NEW_TOPIC,
    OPENING,
    POINTERS,
    POSSESSIVES,
    PREPOSITIONS,
    SUBJECTS,
    THIN,
    TOLD,
    WH_WORDS,
)
from mlplaybook.server.retrieval.question import LONGEST
from mlplaybook.server.retrieval.words import STOP_WORDS

TOKEN = re.compile(r"[^\W_]+(?:['&/.+-][^\W_]+)*|[?,;:.!]")
NUMBER = re.compile(r"\d[\d.,]*[%kKx]?$")
MARKS = frozenset("?,;:.!")
# Whoever pastes a document into a conversation says in its first words what it is about.
MOST_WORDS = 64
# What is longer is a path or a blob, and no word of the pages.
LONGEST_WORD = 60
# An announcement of a new topic stands near the beginning, or it is part of the question.
NEAR_THE_BEGINNING = 40
Manner = Literal["plain", "new topic", "correction", "small talk"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A turn taken apart; words are as they were spelt.

    `text` is what is left without its opening ("Ok, thanks."). `leads_on` says that it begins with "and" or the like, `clause`
    that it has a verb, `asks` that a question word opens it. `pointer` is a pronoun that stands for nothing in the turn itself,
    empty without one. `topics` name what the turn is about, `heads` what is asked for ("which SETTINGS"). `carries` are all
    words that a later turn could mean.
    """

    text: str
    manner: Manner
    leads_on: bool = False
    clause: bool = False
    asks: bool = False
    pointer: str = ""
    topics: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    carries: tuple[str, ...] = ()


def read(turn: str) -> Reading:
    """A turn's reading.

    >>> read("Thanks. How do I keep an LLM server healthy?").topics
    ('LLM', 'server', 'healthy')
    >>> read("And which settings keep it healthy?").pointer
    'it'
    """
    said = " ".join(turn[:LONGEST].replace("’", "'").split())
    text, manner = without_opening(said)
    if manner == "small talk":
        return Reading(said, manner)
    spelt = [word for word in TOKEN.findall(text) if len(word) <= LONGEST_WORD][:MOST_WORDS]
    leading = next((n for n, word in enumerate(spelt) if word.lower() not in CONNECTIVES), len(spelt))
    spelt = spelt[leading:]
    words = [word.lower() for word in spelt]
    heads = find_heads(words)
    verbs = find_verbs(words)
    known = heads | verbs | find_definite(spelt, verbs)
    return Reading(
        text=text,
        manner=manner,
        leads_on=leading > 0,
        clause=any(word in AUXILIARIES for word in words) or (bool(words) and words[0] in IMPERATIVES),
        asks=any(word in WH_WORDS for word in words[:2]),
        pointer=find_pointer(text, words, heads | verbs),
        topics=tuple(spelt[n] for n, word in enumerate(words) if names(word) and n not in known),
        heads=tuple(spelt[n] for n in sorted(heads - verbs)),
        carries=tuple(dict.fromkeys(spelt[n] for n, word in enumerate(words) if may_be_meant(word, first=n == 0))),
    )


def without_opening(said: str) -> tuple[str, Manner]:
    """What is left of a turn without courtesy and announcement, and what these were."""
    left = OPENING.sub("", said)
    if is_courtesy(left):
        return said, "small talk"
    announced = NEW_TOPIC.search(left, 0, NEAR_THE_BEGINNING)
    if announced and names_anything(left[announced.end() :]):
        return OPENING.sub("", left[announced.end() :]), "new topic"
    corrected = CORRECTION.sub("", left)
    if corrected != left or NEGATED.search(left):
        return corrected or left, "correction"
    return left, "plain"


def is_courtesy(left: str) -> bool:
    """Whether nothing is asked: nothing is left, or only words that people are polite with."""
    words = [word for word in TOKEN.findall(left.lower()) if word not in MARKS]
    polite = all(word in STOP_WORDS or word in COURTESY for word in words)
    greeting = "how are you" in left.lower()
    return polite and (not words or greeting or (any(w in COURTESY for w in words) and "?" not in left))


def names(word: str) -> bool:
    """Whether a word can name a topic; a number cannot."""
    return not (word in STOP_WORDS or word in THIN or word in AUXILIARIES or word in MARKS or NUMBER.match(word))


def names_anything(text: str) -> bool:
    """Whether any word can name a topic."""
    return any(names(word) for word in TOKEN.findall(text.lower()))


def may_be_meant(word: str, first: bool) -> bool:
    """Whether a later turn may mean this word: one that names, a number, or a verb that says what is done with the topic."""
    return (names(word) and not (first and word in IMPERATIVES)) or word in TOLD or bool(NUMBER.match(word))


def find_heads(words: Sequence[str]) -> frozenset[int]:
    """Places of what is asked for: `settings` in "which settings", `sample` in "how large a sample"."""
    start = next((n for n, word in enumerate(words[:2]) if word in {"which", "what", "whose", "how"}), None)
    if start is None or (words[start] == "how" and words[start + 1 : start + 2] not in (["many"], ["much"], ["large"])):
        return frozenset()
    found = []
    for place in range(start + 1, len(words)):
        word = words[place]
        if any(word in kind for kind in (AUXILIARIES, PREPOSITIONS, MARKS, SUBJECTS, POINTERS)):
            break
        if names(word):
            found.append(place)
    return frozenset(found)


def find_verbs(words: Sequence[str]) -> frozenset[int]:
    """Places of words that, from where they stand, say what is done: "how do I PRIORITISE", "is it TESTED"."""
    found = {0} if words and words[0] in IMPERATIVES else set()
    auxiliary = False
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else "?"
        if before in SUBJECTS or (before == "to" and place > 1 and words[place - 2] in BEFORE_TO_DO):
            found.add(place)
        if auxiliary and word.endswith("ed") and any(after in kind for kind in (MARKS, PREPOSITIONS, CONNECTIVES)):
            found.add(place)
        auxiliary = auxiliary or word in AUXILIARIES
    return frozenset(found)


def find_definite(spelt: Sequence[str], verbs: frozenset[int]) -> frozenset[int]:
    """Places of single words behind "the" or "each", which are known from before; a name in capitals is known anyway."""
    words = [word.lower() for word in spelt]
    found = set()
    for place, word in enumerate(words[1:], start=1):
        last = place + 1 == len(words) or not names(words[place + 1]) or place + 1 in verbs
        if words[place - 1] in DETERMINERS and names(word) and last and (spelt[place][1:].islower() or len(word) == 1):
            found.add(place)
    return frozenset(found)


def find_pointer(text: str, words: Sequence[str], not_named: frozenset[int]) -> str:
    """The first pronoun that has nothing in the turn itself to stand for; empty without one."""
    empty = EMPTY_IT.search(text) is not None
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else "?"
        if not is_pointer(word, before, after) or (empty and word == "it"):
            continue
        end = place if word in POSSESSIVES else clause_start(words, place)
        if not any(names(words[n]) and n not in not_named for n in range(end)):
            return word
    return ""


def clause_start(words: Sequence[str], place: int) -> int:
    """Where the clause of a pronoun begins: it never stands for what its own verb is about ("can a filter solve this")."""
    return next((n for n in range(place - 1, 0, -1) if words[n] in BOUNDARIES or words[n] in MARKS), 0)


def is_pointer(word: str, before: str, after: str) -> bool:
    """Whether a word in its place stands for something that is named elsewhere."""
    ends = after in MARKS or after in {"and", "or", "but"}
    if word in POINTERS or word in {"it", "it's", "that's"}:
        return True
    if word == "that":
        follows = any(before in kind for kind in (AUXILIARIES, PREPOSITIONS, WH_WORDS))
        return ends or not before or follows or after in PREPOSITIONS
    if word in {"one", "ones"}:
        return ends or after in AUXILIARIES or before in {"which", "that", "this", "another"} or after == "look"
    if word in {"there", "here"}:
        return ends and before not in {"is", "are"}
    return word == "each" and (ends or not names(after))
