"""Which field of a template a quote speaks of, by the words that few fields have: a number may be true and of another field."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlplaybook.server.artefacts.filling.words_said import is_there, names, words_in
from mlplaybook.server.artefacts.records import Field

NUMERIC = frozenset({"number", "integer", "percentage", "money", "duration"})
# A field of another type counts where it is this much stronger, in shares of the field's own strength.
CLEARLY = 1.0
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Topics:
    """The words of each field with what they weigh: rare among the fields of the template counts more."""

    fields: Mapping[str, Field]
    words: Mapping[str, Mapping[str, float]]

    def strength(self, name: str, quotes: Sequence[str]) -> float:
        """How much of a field's own words a quote has."""
        there = words_of(quotes)
        return sum(weight for word, weight in self.words[name].items() if is_there(word, there))

    def rival(self, name: str, quotes: Sequence[str]) -> str:
        """The field that the quotes speak of more than of this one, clearly more where its type is another; "" for none."""
        own, kind = self.strength(name, quotes), self.fields[name].type
        best, other = 0.0, ""
        for known, one in self.fields.items():
            alike = one.type == kind or (one.type in NUMERIC and kind in NUMERIC)
            if known == name or not alike:
                continue
            strength = self.strength(known, quotes) - (0.0 if one.type == kind else CLEARLY * own)
            best, other = max((best, other), (strength, known))
        return other if best > own else ""


def create_topics(fields: Sequence[Field]) -> Topics:
    """The topics of a template's fields, from their names, questions, meanings, units and choices."""
    own = {one.name: words_of([described(one)]) for one in fields}
    common = Counter(word for words in own.values() for word in words)
    weights = {name: {word: math.log(1 + len(own) / common[word]) for word in words} for name, words in own.items()}
    return Topics({one.name: one for one in fields}, weights)


def described(one: Field) -> str:
    """All that a template says of a field."""
    return " ".join((one.name, one.question, one.meaning, one.unit, *map(str, one.allowed)))


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """The words of texts that say something; keys such as `check_labels` and `maxDelay` are several."""
    plain = [re.sub(r"[_./]", " ", HUMP.sub(" ", text)) for text in texts]
    return frozenset(word for word in words_in(plain) if names(word))
