"""Real agents with a scripted model and a home of their own: what the playbook's replies look like to the model."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clients.dialects import DIALECTS
from benchmarks.clients.environment import playbook_command, playbook_variables, program_environment
from benchmarks.clients.node import Programs, pinned
from benchmarks.clients.processes import Ended, ProgramFailed, run
from benchmarks.clients.scripted import DONE, Log, Step, scripted_model
from mlplaybook.server.agents.connection import Talk
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.instructions import INSTRUCTIONS

AGENT_SECONDS = 120.0
SETUP_SECONDS = 60.0
QUESTION = "How do I detect data drift?"
STEPS = (
    Step("ask_playbook", {"question": QUESTION}),
    Step("search_playbook", {"query": QUESTION, "limit": 3}),
    Step("read_playbook", {"name": "drift-detection#summary"}),
    Step("verify_citations", {"quotes": [{"quote": "The playbook never said this.", "section": "drift-detection"}]}),
)
# What a person asks; the scripted model does the same whatever it is.
PROMPT = f"{QUESTION} Use the ML playbook."
KEY = "sk-scripted"
SERVER = "mlplaybook"
# Read by the agent's own tool for resources: one by a template, or one of the list where it reads no others.
BY_TEMPLATE, LISTED = "playbook://page/drift-detection/summary", "playbook://index"
READER = "read_mcp_resource"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent: its program and package, its name for `mlplaybook setup`, its own settings, how it is asked, variables.

    `reader` is its own tool for resources and what that is given.
    """

    title: str
    package: str
    program: str
    setup: str
    settings: Callable[[str], tuple[str, str]]
    ask: Callable[[str], Sequence[str]]
    variables: Callable[[str], Mapping[str, str]]
    reader: tuple[str, Mapping[str, str]]

    @property
    def steps(self) -> tuple[Step, ...]:
        """What its model calls."""
        return (*STEPS, Step(*self.reader, own=True))


def no_settings(url: str) -> tuple[str, str]:
    """The agent is told where its model is by variables."""
    return "", ""


def codex_settings(url: str) -> tuple[str, str]:
    """A provider of models."""
    text = (
        'model = "gpt-5"\nmodel_provider = "scripted"\n\n[model_providers.scripted]\nname = "scripted"\n'
        f'base_url = "{url}/v1"\nenv_key = "SCRIPTED_KEY"\nwire_api = "responses"\n'
    )
    return ".codex/config.toml", text


def gemini_settings(url: str) -> tuple[str, str]:
    """The kind of key."""
    return ".gemini/settings.json", json.dumps({"security": {"auth": {"selectedType": "gemini-api-key"}}})


def opencode_settings(url: str) -> tuple[str, str]:
    """A provider of models, and nothing fetched."""
    options = {"baseURL": f"{url}/v1", "apiKey": KEY}
    settings = {"model": "anthropic/claude-sonnet-4-5", "small_model": "anthropic/claude-sonnet-4-5", "autoupdate": False,
                "share": "disabled", "provider": {"anthropic": {"options": options}}}  # fmt: skip
    return ".config/opencode/opencode.json", json.dumps(settings, indent=2)


