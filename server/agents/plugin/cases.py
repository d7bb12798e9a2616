"""The tasks of agents, written in the layouts of `claude plugin eval` and of Agent Skills."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

import yaml

from mlplaybook.server.agents.plugin.source import FOLDER, Source
from mlplaybook.server.agents.setup.clients import SERVER

# A task reads a repository, calls a handful of tools and writes one file.
MOST_TURNS, MOST_SECONDS = 25, 600
READING = ("Read", "Glob", "Grep", "Skill")
# How Claude Code names the tools of a plugin's server.
PREFIX = "mcp__plugin_{plugin}_{server}__"
JUDGED = (
    "Cited as page#heading, and every quote stands there word for word.",
    "Nothing about the user's project is invented; what was not said is asked or left open.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A task: `pages` of which the reply cites one, `tools` that it calls, `file` that it leaves; empty where none is meant."""

    id: str
    prompt: str
    tools: tuple[str, ...]
    pages: tuple[str, ...]
    good: str
    file: str = ""


def read_cases() -> tuple[Case, ...]:
    """Every task, in the order of the file."""
    rows: list[dict[str, Any]] = yaml.safe_load((FOLDER / "cases.yaml").read_text("utf-8"))["cases"]
    return tuple(
        Case(row["id"], row["prompt"], tuple(row["tools"]), tuple(row["pages"]), row["good"], row.get("file", ""))
        for row in rows
    )


def eval_files(cases: tuple[Case, ...], skill: str, source: Source) -> dict[str, bytes]:
    """Every file by its path below the plugin's folder; `skill` is the path of the skill's folder there."""
    texts = {f"{skill}/evals/evals.json": skill_evals(cases, source)}
    for case in cases:
        texts[f"evals/{case.id}/prompt.md"] = claude_prompt(case, source)
        for name, (head, body) in claude_graders(case, source).items():
            texts[f"evals/{case.id}/graders/{name}.md"] = with_head(head, body)
    return {path: text.encode("utf-8") for path, text in texts.items()}


def skill_evals(cases: tuple[Case, ...], source: Source) -> str:
    """`evals.json` of the Agent Skills guide."""
    evals = [
        {
            "id": number, "name": case.id, "prompt": case.prompt, "expected_output": case.good, "files": [],
            "assertions": assertions(case),
        }
        for number, case in enumerate(cases, 1)
    ]  # fmt: skip
    return json.dumps({"skill_name": source.name, "evals": evals}, indent=2, ensure_ascii=False) + "\n"


def assertions(case: Case) -> list[str]:
    """What can be checked in a reply."""
    cited = f"The reply cites a section of {' or '.join(case.pages)} as page#heading." if case.pages else ""
    called = [f"The tool {tool} was called." for tool in case.tools]
    left = f"A file {case.file} was written." if case.file else ""
    return [text for text in (case.good, *called, cited, left, *JUDGED) if text]


def claude_prompt(case: Case, source: Source) -> str:
    """The task with what it may use; Write and the server's tools must be granted by who runs it."""
    allowed = [*READING, f"{prefix(source)}*", *(["Write", "Edit"] if case.file else [])]
    return with_head({"max_turns": MOST_TURNS, "timeout_seconds": MOST_SECONDS, "allowed_tools": allowed}, case.prompt)


def claude_graders(case: Case, source: Source) -> dict[str, tuple[dict[str, Any], str]]:
    """Graders by name: free ones on tools, citation and file, and a judge; weights so that the judge is half of it."""
    graders: dict[str, tuple[dict[str, Any], str]] = {
        # Without the plugin there is no such tool, so that it says nothing of the difference.
        f"calls-{tool.replace('_', '-')}": (
            {"type": "tool_used", "tool": f"{prefix(source)}{tool}", "min": 1, "arm": "with-only", "weight": 1}, ""
        )
        for tool in case.tools
    }  # fmt: skip
    if case.pages:
        pattern = f"(?:{'|'.join(case.pages)})#[a-z0-9-]+"
        graders["cites"] = ({"type": "regex", "pattern": pattern, "weight": 2}, "")
    if case.file:
        graders["leaves-file"] = ({"type": "file_exists", "path": case.file, "weight": 1}, "")
    graders["good"] = ({"type": "llm", "weight": 4}, "\n".join((case.good, *JUDGED)))
    return graders


def run_command(folder: str, source: Source) -> str:
    """How Claude Code runs the tasks; without these grants it would refuse the tools."""
    return f"claude plugin eval {shlex.quote(folder)} --allow-real-servers --allow-tools '{prefix(source)}*' Write Edit"


def prefix(source: Source) -> str:
    """What stands before a tool's name."""
    return PREFIX.format(plugin=source.name, server=SERVER)


def with_head(head: dict[str, Any], body: str) -> str:
    """Markdown with a YAML head."""
    return f"---\n{yaml.safe_dump(head, sort_keys=False, width=1000)}---\n{body}".rstrip() + "\n"
