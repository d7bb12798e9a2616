from __future__ import annotations

import tomllib
from pathlib import Path

from mlplaybook.server.extras import NOT_SHOWN, PURPOSES, Extra, create_extras

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
DECLARED: dict[str, list[str]] = PROJECT["optional-dependencies"]


def test_every_extra_of_this_package_is_shown_with_what_it_is_good_for() -> None:
    shown = create_extras(f'{one}; extra == "{name}"' for name, listed in DECLARED.items() for one in listed)
    assert {extra.name for extra in shown} == set(DECLARED) - NOT_SHOWN
    assert [extra.name for extra in shown if not extra.purpose] == []
    assert [extra.name for extra in shown] == [name for name in PURPOSES if name in DECLARED]


def test_requirements_are_read_in_every_form_that_metadata_has() -> None:
    assert create_extras(
        [
            "numpy>=2",
            "a.b-c[x,y]<2,>=1; extra == 'one'",
            'plain; extra == "one"',
            'old ; python_version < "3.12" and extra == "one"',
            'plain==1; (sys_platform == "linux") and extra == "two"',
            'tool; extra == "dev"',
        ]
    ) == (Extra("one", ("a.b-c", "plain", "old")), Extra("two", ("plain",)))
