"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
WITH_EXAMPLES = [
    path
    for name in ("evals", "ingest", "knowledge", "prompts", "server")
    for path in sorted((ROOT / name).rglob("*.py"))
    if ">>>" in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", WITH_EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstring_examples_hold(path: Path) -> None:
    name = "mlplaybook." + ".".join(path.relative_to(ROOT).with_suffix("").parts)
    result = doctest.testmod(importlib.import_module(name), extraglobs={"np": np})
    assert (result.attempted > 0, result.failed) == (True, 0)
