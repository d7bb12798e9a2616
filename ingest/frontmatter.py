"""The YAML block at the top of a page."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from mlplaybook.ingest.options import Conditions, conditions

FENCE = "---"
# How fast a page's subject changes.
VOLATILITIES = ("stable", "evolving", "fast-moving")
# A page that is written for every project.
FOR_ALL = "all"


class BadFrontMatter(ValueError):
    """The block cannot be read; the message names the line and the remedy."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The parsed values and the offset at which the body begins."""

    values: dict[str, Any]
    body_start: int


def read_front_matter(text: str) -> FrontMatter:
    """Parse the leading block between two `---` lines; a text without one has no values and begins at 0.

    A lone `---` on the first line with no closing line is a thematic break, unless a `key: value` line follows it: then the
    author forgot to close the block, and BadFrontMatter says so.
    """
    if not text.startswith(FENCE + "\n"):
        return FrontMatter({}, 0)
    end = text.find(f"\n{FENCE}\n", len(FENCE))
    if end < 0 and text.endswith(f"\n{FENCE}"):
        end = len(text) - len(FENCE) - 1
    if end < 0:
        second = text.split("\n", 2)[1]
        if ":" not in second:
            return FrontMatter({}, 0)
        msg = "front matter opens on line 1 with '---' and never closes; add a line '---' after its last field"
        raise BadFrontMatter(msg)
    block = text[len(FENCE) + 1 : end + 1]
    return FrontMatter(parse_block(block), min(len(text), end + len(FENCE) + 2))


def parse_block(block: str) -> dict[str, Any]:
    """The mapping in a YAML block; raises BadFrontMatter with the line of the file."""
    try:
        values = yaml.safe_load(block)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 2
        problem = getattr(error, "problem", None) or "not YAML"
        msg = f"front matter, line {line}: {problem}; correct that line (quote values that contain ': ')"
        raise BadFrontMatter(msg) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        msg = f"front matter is a {type(values).__name__}, not 'key: value' lines; write one field a line"
        raise BadFrontMatter(msg)
    return {str(key): value for key, value in values.items()}


def as_text(value: object) -> str:
    """A front-matter value as text: dates in ISO form, absent values empty."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def as_texts(value: object) -> tuple[str, ...]:
    """A front-matter list, or one comma-separated string, as texts."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(as_text(item) for item in value) if isinstance(value, list) else ()


def read_applies_to(value: object, allowed: Mapping[str, tuple[str, ...]]) -> Conditions:
    """The project options that a page is written for: none for `all` or an absent field.

    :param allowed: the values of every option there is.
    :raises BadFrontMatter: it is no mapping, or names an option or value that there is not.
    """
    if value is None or value == FOR_ALL:
        return ()
    if not isinstance(value, dict):
        msg = f"applies_to is {as_text(value)!r}; write 'all', or options with their values: {{modelType: [llm]}}"
        raise BadFrontMatter(msg)
    wanted = conditions(value)
    for name, values in wanted:
        if name not in allowed:
            msg = f"applies_to names the option {name!r}; it is one of {', '.join(allowed)}"
            raise BadFrontMatter(msg)
        wrong = next((entry for entry in values if entry not in allowed[name]), None if values else "")
        if wrong is not None:
            msg = f"applies_to names {name} {wrong!r}; it is one of {', '.join(allowed[name])}"
            raise BadFrontMatter(msg)
    return wanted
