"""The protocol's inspector against the server: every list, call, read, prompt and skill, over stdio and HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clients.node import Programs
from benchmarks.clients.processes import Ended, run

PROBE_SECONDS = 60.0
LEGACY, MODERN = "legacy", "modern"
# What the inspector ends with when a tool says that it could not.
TOOL_ERROR = 5

LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")
CALLS: Mapping[str, Mapping[str, object]] = {
    "search_playbook": {"query": "How do I detect data drift?"},
    "ask_playbook": {"question": "Which PSI value is an alert?"},
    "read_playbook": {"name": "drift-detection"},
    "fill_template": {"template": "problem-brief", "values": {"business_objective": "fewer refunds"}},
    "check_document": {
        "document": "problem_brief:\n  business_objective: fewer refunds\n",
        "template": "problem-brief",
    },
    "decide": {"name": "serving-strategy", "inputs": {"fits_device": "yes"}},
    "verify_citations": {"text": '"PSI below 0.1 is stable" (drift-detection#summary)'},
}
# One of each kind beside those that resources/list names.
URIS = (
    "playbook://page/drift-detection", "playbook://page/drift-detection/summary", "playbook://template/problem-brief",
    "playbook://checklist/promotion-criteria", "playbook://decision/serving-strategy", "playbook://rubric/data-quality",
    "playbook://calculator/psi",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Probe:
    """One run of the inspector; `wants` are the words that its output must have, `status` is what it must end with."""

    group: str
    name: str
    arguments: tuple[str, ...]
    wants: tuple[str, ...] = ()
    status: int = 0
    era: str = MODERN
    stdio: bool = False

    def judge(self, ended: Ended) -> str:
        """What is wrong, empty when nothing is."""
        if ended.status != self.status:
            return f"ended with {ended.status}, not {self.status}: {ended.last_words}"
        lacking = [word for word in self.wants if word not in ended.output]
        return f"does not show {', '.join(lacking)}" if lacking else ""


@dataclass(frozen=True, slots=True)
class Inspector:
    """How it reaches the server: a command for stdio with its variables, and the address."""

    programs: Programs
    stdio: Sequence[str]
    variables: Mapping[str, str]
    url: str
    environment: Mapping[str, str]
    folder: Path

    def run(self, probe: Probe) -> Ended:
        """One run."""
        target = [self.url, "--transport", "http"]
        if probe.stdio:
            target = [word for pair in self.variables.items() for word in ("-e", "=".join(pair))] + list(self.stdio)
        command = [self.programs.path("mcp-inspector"), "--cli", *target, "--protocol-era", probe.era, *probe.arguments]
        return run(command, self.environment, self.folder, PROBE_SECONDS)

    def read(self, method: str) -> dict[str, Any]:
        """The answer to a list."""
        return dict(json.loads(self.run(Probe("", method, ("--method", method))).output))


def probes(inspector: Inspector) -> Iterator[Probe]:
    """All runs; prompts and resources are those that the server lists."""
    for stdio in (False, True):
        for era in (LEGACY, MODERN):
            for method in LISTS:
                strict = ("--strict",) if method == "tools/list" else ()
                yield Probe("lists", method, ("--method", method, *strict), ('"name"',), era=era, stdio=stdio)
        yield from calls(stdio)
        yield Probe("skills", "skills/list", ("--method", "skills/list", "--verify", "--require-digests"), stdio=stdio)
    uris = [resource["uri"] for resource in inspector.read("resources/list")["resources"]]
    for uri in dict.fromkeys([*uris, *URIS]):
        yield Probe("reads", uri, ("--method", "resources/read", "--uri", uri), ('"text"', uri))
    yield Probe("reads", "an unknown page", ("--method", "resources/read", "--uri", "playbook://page/nope"), status=1)
    for prompt in inspector.read("prompts/list")["prompts"]:
        yield Probe("prompts", prompt["name"], prompt_arguments(prompt), ('"messages"', '"text"'))


def calls(stdio: bool) -> Iterator[Probe]:
    """Every tool once as it should be, and once wrongly: both channels are there, and an error says what to do."""
    for tool, arguments in CALLS.items():
        given = [
            f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()
        ]
        asked = ("--method", "tools/call", "--tool-name", tool, "--tool-arg", *given)
        yield Probe("calls", tool, asked, ('"structuredContent"', '"text"'), era=MODERN, stdio=stdio)
    wrong = ("--method", "tools/call", "--tool-name", "fill_template", "--tool-arg", "template=nope")
    yield Probe("calls", "fill_template wrongly", wrong, ("problem-brief",), TOOL_ERROR, stdio=stdio)


def prompt_arguments(prompt: Mapping[str, Any]) -> tuple[str, ...]:
    """A prompt with a word for every argument that it needs."""
    needed = [f"{one['name']}=churn" for one in prompt.get("arguments", ()) if one.get("required")]
    return ("--method", "prompts/get", "--prompt-name", prompt["name"], *(["--prompt-args", *needed] if needed else []))


def inspect(inspector: Inspector) -> tuple[dict[str, int], list[str]]:
    """How many runs of each group were good, and what was wrong with the others."""
    counts: dict[str, int] = {}
    wrong = []
    for probe in probes(inspector):
        ended = inspector.run(probe)
        problem = probe.judge(ended)
        counts[probe.group] = counts.get(probe.group, 0) + (not problem)
        if problem:
            way = "stdio" if probe.stdio else "HTTP"
            wrong.append(f"{probe.name} ({way}, {probe.era}): {problem}")
    return counts, wrong
