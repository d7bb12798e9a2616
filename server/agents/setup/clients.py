"""The agents: where each keeps its MCP servers, and how it writes one. Written by hand from their documentation and programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.agents.setup.machine import Machine
from mlplaybook.server.agents.setup.start import Start

# The name under which agents know the server.
SERVER = "mlplaybook"
Format = Literal["json", "toml"]
Entry = Callable[[Start], dict[str, Any]]
# uv fetches the package at the first start, which takes longer than agents usually wait.
FIRST_START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Client:
    """An agent: `place` is the path of names to its servers in the file, `user` and `shared` say where that file lies.

    `shared` is the file of a project below its folder, empty where the agent has none; `programs` are commands that tell that
    it is installed; `then` is what a person does after the change.
    """

    name: str
    title: str
    place: tuple[str, ...]
    user: Callable[[Machine], Path]
    entry: Entry
    shared: str = ""
    shared_entry: Entry | None = None
    programs: tuple[str, ...] = ()
    format: Format = "json"
    then: str = "Start a new session."

    def file(self, machine: Machine, *, project: bool) -> Path:
        """Where its servers are kept; raises BadName when it has no settings of a project."""
        if not project:
            return self.user(machine)
        if not self.shared:
            able = ", ".join(client.name for client in CLIENTS if client.shared)
            raise BadName(
                f"{self.title} has no settings of a project.", f"Leave --project out; these have them: {able}."
            )
        return machine.project / self.shared


def plain(start: Start) -> dict[str, Any]:
    """`command` and `args`, as most agents have it."""
    return {"command": start.command, "args": list(start.arguments), **environment(start)}


def environment(start: Start, name: str = "env") -> dict[str, Any]:
    """The variables, where there are any."""
    return {name: dict(start.environment)} if start.environment else {}


def typed(start: Start) -> dict[str, Any]:
    """With the kind of connection."""
    return {"type": "stdio", **plain(start)}


def copilot(start: Start) -> dict[str, Any]:
    """Copilot's word for stdio, and all tools."""
    return {"type": "local", **plain(start), "tools": ["*"]}


def codex(start: Start) -> dict[str, Any]:
    """With time for the first start."""
    return {**plain(start), "startup_timeout_sec": FIRST_START_SECONDS}


def opencode(start: Start) -> dict[str, Any]:
    """One list of words; the timeout, in milliseconds, is for the list of tools."""
    entry = {"type": "local", "command": [start.command, *start.arguments], "enabled": True}
    return {**entry, **environment(start, "environment"), "timeout": 1000 * FIRST_START_SECONDS}


def first_of(folder: Path, *names: str) -> Path:
    """The first of these files that is there, else the first name."""
    return next((folder / name for name in names if (folder / name).exists()), folder / names[0])


def code_folder(machine: Machine) -> Path:
    """Visual Studio Code's folder of the user."""
    return machine.applications / "Code" / "User"


def claude_file(machine: Machine) -> Path:
    """`~/.claude.json`, or in the folder that CLAUDE_CONFIG_DIR names."""
    return machine.folder("CLAUDE_CONFIG_DIR", machine.home) / ".claude.json"


def zed_file(machine: Machine) -> Path:
    """Zed keeps to ~/.config on a Mac too."""
    folder = machine.applications / "Zed" if machine.system == "windows" else machine.config / "zed"
    return folder / "settings.json"


def cline_file(machine: Machine) -> Path:
    """The extension's file where it is there, else that of the command line."""
    extension = code_folder(machine) / "globalStorage" / "saoudrizwan.claude-dev" / "settings"
    alone = machine.home / ".cline" / "data" / "settings"
    folder = extension if extension.is_dir() else alone
    return machine.folder("CLINE_MCP_SETTINGS_PATH", folder / "cline_mcp_settings.json")


