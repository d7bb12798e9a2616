"""A quick command typed into real agents: what the model is shown then has the command's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clients.agents import AGENTS, SETUP_SECONDS, Agent, Prepare, converse, has_fact
from benchmarks.clients.environment import playbook_command, playbook_variables
from benchmarks.clients.node import Programs
from benchmarks.clients.processes import ProgramFailed, run
from benchmarks.clients.scripted import Step
from mlplaybook.server.agents.commands import fill_in, read_commands
from mlplaybook.server.agents.plugin.build import skill_texts
from mlplaybook.server.agents.plugin.files import plugin_files
from mlplaybook.server.agents.plugin.manifests import CLAUDE_WORDS
from mlplaybook.server.agents.plugin.source import read_source

# One word: Claude Code puts no more into an argument, and shows its model the others beside the text.
COMMAND, WORD, WORDS = "frame-ml-problem", "churn", "churn of subscribers"
PLUGIN = "ml-playbook@mlplaybook"
INSTALL: Mapping[str, Callable[[str], list[list[str]]]] = {
    "claude": lambda folder: [["plugin", "marketplace", "add", folder], ["plugin", "install", PLUGIN]],
    "codex": lambda folder: [["plugin", "marketplace", "add", folder], ["plugin", "add", PLUGIN]],
    "gemini": lambda folder: [["extensions", "install", folder, "--consent"]],
}


@dataclass(frozen=True, slots=True)
class Way:
    """How the command is typed into an agent, and the words that its model is to be shown.

    :param steps: what the model calls, where the agent only tells it where the words are.
    """

    program: str
    typed: str
    kind: str
    words: Sequence[str]
    shown: str
    steps: tuple[Step, ...] = ()
    prepare: Prepare | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quick:
    """What became of it in an agent: lines of the command that its model was shown, and of how many."""

    agent: str
    typed: str
    kind: str
    found: int
    of: int

    @property
    def problems(self) -> list[str]:
        """What was not shown."""
        return [f"{self.agent}: {self.typed} shows {self.found} of {self.of} lines"] if self.found < self.of else []


def install_plugin(agent: Agent, programs: Programs, environment: Mapping[str, str], project: Path) -> None:
    """The plugin as a person installs it, with a server of this installation; raises ProgramFailed."""
    folder = str(project.parent / "plugin")
    variables = {**environment, **agent.variables(""), **playbook_variables()}
    commands = [[playbook_command(), "plugin", "build", folder, "--start", "installed"]]
    commands += [[programs.path(agent.program), *words] for words in INSTALL[agent.program](folder)]
    for command in commands:
        ended = run(command, variables, project, SETUP_SECONDS)
        if ended.status != 0:
            raise ProgramFailed(f"`{' '.join(command[1:])}` failed: {ended.last_words}", "Run it by itself.")


def prompt_text() -> str:
    """The command's instruction with the word in it."""
    command = next(one for one in read_commands() if one.id == COMMAND)
    return fill_in(command.text, command.arguments, {command.arguments[0].name: WORD})


def skill_text() -> str:
    """The skill without its head, and the command's instruction beside it."""
    texts = skill_texts()
    return texts["SKILL.md"].split("---\n", 2)[2] + texts[f"references/{COMMAND}.md"]


def command_text() -> str:
    """The plugin's command with the words in it, without its head."""
    text = plugin_files(skill_texts(), read_source())[f"commands/{COMMAND}.md"].decode()
    return text.split("---\n", 2)[2].replace(CLAUDE_WORDS, WORDS)


def ways() -> tuple[Way, ...]:
    """Each agent's: prompts of the server, commands of the plugin, and for Codex, which has neither, the plugin's skill."""
    look = f'find "$HOME/.codex/plugins" -name {COMMAND}.md -exec cat {{}} +'
    skill = f"$ml-playbook:ml-playbook Frame ML problem: {WORD}"
    slash = {"claude": f"/mcp__mlplaybook__{COMMAND} {WORD}", "gemini": f"/{COMMAND} --problem={WORD}"}
    asks = {agent.program: agent.ask for agent in AGENTS}
    typed = f"/ml-playbook:{COMMAND} {WORDS}"
    return (
        # Where nobody types, it does not wait for servers before it reads the command.
        Way("claude", slash["claude"], "prompt", asks["claude"](slash["claude"]), prompt_text(),
            variables={"MCP_CONNECTION_NONBLOCKING": "0"}),
        Way("claude", typed, "plugin", asks["claude"](typed), command_text(), (), install_plugin),
        Way("codex", skill, "skill", asks["codex"](skill), skill_text(), (Step("exec_command", {"cmd": look}, own=True),),
            install_plugin),
        Way("gemini", slash["gemini"], "prompt", asks["gemini"](slash["gemini"]), prompt_text()),
        Way("gemini", typed, "plugin", asks["gemini"](typed), command_text(), (), install_plugin),
        Way("opencode", f"/mlplaybook:{COMMAND} {WORD}", "prompt", ["run", "--command", f"mlplaybook:{COMMAND}", WORD],
            prompt_text()),
    )  # fmt: skip


def type_command(way: Way, programs: Programs) -> Quick:
    """Type the command into its agent; raises ProgramFailed when that cannot be set up."""
    agent = next(one for one in AGENTS if one.program == way.program)
    log, _ = converse(agent, programs, way.steps, way.words, way.prepare, way.variables)
    seen = "\n".join([*(turn.before for turn in log.turns), *log.results.values()])
    lines = [line.strip() for line in way.shown.splitlines() if line.strip()]
    return Quick(agent.title, way.typed, way.kind, sum(has_fact(seen, line) for line in lines), len(lines))
