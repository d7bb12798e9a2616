"""A follow-up to a question that can be searched for alone: rules and word weights, no model, the same every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mlplaybook.server.answers.history import History
from mlplaybook.server.answers.reading import Reading, names, read
from mlplaybook.server.answers.relevance import same_word
from mlplaybook.server.answers.substitute import plain_words, put_in, put_in_place, replaced
from mlplaybook.server.answers.talk import ARTICLE, BETTER, LEANS, NAMING, NEGATED, PREPOSITIONS, TWO_SIDES
from mlplaybook.server.retrieval.question import LONGEST

# Inverse document frequency by term, higher for rarer (server/retrieval/lexical.py, term_weights).
Weigh = Callable[[Iterable[str]], Mapping[str, float]]
Kind = Literal["first", "alone", "follow-up", "small talk"]
# Three to ten rank alike on the development half, two rank worse (docs/conversation.md).
MOST_CARRIED = 6
# "And what is CUPED?" names one rare word and stands alone; "and when do labels arrive?" goes on about what was said.
RARE = 5.0
# Headings of the answer step in where the turns before left fewer words; added to more than that, they ranked worse.
FEW = 2
NO_HEADING = frozenset({"summary", "deep guidance"})
# "Why?" and "how is that corrected?" mean all that was asked before: it stands behind them whole unless it is longer.
MOST_WORDS_WHOLE = 25
STANDS_IN = frozenset("it this that they them those these one ones its their theirs it's that's".split())


@dataclass(frozen=True, slots=True)
class Condensed:
    """A question to search for. `changed` says that its words are not those that were asked.

    `carried` are the words taken from what was said before; `kind` says why there are some or none.
    """

    question: str
    changed: bool = False
    carried: tuple[str, ...] = ()
    kind: Kind = "first"


@dataclass(frozen=True, slots=True)
class Topic:
    """What the conversation is about.

    `name` is what a pronoun stands for where a turn said no more than that; `question` is the last turn that stood alone, empty
    when others have followed it; `headings` those of its answer.
    """

    words: tuple[str, ...] = ()
    name: str = ""
    headings: tuple[str, ...] = ()
    question: str = ""


def condense(history: History, question: str, weigh: Weigh) -> Condensed:
    """The question with the words of earlier turns that it cannot be understood without.

    >>> from mlplaybook.server.answers.history import Turn
    >>> condense(History((Turn("user", "What is CUPED?"),)), "Does it help?", lambda terms: {}).question
    'Does CUPED help?'
    """
    topic = topic_of(history, weigh)
    reading = read(question)
    if reading.manner == "small talk":
        return Condensed(question, kind="small talk")
    if not topic.words and not topic.headings:
        return Condensed(question)
    if stands_alone(reading, weigh):
        return Condensed(reading.text, reading.text != question, kind="alone")
    said, carried = combine(topic, reading, carry(topic, reading, weigh))
    if not carried or len(said) > LONGEST:
        return Condensed(question, kind="alone")
    return Condensed(said, changed=True, carried=carried, kind="follow-up")


def topic_of(history: History, weigh: Weigh) -> Topic:
    """What the turns are about at their end; courtesies change nothing."""
    topic = Topic()
    for turn in history.turns:
        if turn.role == "assistant":
            topic = replace(topic, headings=turn.headings or topic.headings)
            continue
        reading = read(turn.text)
        if reading.manner == "small talk":
            continue
        name = name_of(reading)
        if not topic.words or stands_alone(reading, weigh):
            topic = Topic(reading.carries, name, question=reading.text)
        else:
            words = tuple(dict.fromkeys((*carry(topic, reading, weigh), *reading.carries)))
            topic = Topic(words, name or topic.name, topic.headings)
    return topic


def name_of(reading: Reading) -> str:
    """What a turn names and says nothing else of: `the KV cache` of "What is the KV cache?"; empty otherwise."""
    match = NAMING.match(reading.text)
    if match is None or reading.pointer:
        return ""
    first = ARTICLE.sub("", match["name"]).lower().split()[0]
    return match["name"] if names(first) else ""


def stands_alone(reading: Reading, weigh: Weigh) -> bool:
    """Whether a turn can be understood without the ones before it."""
    text, topics, heads = reading.text, reading.topics, reading.heads
    if reading.manner == "new topic":
        return True
    if reading.pointer or LEANS.search(text):
        return False
    if BETTER.search(text) and not TWO_SIDES.search(text) and len(topics) <= 2:
        return False
    if reading.clause:
        rare = sum(weigh(topics).values()) >= RARE
        return len(topics) >= 2 or rare if reading.leads_on else bool(topics) or len(heads) >= 3
    return fragment_stands_alone(reading)


def fragment_stands_alone(reading: Reading) -> bool:
    """Whether words without a verb are enough: several key words are, "how many rows?" and "for images?" are not."""
    first = reading.text.lower().split()[0]
    topics, heads = len(reading.topics), len(reading.heads)
    if reading.asks and heads >= 3:
        return True
    if reading.leads_on or reading.manner == "correction" or (first in PREPOSITIONS and not reading.asks):
        return False
    if reading.asks:
        named = reading.text.lower().startswith(("who ", "how to ")) and topics > 0
        return named or (heads >= 2 and topics > 0)
    return topics >= (3 if reading.text.endswith("?") else 2)


def carry(topic: Topic, reading: Reading, weigh: Weigh) -> tuple[str, ...]:
    """The words of the topic that a turn lacks, the rarest of them, in the order they were said."""
    own = [word.lower() for word in reading.carries]
    gone = replaced(topic.question or " ".join(topic.words), reading)

    def lacking(words: Iterable[str]) -> list[str]:
        return [word for word in words if not is_said(word.lower(), (*own, *gone))]

    words = lacking(topic.words)
    if len(words) < FEW and (reading.pointer or not words):
        words = list(dict.fromkeys((*words, *lacking(heading_words(topic.headings)))))
    weights = weigh(words)
    best = sorted(words, key=lambda word: -weights.get(word, 0.0))[:MOST_CARRIED]
    return tuple(word for word in words if word in best)


def is_said(word: str, said: Sequence[str]) -> bool:
    """Whether a word stands in a turn already, whatever its ending."""
    return any(same_word(word, other) for other in said)


def heading_words(headings: Sequence[str]) -> tuple[str, ...]:
    """What the innermost heading that says anything names."""
    telling = [heading for heading in headings if heading.lower() not in NO_HEADING]
    return read(telling[-1]).carries if telling else ()


def combine(topic: Topic, reading: Reading, carried: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The turn put into what it follows, or with that in brackets behind it; and the words that come from there."""
    text = NEGATED.sub("", reading.text).strip(" ,;") or reading.text
    if topic.name and reading.pointer in STANDS_IN:
        named = put_in(text, reading.pointer, topic.name)
        if named != text:
            return named, tuple(topic.name.split())
    in_place = "" if reading.clause else put_in_place(topic.question, text)
    if carried and in_place:
        return in_place, carried
    whole = reading.pointer or not reading.carries or reading.manner == "correction"
    if carried and whole and 0 < len(topic.question.split()) <= MOST_WORDS_WHOLE:
        gone = replaced(topic.question, reading)
        left = [word for word in plain_words(topic.question) if word.lower() not in gone]
        return f"{text} ({' '.join(left)})", carried
    return f"{text} ({' '.join(carried)})", carried
