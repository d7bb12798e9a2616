"""Marks between what a prompt says and what it quotes: a quoted text can neither end its fence nor pretend to.

The mark is made of the texts themselves, so that the same request is rendered to the same bytes and no text holds its own mark.
A model may still take `</passage>` for an end although the mark is missing, and some servers read `<|im_end|>` in any text as
the end of the turn, so whatever looks like a fence or a control token gets its first character as an HTML entity.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from mlplaybook.prompts.errors import InputMissing

# What templates see.
Plain: TypeAlias = "str | bool | int | float | list[Plain] | dict[str, Plain] | None"

# 48 bits: nobody writes a page that holds the mark of a request which holds that page.
MARK_LENGTH = 12
# What may be hidden between the characters of a tag without being seen.
UNSEEN = "[\\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*"
TAGS = "passages?|question|conversation|turn|fields"
AFTER = rf"{UNSEEN}[/／]?{UNSEEN}(?:{TAGS})\b|[|｜]|</?SYS>>|/?s>|[be]os>|(?:start|end)_of_turn>"
OPENING = re.compile(rf"[<＜﹤](?={AFTER})|\[(?=/?INST\])", re.IGNORECASE)
ENTITY = re.compile(rf"&lt;(?={AFTER})|&#91;(?=/?INST\])", re.IGNORECASE)


def neutral(text: str) -> str:
    """A text in which nothing looks like a fence or a model's control token.

    >>> neutral("a < b </passage> <|im_end|> [INST] </p>")
    'a < b &lt;/passage> &lt;|im_end|> &#91;INST] </p>'
    """
    return OPENING.sub(lambda found: "&#91;" if found[0] == "[" else "&lt;", text)


def as_written(quote: str) -> str:
    """What a quote from a rendered passage says on its page: the entities of `neutral` are characters again.

    >>> as_written("&lt;/passage> &#91;INST] &lt;b>")
    '</passage> [INST] &lt;b>'
    """
    return ENTITY.sub(lambda found: "<" if found[0] == "&lt;" else "[", quote)


def one_line(value: object) -> str:
    """A value as that of an attribute: one line, without the quotation mark that would end it."""
    printable = "".join(character if character.isprintable() else " " for character in str(value))
    return " ".join(printable.replace('"', "'").split())


def create_mark(inputs: Mapping[str, Plain]) -> str:
    """Twelve hexadecimal digits that stand in none of the inputs.

    They depend on the lists among the inputs alone, so that two questions over the same passages begin with the same bytes,
    which a provider may have cached.
    """
    quoted = "\x00".join(text for value in inputs.values() if not isinstance(value, str) for text in texts(value))
    digest = hashlib.sha256(quoted.encode("utf-8", "surrogatepass")).digest()
    marks = (hashlib.sha256(digest + str(attempt).encode()).hexdigest()[:MARK_LENGTH] for attempt in itertools.count())
    found = [text.casefold() for text in texts(inputs)]
    return next(mark for mark in marks if not any(mark in text for text in found))


def texts(value: object) -> Iterator[str]:
    """Every text in a plain value, names of its parts included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from texts(part)
    elif isinstance(value, Sequence):
        for part in value:
            yield from texts(part)
    else:
        yield str(value)


def plain_value(name: str, value: object) -> Plain:
    """Data without behaviour: text, numbers, lists and mappings of them; records become mappings.

    :raises InputMissing: the value is of another kind.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_value(name, getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_value(name, part) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain_value(name, part) for part in value]
    kind = type(value).__name__
    raise InputMissing(f"The input '{name}' holds a {kind}.", "Pass text, numbers, lists, mappings or records of them.")
