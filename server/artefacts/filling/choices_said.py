"""Choices and yes or no that a model says: by the words of its quotes, or by being nearest to them in meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.answers.support import DENIAL
from mlplaybook.server.artefacts.filling.numbers_said import NotSaid, shortened
from mlplaybook.server.artefacts.filling.words_said import NEAR, REWORDED, VERBATIM, Said, key_of, stands_as_words
from mlplaybook.server.artefacts.records import Field

# The nearest choice by meaning counts where it is this near, and this much nearer than the next one.
NEAR_ENOUGH, CLEARLY = 0.36, 0.20
# A ticked box says yes, an empty one no.
YES = re.compile(r"\b(?:yes|true|on|enabled?|active|always|required|done|passed|must|1)\b|\[x\]|[☒☑✓✔]", re.IGNORECASE)
NO = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|false|off|disabled?|inactive|failed|without|cannot|0)\b|n['’]t\b|\[ \]|☐",
    re.I,
)


def read_choice(field: Field, text: str, quotes: Sequence[str], encoder: Encoder | None) -> Said:
    """One of the field's choices: sure where its words stand in a quote, less where it is the nearest in meaning.

    :raises NotSaid: it is none of the choices.
    """
    chosen = next((choice for choice in field.allowed if key_of(choice) == key_of(text)), None)
    if chosen is None:
        raise NotSaid(f"'{shortened(text)}' is none of the choices")
    standing = [choice for choice in field.allowed if stands_as_words(str(choice), quotes)]
    # "weekly" stands in "bi-weekly", "major" in "major versions": the longer one is meant.
    standing = [one for one in standing if not any(is_part(one, other) for other in standing)]
    denied = any(DENIAL.search(quote) for quote in quotes)
    if standing == [chosen] and not denied:
        return Said(chosen, VERBATIM)
    if not standing and encoder is not None and nearest_choice(field, quotes, encoder) == chosen:
        return Said(chosen, NEAR)
    return Said(chosen, NEAR / 2)


def is_part(one: object, other: object) -> bool:
    """Whether a choice is a part of another one."""
    return one != other and key_of(one) in key_of(other)


def nearest_choice(field: Field, quotes: Sequence[str], encoder: Encoder) -> object:
    """The choice that is nearest in meaning to the quotes; None when none is near, or two are."""
    names = [str(choice).replace("_", " ") for choice in field.allowed]
    choices = np.stack([one.sentence for one in encoder.encode_documents(names)])
    (said,) = encoder.encode_documents([" ".join(quotes)])
    order = np.argsort(-(cosines := choices @ said.sentence))
    if cosines[order[0]] < NEAR_ENOUGH or (len(order) > 1 and cosines[order[0]] - cosines[order[1]] < CLEARLY):
        return None
    return field.allowed[order[0]]


def read_boolean(text: str, quotes: Sequence[str]) -> Said:
    """True or false as its quotes say it; less sure where they only tell of it.

    :raises NotSaid: it is neither, or the quotes say the opposite.
    """
    word = text.strip().strip('."').lower()
    if word not in {"true", "false", "yes", "no"}:
        raise NotSaid(f"'{shortened(text)}' is neither true nor false")
    wanted = word in {"true", "yes"}
    together = " ".join(quotes)
    denies = bool(NO.search(together))
    if wanted == denies:
        raise NotSaid(f"its quotes say {'no' if denies else 'yes'} where the value says {word}")
    return Said(wanted, VERBATIM if denies or YES.search(together) else REWORDED)
