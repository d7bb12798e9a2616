"""The protocol's own conformance suite against the server over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.clients.node import Programs
from benchmarks.clients.processes import ProgramFailed, run

EXPECTED = Path(__file__).with_name("expected.yaml")
ERAS = ("2025-11-25", "2026-07-28")
# Extensions stand outside the requirements of an era: those that the server offers are asked for by name.
SKILLS = ("sep-2640-skills-enumeration", "sep-2640-skills-manifest", "sep-2640-skills-directory")
SUITE_SECONDS = 180.0
GOOD = ("SUCCESS", "INFO", "SKIPPED")
STAMPED = re.compile(r"^server-(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z$")


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the suite."""

    scenario: str
    name: str
    status: str
    message: str = ""

    @property
    def good(self) -> bool:
        """Whether it holds; what the protocol only recommends counts too."""
        return self.status in GOOD


@dataclass(frozen=True, slots=True)
class Verdict:
    """An era: scenarios that hold wholly, those that were expected to fail, and what was not expected."""

    era: str
    scenarios: int
    passed: tuple[str, ...]
    expected: Mapping[str, str]
    surprises: tuple[str, ...]
    checks: tuple[int, int]

    @property
    def record(self) -> dict[str, Any]:
        """As it is kept."""
        by_reason: dict[str, list[str]] = {}
        for name, reason in self.expected.items():
            by_reason.setdefault(reason, []).append(name)
        good, of = self.checks
        return {
            "scenarios": self.scenarios, "passed": len(self.passed), "checks": of, "checks_passed": good,
            "expected_failures": by_reason, "surprises": list(self.surprises),
        }  # fmt: skip


def run_suite(programs: Programs, url: str, era: str, environment: Mapping[str, str], folder: Path) -> list[Check]:
    """Every finding of an era, its extension of skills among them where it has one."""
    command = [programs.path("conformance"), "server", "--url", url]
    ended = run([*command, "--requirements", era, "-o", str(folder / era)], environment, folder, SUITE_SECONDS)
    if "=== SUMMARY ===" not in ended.output:
        raise ProgramFailed(f"The suite did not finish: {ended.last_words}", "Run it by itself to see why.")
    if era == ERAS[-1]:
        for scenario in SKILLS:
            asked = ["--scenario", scenario, "--force", "--spec-version", era, "-o", str(folder / era)]
            run([*command, *asked], environment, folder, SUITE_SECONDS)
    return read_checks(folder / era)


def read_checks(folder: Path) -> list[Check]:
    """What the suite has written: a folder for every scenario."""
    return [
        Check(stamped["scenario"], one["id"], one["status"], one.get("errorMessage") or "")
        for path in sorted(folder.glob("*/checks.json"))
        if (stamped := STAMPED.match(path.parent.name))
        for one in json.loads(path.read_text("utf-8"))
    ]


def read_expected(era: str, path: Path = EXPECTED) -> dict[str, str]:
    """The reason of everything that may fail in an era: `scenario` or `scenario:check`."""
    groups: Sequence[Mapping[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return {name: group["reason"] for group in groups if era in group.get("eras", ERAS) for name in group["scenarios"]}


def judge(era: str, checks: Iterable[Check], expected: Mapping[str, str]) -> Verdict:
    """Compare findings with what may fail: both a failure that is not listed and a listed one that passes are surprises.

    >>> judge("2026-07-28", [Check("ping", "ping", "FAILURE", "no")], {"sing": "no voice"}).surprises
    ('ping:ping fails: no', 'sing is listed and does not fail')
    """
    checks = list(checks)
    names = dict.fromkeys(check.scenario for check in checks)
    bad = [check for check in checks if not check.good]
    used = {key for check in bad for key in (check.scenario, f"{check.scenario}:{check.name}") if key in expected}
    surprises = [
        f"{check.scenario}:{check.name} fails: {check.message}"
        for check in bad
        if not {check.scenario, f"{check.scenario}:{check.name}"} & used
    ]
    surprises += [f"{name} is listed and does not fail" for name in expected if name not in used]
    failing = {check.scenario for check in bad}
    passed = tuple(name for name in names if name not in failing)
    return Verdict(
        era, len(names), passed, {name: reason for name, reason in expected.items() if name in used}, tuple(surprises),
        (sum(check.good for check in checks), len(checks)),
    )  # fmt: skip