AGENTS = (
    Agent("Claude Code", "@anthropic-ai/claude-code", "claude", "claude-code", no_settings,
          lambda prompt: ["-p", prompt, "--allowedTools", "mcp__mlplaybook", "--output-format", "json"],
          lambda url: {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": KEY, "DISABLE_AUTOUPDATER": "1",
                       "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
          ("ReadMcpResourceTool", {"server": SERVER, "uri": BY_TEMPLATE})),
    Agent("Codex", "@openai/codex", "codex", "codex", codex_settings,
          lambda prompt: ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json", prompt],
          lambda url: {"SCRIPTED_KEY": KEY}, (READER, {"server": SERVER, "uri": BY_TEMPLATE})),
    Agent("Gemini CLI", "@google/gemini-cli", "gemini", "gemini", gemini_settings,
          # A model by name: to choose one, the agent would ask another first.
          lambda prompt: ["-m", "gemini-2.5-pro", "-p", prompt, "--yolo", "-o", "json"],
          lambda url: {"GOOGLE_GEMINI_BASE_URL": url, "GEMINI_API_KEY": KEY, "GEMINI_CLI_TRUST_WORKSPACE": "true"},
          (READER, {"uri": LISTED})),
    Agent("opencode", "opencode-ai", "opencode", "opencode", opencode_settings,
          lambda prompt: ["run", prompt],
          lambda url: {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1",
                       "OPENCODE_DISABLE_LSP_DOWNLOAD": "1"},
          (READER, {"server": SERVER, "uri": BY_TEMPLATE})),
)  # fmt: skip

Facts = Mapping[str, Sequence[str]]
Prepare = Callable[[Agent, Programs, Mapping[str, str], Path], None]
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """What an agent's model was shown: facts of each step that came through, by kind, as found and of how many."""

    agent: str
    version: str
    instructions: bool
    tools: int
    looked_up: bool
    finished: bool
    steps: tuple[Mapping[str, Any], ...]

    @property
    def problems(self) -> list[str]:
        """What did not come through."""
        wrong = [] if self.finished else [f"{self.agent}: the script did not come to its end"]
        wrong += [] if self.instructions else [f"{self.agent}: the instructions are not shown"]
        return wrong + [
            f"{self.agent}: {step['tool']} shows {found} of {of} {kind}s"
            for step in self.steps for kind, (found, of) in step["facts"].items() if found < of
        ]  # fmt: skip


def first_words(text: str) -> str:
    """The first sentence."""
    return re.split(r"(?<=[.:])\s", text, maxsplit=1)[0]


def facts_of(tool: str, record: Mapping[str, Any]) -> Facts:
    """What a model needs of a reply: answer, quotes, pages, URIs; of a resource its lines."""
    if tool == "ask_playbook":
        cited = record["citations"]
        sentences = [re.sub(r"\s*\[\d+\]$", "", line) for line in record["text"].splitlines()]
        return {
            "answer": [line for line in sentences if line],
            "quote": [quote for one in cited for quote in one.get("quotes", ())],
            "page": [one["section"] for one in cited], "URI": [one["uri"] for one in cited],
        }  # fmt: skip
    if tool == "search_playbook":
        hits = record["hits"]
        return {
            "quote": [line for one in hits for line in one["text"].splitlines() if line],
            "page": [one["section"] for one in hits], "URI": [one["uri"] for one in hits],
        }  # fmt: skip
    if tool in (BY_TEMPLATE, LISTED):
        return {"resource": [line for line in record["text"].splitlines() if line]}
    if tool == "read_playbook":
        lines = [line for line in record["text"].splitlines() if line]
        return {"quote": lines, "page": [record["name"]], "URI": [record["uri"]]}
    return {"verdict": [one["state"] for one in record["results"]]}


def has_fact(seen: str, fact: str) -> bool:
    """Whether words are shown, as they are, within JSON, or within JSON that is quoted in JSON."""
    once = [json.dumps(fact, ensure_ascii=plain)[1:-1] for plain in (False, True)]
    forms = (fact, *once, *(json.dumps(form, ensure_ascii=False)[1:-1] for form in once))
    return any(form in seen for form in forms)


def count_facts(seen: str, facts: Facts) -> dict[str, tuple[int, int]]:
    """Of each kind, how many are shown, and of how many."""
    return {kind: (sum(has_fact(seen, one) for one in every), len(every)) for kind, every in facts.items()}


def best_count(seen: str, alternatives: Sequence[Facts]) -> dict[str, tuple[int, int]]:
    """The count of the reply that it is: one by words alone, or one with the encoder, whichever the server gave."""
    counts = [count_facts(seen, facts) for facts in alternatives]
    return max(counts, key=lambda count: sum(found / max(of, 1) for found, of in count.values()))


def read_references(variables: Mapping[str, str], tries: int = 40) -> dict[str, list[Facts]]:
    """What the server says to the script's calls: at once, and when it is warm."""
    child = subprocess.Popen(
        [playbook_command(), "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, **variables},
    )  # fmt: skip
    talk = Talk(child, SETUP_SECONDS)
    try:
        about = {"name": "reference", "version": "1"}
        talk.ask("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": about})
        talk.tell("notifications/initialized")
        found: dict[str, list[Facts]] = {step.tool: [] for step in STEPS}
        for uri in (BY_TEMPLATE, LISTED):
            found[uri] = [facts_of(uri, talk.ask("resources/read", {"uri": uri})["contents"][0])]
        for _ in range(tries):
            records = {
                step.tool: talk.ask("tools/call", {"name": step.tool, "arguments": dict(step.arguments)})
                for step in STEPS
            }
            for tool, reply in records.items():
                facts = facts_of(tool, reply["structuredContent"])
                if facts not in found[tool]:
                    found[tool].append(facts)
            if not records["search_playbook"]["structuredContent"].get("degraded"):
                return found
            time.sleep(0.5)
        return found
    finally:
        talk.end()


def tell(agent: Agent, programs: Programs, references: Mapping[str, Sequence[Facts]], keep: Path | None = None) -> Told:
    """Ask an agent in a home of its own; raises ProgramFailed when its settings cannot be written."""
    log, ended = converse(agent, programs, agent.steps, agent.ask(PROMPT))
    if keep:
        write_log(keep / agent.program, agent.steps, log, ended.output, ended.errors)
    return told(agent, log, DONE in ended.output, references)


def converse(
    agent: Agent, programs: Programs, steps: Sequence[Step], words: Sequence[str], prepare: Prepare | None = None,
    more: Mapping[str, str] = NOTHING, seconds: float = AGENT_SECONDS,
) -> tuple[Log, Ended]:  # fmt: skip
    """Start an agent with a scripted model and a home of its own, which has been prepared; what the model was shown.

    :param words: what stands behind the program's name.
    :param prepare: what is done in that home before; the server is connected when nothing else is said.
    :param more: variables beside the agent's.
    """
    with tempfile.TemporaryDirectory(prefix="mlplaybook-agent-") as scratch, scripted_model(steps, DIALECTS) as model:
        url, log = model
        home, project = Path(scratch) / "home", Path(scratch) / "project"
        home.mkdir()
        project.mkdir()
        environment = program_environment(programs, home)
        name, text = agent.settings(url)
        if name:
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (prepare or connect)(agent, programs, environment, project)
        command = [programs.path(agent.program), *words]
        return log, run(command, {**environment, **agent.variables(url), **more}, project, seconds)


def connect(agent: Agent, programs: Programs, environment: Mapping[str, str], project: Path) -> None:
    """Write the server into the agent's settings as a person would."""
    command = [playbook_command(), "setup", agent.setup, "--yes", "--start", "installed"]
    ended = run(command, {**environment, **playbook_variables()}, project, SETUP_SECONDS)
    if ended.status != 0:
        raise ProgramFailed(f"`mlplaybook setup {agent.setup}` failed: {ended.last_words}", "Run it by itself.")


def told(agent: Agent, log: Log, finished: bool, references: Mapping[str, Sequence[Facts]]) -> Told:
    """Compare what was shown with what the server says."""
    results = log.results
    steps = tuple(
        {
            "tool": step.tool, "uri": step.arguments.get("uri", ""), "characters": len(results.get(number, "")),
            "facts": best_count(results.get(number, ""), references[str(step.arguments["uri"]) if step.own else step.tool]),
        }
        for number, step in enumerate(agent.steps)
    )  # fmt: skip
    instructed = has_fact(log.before, first_words(INSTRUCTIONS))
    names = {one.name for turn in log.turns for one in turn.tools}
    tools = sum(any(name.endswith(one.name) for name in names) for one in DEFINITIONS)
    looked = any(turn.looks for turn in log.turns)
    return Told(agent.title, pinned()[agent.package], instructed, tools, looked, finished, steps)


def write_log(folder: Path, steps: Sequence[Step], log: Log, output: str, errors: str) -> None:
    """Keep what an agent's model was shown, for a person to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "before.txt").write_text(log.before, "utf-8")
    for number, text in log.results.items():
        (folder / f"{number}-{steps[number].tool}.txt").write_text(text, "utf-8")
    (folder / "requests.txt").write_text("\n".join(log.asked), "utf-8")
    (folder / "output.txt").write_text(output, "utf-8")
    (folder / "errors.txt").write_text(errors, "utf-8")
