"""The page of settings, from the settings' own defaults and docstrings."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from mlplaybook.server.settings import Settings

HEAD = """# Settings

This page is generated from `server/settings.py` by `python docs/generate.py`. Every setting is an environment variable; an empty
one counts as not set.

| Variable | Default | Meaning |
|---|---|---|
"""


def settings_page() -> str:
    """The page."""
    meanings = read_meanings()
    rows = (
        f"| `MLPLAYBOOK_{name.upper()}` | {default_of(field.default)} | {meanings[name]} |"
        for name, field in Settings.model_fields.items()
    )
    return HEAD + "\n".join(rows) + "\n"


def read_meanings() -> dict[str, str]:
    """The text below each attribute of the class."""
    (made,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(made, ast.ClassDef)
    found = {}
    for one, after in zip(made.body, made.body[1:], strict=False):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(after, ast.Expr):
            found[one.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return found


def default_of(value: Any) -> str:  # noqa: ANN401 (of any setting)
    """A default as one would set it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f"`{int(value)}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
