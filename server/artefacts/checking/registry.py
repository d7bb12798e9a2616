"""The functions that rules name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from mlplaybook.server.artefacts.checking import (
    functions_metrics,
    functions_numbers,
    functions_records,
    functions_serving,
    functions_time,
)
from mlplaybook.server.artefacts.checking.hits import Hit
from mlplaybook.server.artefacts.checking.values import Values

Function = Callable[[Values], Iterator[Hit]]


def public(module: ModuleType) -> Mapping[str, Function]:
    """The functions of a module that take values and nothing else."""
    return {
        name: function
        for name, function in vars(module).items()
        if getattr(function, "__module__", "") == module.__name__
        and getattr(function, "__annotations__", {}) == {"values": "Values", "return": "Iterator[Hit]"}
    }


FUNCTIONS: Mapping[str, Function] = {
    **public(functions_metrics), **public(functions_numbers), **public(functions_records), **public(functions_serving),
    **public(functions_time),
}  # fmt: skip
