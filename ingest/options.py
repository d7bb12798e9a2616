"""What a project can say of itself, as the overlay of the playbook lists it: options, their values, and which go together."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.knowledge import pages_folder

OVERLAY_FILE = "overlays/ml.yaml"
# Option to the values that it may or must have.
Conditions = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Projects that have every value of `when` have those of `then`, for a reason."""

    when: Conditions
    then: Conditions
    reason: str


@dataclass(frozen=True, slots=True)
class Options:
    """Every option with its allowed values, the rules between them, its default if it has one, and what it means."""

    allowed: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)


@functools.cache
def read_options() -> Options:
    """The options of the installed playbook."""
    overlay = quick_yaml((pages_folder() / OVERLAY_FILE).read_text("utf-8"))
    options = overlay["options"]
    allowed = {name: tuple(map(option_text, entry["allowed"])) for name, entry in options.items()}
    rules = (Rule(conditions(e["when"]), conditions(e["then"]), e["reason"]) for e in overlay.get("rules", ()))
    defaults = {name: option_text(entry["default"]) for name, entry in options.items() if "default" in entry}
    return Options(allowed, tuple(rules), defaults, {name: entry["meaning"] for name, entry in options.items()})


def conditions(values: Mapping[str, Any]) -> Conditions:
    """Conditions as YAML has them; one value counts as a list of one."""
    lists = ((name, value if isinstance(value, list) else [value]) for name, value in values.items())
    return tuple((str(name), tuple(map(option_text, value))) for name, value in lists)


def option_text(value: object) -> str:
    """A value as it is compared and shown: YAML's true is `true`.

    >>> option_text(True), option_text("llm")
    ('true', 'llm')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
