"""The parts of docs/agents.md that say what was found, written from benchmarks/results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

BEGIN, END = "<!-- clients: written by `make conformance` and `make agents` -->", "<!-- clients: end -->"
KINDS = ("answer", "quote", "page", "URI", "resource")


def section(agents: Mapping[str, Any], conformance: Mapping[str, Any]) -> str:
    """Both tables with their words, as Markdown."""
    return "\n".join([BEGIN, "", *agents_part(agents), *conformance_part(conformance), END])


def agents_part(record: Mapping[str, Any]) -> list[str]:
    """What the model of each agent sees."""
    names = ", ".join(f"`{step['tool']}`" for step in record["agents"][0]["steps"] if not step["uri"])
    lines = [
        "## What each agent's model sees", "",
        "Agents show their model different parts of a tool's reply: some the text, some the record alone. `make agents` installs",
        "each one, connects it with `mlplaybook setup` in a home of its own, and lets a scripted model call",
        f"{names}, and read a",
        "resource with the agent's own tool for those. Counted is what the model was then shown of what the server had said:",
        "sentences of the answer, quotes, page ids, URIs, and lines of the resource, which is",
        f"{resources(record['agents'])}.", "",
        "| Agent | Version | Instructions | Tools | Answer | Quotes | Pages | URIs | Resource |",
        "|---|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for agent in record["agents"]:
        counts = [total(agent["steps"], kind) for kind in KINDS]
        told = "shown" if agent["instructions"] else "not shown"
        lines.append(f"| {agent['agent']} | {agent['version']} | {told} | {ways(agent)} | {' | '.join(counts)} |")
    return [*lines, "", *commands_part(record["commands"]), *tokens_part(record["tokens"])]


def commands_part(commands: Sequence[Mapping[str, Any]]) -> list[str]:
    """What comes of a quick command."""
    lines = [
        "A quick command, typed into each of them: as a prompt of the server, as a command of the plugin, and as the plugin's",
        "skill in Codex, which has neither. Prompts have arguments: Gemini CLI takes each as `--NAME=\"...\"`, Claude Code one",
        "word for each, and shows its model all that was typed.", "",
        "| Agent | Typed | By | Lines of the command that the model is shown |", "|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {one['agent']} | `{one['typed']}` | {one['kind']} | {one['found']} of {one['of']} |" for one in commands
    ]
    return [*lines, ""]


def tokens_part(counted: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What the server costs every conversation."""
    vocabularies = list(counted)
    rows = {"instructions": "Instructions (at most 300)", "tools": "The seven tools as a model is shown them",
            "whole": "The same with what clients keep for themselves (at most 2,500)"}  # fmt: skip
    rows |= {name: f"`{name}`" for name in counted[vocabularies[0]] if name not in rows}
    lines = [
        "What the server costs every conversation, in tokens by tiktoken's vocabularies:", "",
        f"| | {' | '.join(vocabularies)} |", f"|---|{'---|' * len(vocabularies)}",
    ]  # fmt: skip
    return [*lines, *(f"| {title} | {' | '.join(f'{counted[one][name]:,}' for one in vocabularies)} |"
                      for name, title in rows.items()), ""]  # fmt: skip


def resources(agents: Sequence[Mapping[str, Any]]) -> str:
    """Which resource each has read: agents that know no templates read what the server lists."""
    read = {agent["agent"]: step["uri"] for agent in agents for step in agent["steps"] if step["uri"]}
    names = {uri: [agent for agent, one in read.items() if one == uri] for uri in dict.fromkeys(read.values())}
    return "; ".join(f"`{uri}` in {', '.join(agents)}" for uri, agents in names.items())


def ways(agent: Mapping[str, Any]) -> str:
    """How the model comes by the tools."""
    return "when it looks for them" if agent["looked_up"] else f"all {agent['tools']} at once"


def total(steps: Sequence[Mapping[str, Any]], kind: str) -> str:
    """Found and of how many, over all steps."""
    found = sum(step["facts"].get(kind, (0, 0))[0] for step in steps)
    return f"{found} of {sum(step['facts'].get(kind, (0, 0))[1] for step in steps)}"


def conformance_part(record: Mapping[str, Any]) -> list[str]:
    """How the protocol's own suites find the server."""
    lines = [
        "## Conformance", "",
        "`make conformance` lets the protocol's conformance suite and inspector ask `mlplaybook mcp --http`",
        f"(`@modelcontextprotocol/conformance` {record['conformance']}, `@modelcontextprotocol/inspector`",
        f"{record['inspector']}), and the inspector `mlplaybook mcp` too. The suite wants tools, prompts and resources of its",
        "own in every server (fixtures); what needs them is expected to fail, each with its reason, in",
        "`benchmarks/clients/expected.yaml`. Anything else that fails, and anything listed that passes, fails the command.", "",
        "| Revision | Scenarios | pass | expected to fail | Checks that pass |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for era, found in record["eras"].items():
        # A scenario that fails is one that was expected to, or the command had failed.
        lines.append(
            f"| {era} | {found['scenarios']} | {found['passed']} | {found['scenarios'] - found['passed']} | "
            f"{found['checks_passed']} of {found['checks']} |"
        )
    lines += ["", "| A scenario is expected to fail because it | " + " | ".join(record["eras"]) + " |"]
    lines.append("|---|" + "---|" * len(record["eras"]))
    failures = [found["expected_failures"] for found in record["eras"].values()]
    for reason in dict.fromkeys(reason for each in failures for reason in each):
        counts = " | ".join(str(len({name.split(":")[0] for name in each.get(reason, ())}) or "") for each in failures)
        lines.append(f"| {reason} | {counts} |")
    runs = ", ".join(f"{count} {group}" for group, count in record["inspections"].items())
    wrong = len(record["inspector_problems"])
    found = f"{wrong} of its runs were not good, beside" if wrong else "nothing wrong in"
    words = f"The inspector found {found} {runs}; tools/list with `--strict`, skills with `--verify --require-digests`."
    return [*lines, "", words, ""]


def put_section(page: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """The page with the section in its place, which two lines mark, at the end where it had none.

    >>> put_section("# A", "X").splitlines()
    ['# A', '', 'X']
    """
    if begin in page and end in page:
        before, rest = page.split(begin, 1)
        return before + text + rest.split(end, 1)[1]
    return f"{page.rstrip()}\n\n{text}\n"