CLIENTS: tuple[Client, ...] = (
    Client("claude-code", "Claude Code", ("mcpServers",), claude_file, typed, ".mcp.json", programs=("claude",),
           then="Start a new session; /mcp shows the server."),
    Client("codex", "Codex", ("mcp_servers",), lambda m: m.folder("CODEX_HOME", m.home / ".codex") / "config.toml", codex,
           ".codex/config.toml", programs=("codex",), format="toml", then="Start a new session; /mcp shows the server."),
    Client("gemini", "Gemini CLI", ("mcpServers",), lambda m: m.home / ".gemini" / "settings.json", plain,
           ".gemini/settings.json", programs=("gemini",), then="Start a new session; /mcp shows the server."),
    Client("copilot", "Copilot CLI", ("mcpServers",),
           lambda m: m.folder("COPILOT_HOME", m.home / ".copilot") / "mcp-config.json", copilot, ".mcp.json", typed,
           programs=("copilot",), then="Start a new session; /mcp show lists the server."),
    Client("cursor", "Cursor", ("mcpServers",), lambda m: m.home / ".cursor" / "mcp.json", plain, ".cursor/mcp.json",
           programs=("cursor", "cursor-agent"), then="Switch the server on in Cursor's settings, under MCP."),
    Client("vscode", "VS Code", ("servers",), lambda m: code_folder(m) / "mcp.json", typed, ".vscode/mcp.json",
           programs=("code",), then="Run 'MCP: List Servers' and start it; trust it when asked."),
    Client("opencode", "opencode", ("mcp",),
           lambda m: first_of(m.config / "opencode", "opencode.json", "opencode.jsonc", "config.json"), opencode,
           "opencode.json", programs=("opencode",), then="Start a new session; `opencode mcp list` shows the server."),
    Client("windsurf", "Windsurf", ("mcpServers",), lambda m: m.home / ".codeium" / "windsurf" / "mcp_config.json", plain,
           programs=("windsurf",), then="Refresh the list of MCP servers in Cascade."),
    Client("zed", "Zed", ("context_servers",), zed_file, plain, ".zed/settings.json", programs=("zed", "zeditor"),
           then="The agent panel's settings show the server."),
    Client("claude-desktop", "Claude Desktop", ("mcpServers",),
           lambda m: m.applications / "Claude" / "claude_desktop_config.json", plain,
           then="Quit Claude Desktop wholly and start it again."),
    Client("cline", "Cline", ("mcpServers",), cline_file, plain, programs=("cline",),
           then="Cline's list of MCP servers shows it."),
    Client("kiro", "Kiro", ("mcpServers",), lambda m: m.home / ".kiro" / "settings" / "mcp.json", plain,
           ".kiro/settings/mcp.json", programs=("kiro", "kiro-cli"), then="Kiro's panel of MCP servers shows it."),
    Client("amp", "Amp", ("amp.mcpServers",), lambda m: first_of(m.config / "amp", "settings.json", "settings.jsonc"), plain,
           ".amp/settings.json", programs=("amp",)),
)  # fmt: skip


def find_client(name: str) -> Client:
    """The agent of that name; raises BadName with those there are."""
    wanted = ALIASES.get(name.lower(), name.lower())
    for client in CLIENTS:
        if client.name == wanted:
            return client
    raise BadName(f"{name!r} is no agent that is known.", f"Known are {', '.join(one.name for one in CLIENTS)}.")


ALIASES: Mapping[str, str] = {
    "claude": "claude-code", "gemini-cli": "gemini", "copilot-cli": "copilot", "code": "vscode", "vs-code": "vscode",
    "desktop": "claude-desktop", "codex-cli": "codex",
}  # fmt: skip


def has_client(client: Client, machine: Machine) -> bool:
    """Whether the agent seems to be installed: its command, its file or the folder of its file is there."""
    path = client.file(machine, project=False)
    beside = path.parent not in (machine.home, machine.config) and path.parent.is_dir()
    return path.exists() or beside or any(machine.program(name) for name in client.programs)
