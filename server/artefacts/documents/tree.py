"""Dotted names and nested values; texts on one line; a fingerprint of a value."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

# White space, control characters and what some readers take for a line break (NEL, LS, PS).
BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
FINGERPRINT = 8


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as nested mappings, in order.

    >>> nest({"a.b": 1, "c": 2, "a.d": 3})
    {'a': {'b': 1, 'd': 3}, 'c': 2}
    """
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        level = tree
        for parent in parents:
            level = level.setdefault(parent, {})
        level[last] = value
    return tree


def one_line(text: str) -> str:
    """A text without line breaks and control characters, so that it cannot leave a comment or a row."""
    return BREAKS.sub(" ", text).strip()


def shortened(text: str, length: int) -> str:
    """One line of at most `length` characters, cut at a space with an ellipsis."""
    words = one_line(text)
    if len(words) <= length:
        return words
    return words[: length - 2].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def words_of(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value as one line of words."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, Mapping):
        return ", ".join(f"{one_line(str(key)).replace('_', ' ')} {words_of(part)}" for key, part in value.items())
    if isinstance(value, list | tuple):
        between = " to " if len(value) == 2 and all(map(is_number, value)) else "; "
        return between.join(words_of(part) for part in value)
    return str(value)


def is_number(value: object) -> bool:
    """Whether a value is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def fingerprint(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """Eight hexadecimal digits that differ when the value does; `-` for nothing."""
    if value is None:
        return "-"
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:FINGERPRINT]
