from __future__ import annotations

import pytest

from mlplaybook.server.doctor import Check, check_extra, check_extras, wanted_extras
from mlplaybook.server.extras import Extra
from mlplaybook.server.settings import Settings


def test_an_extra_that_is_there_is_shown_with_its_versions() -> None:
    check = check_extra(Extra("tests", ("pytest",), "runs the tests"), wanted=False)
    assert check == Check("extra [tests]", "ok", f"installed (runs the tests): pytest {pytest.__version__}")


@pytest.mark.parametrize(
    ("packages", "wanted", "level", "found"),
    [
        (("no-such-package",), False, "ok", "not installed (reads minds)"),
        (("no-such-package",), True, "warning", "not installed, and the settings need it (reads minds)"),
        (("pytest", "no-such-package"), False, "ok", "without no-such-package (reads minds)"),
    ],
)
def test_one_that_is_missing_comes_with_its_command(
    packages: tuple[str, ...], wanted: bool, level: str, found: str
) -> None:
    check = check_extra(Extra("minds", packages, "reads minds"), wanted=wanted)
    assert check == Check("extra [minds]", level, found, "pip install 'mlplaybook[minds]'")  # type: ignore[arg-type]


def test_the_settings_say_which_extras_are_needed() -> None:
    assert wanted_extras(Settings()) == set()
    settings = Settings(llm="openai:a, anthropic:b,ollama:c", cache="redis://127.0.0.1", otel="otlp")
    assert wanted_extras(settings) == {"openai", "anthropic", "ollama", "redis", "telemetry"}


def test_every_extra_has_a_line_and_none_is_an_error() -> None:
    checks = list(check_extras(Settings()))
    assert {"extra [local]", "extra [openai]", "extra [redis]"} <= {check.name for check in checks}
    assert {check.level for check in checks} == {"ok"}
    assert all(check.remedy.startswith("pip install 'mlplaybook[") or "installed" in check.found for check in checks)
