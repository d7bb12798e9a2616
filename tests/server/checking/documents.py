"""Small documents out of values by field name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from mlplaybook.server.artefacts.checking.check import check


def nest(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as nested mappings."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return tree


def write(values: Mapping[str, Any]) -> str:
    """The YAML document of some values."""
    return yaml.safe_dump(nest(values), sort_keys=False, allow_unicode=True, width=1000)


def thaw(value: object) -> object:
    """Tuples as the lists that they were."""
    return [thaw(item) for item in value] if isinstance(value, list | tuple) else value


def rules_found(values: Mapping[str, Any], template: str) -> set[str]:
    """The rules that a document of these values breaks."""
    return {finding.rule for finding in check(write(values), template)}
