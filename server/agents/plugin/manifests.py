"""The manifests, one function each: the source in, JSON out. docs/agents.md says which agent reads which."""

from __future__ import annotations

from typing import Any

from mlplaybook.server.agents.commands import Command
from mlplaybook.server.agents.definitions import DEFINITIONS
from mlplaybook.server.agents.plugin.source import Source
from mlplaybook.server.agents.setup.clients import FIRST_START_SECONDS, SERVER, plain

AGENT_PLUGINS = "https://agent-plugins.org/schemas/1.0.0/"
REGISTRY = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
ICON = "assets/icon.png"
# A command of a plugin takes whatever is typed behind it as one text.
CLAUDE_WORDS, GEMINI_WORDS = "$ARGUMENTS", "{{args}}"


def about(source: Source) -> dict[str, Any]:
    """What every agent's manifest begins with."""
    return {
        "name": source.name, "version": source.release, "description": source.description,
        "author": {"name": source.author}, "license": source.license, "keywords": list(source.keywords),
    }  # fmt: skip


def claude_plugin(source: Source) -> dict[str, Any]:
    """Claude Code, and Copilot CLI; parts are found by the names of their folders."""
    return {**about(source), "network": {"hosts": []}}


def claude_marketplace(source: Source, folder: str = "./") -> dict[str, Any]:
    """A marketplace that holds this plugin alone, for Claude Code, Codex and Copilot CLI; `folder` is where the plugin lies."""
    plugin = {
        "name": source.name, "source": folder, "description": source.summary, "version": source.release,
        "category": source.category.lower().replace(" ", "-"), "keywords": list(source.keywords),
    }  # fmt: skip
    return {
        "name": source.marketplace, "description": f"{source.title} for coding agents.", "owner": {"name": source.author},
        "plugins": [plugin],
    }  # fmt: skip


def claude_servers(source: Source) -> dict[str, Any]:
    """`.mcp.json`, which Codex reads too. No folder of the plugin's own: all agents share one index."""
    return {"mcpServers": {SERVER: plain(source.start)}}


def codex_plugin(source: Source) -> dict[str, Any]:
    """Codex."""
    interface = {
        "displayName": source.title, "shortDescription": source.summary, "longDescription": source.description,
        "developerName": source.author, "category": source.category, "capabilities": ["Read"],
        "defaultPrompt": list(source.starters), "composerIcon": f"./{ICON}", "logo": f"./{ICON}",
    }  # fmt: skip
    return {**about(source), "skills": "./skills/", "mcpServers": "./.mcp.json", "interface": interface}


def agent_plugin(source: Source) -> dict[str, Any]:
    """Agent Plugins 1.0, which VS Code, Cursor, Kiro, OpenClaw and others read; its schema is closed."""
    return {"$schema": f"{AGENT_PLUGINS}plugin.schema.json", **about(source)}


def agent_servers(source: Source) -> dict[str, Any]:
    """The servers of Agent Plugins."""
    entry = {"type": "stdio", **claude_servers(source)["mcpServers"][SERVER]}
    return {"$schema": f"{AGENT_PLUGINS}mcp.schema.json", "mcpServers": {SERVER: entry}}


def gemini_extension(source: Source, folder: str = "") -> dict[str, Any]:
    """Gemini CLI, which finds commands and skills beside the manifest only; its words lie in `folder`, "" or "NAME/"."""
    entry = {**claude_servers(source)["mcpServers"][SERVER], "timeout": 1000 * FIRST_START_SECONDS}
    return {
        "name": source.name, "version": source.release, "description": source.description,
        "contextFileName": f"{folder}GEMINI.md", "mcpServers": {SERVER: entry},
    }  # fmt: skip


def cursor_plugin(source: Source) -> dict[str, Any]:
    """Cursor's own format, which has rules, agents and commands beside what Agent Plugins have."""
    return {
        **about(source), "displayName": source.title, "category": source.category, "logo": ICON, "skills": "./skills/",
        "agents": "./agents/", "commands": "./commands/*.md", "rules": "./rules/", "mcpServers": "./mcp.json",
    }  # fmt: skip


def cursor_marketplace(source: Source) -> dict[str, Any]:
    """A marketplace that holds this plugin alone."""
    return {
        "name": source.marketplace, "owner": {"name": source.author}, "metadata": {"description": source.summary},
        "plugins": [{"name": source.name, "source": "./", "description": source.summary}],
    }  # fmt: skip


def registry_server(source: Source) -> dict[str, Any]:
    """The MCP registry: uv is told to add the extra to the package that the registry names."""
    package = {
        "registryType": "pypi", "registryBaseUrl": "https://pypi.org", "identifier": "mlplaybook", "version": source.release,
        "runtimeHint": "uvx", "transport": {"type": "stdio"},
        "runtimeArguments": [{"type": "named", "name": "--with", "value": source.requirement}],
        "packageArguments": [{"type": "positional", "value": "mcp"}],
        "environmentVariables": [
            {"name": "MLPLAYBOOK_HOME", "description": "Folder of the index and the exported encoder; the user's data folder if "
             "not set.", "format": "filepath", "isRequired": False},
        ],
    }  # fmt: skip
    return {
        "$schema": REGISTRY, "name": source.registry_name, "title": source.title, "description": source.summary,
        "version": source.release, "packages": [package],
    }  # fmt: skip


def bundle(source: Source, commands: tuple[Command, ...]) -> dict[str, Any]:
    """MCPB, for Claude Desktop: uv fetches the package that `pyproject.toml` beside it names."""
    run = {"command": "uv", "args": ["run", "--directory", "${__dirname}", "mlplaybook", "mcp"]}
    return {
        "$schema": "https://raw.githubusercontent.com/anthropics/mcpb/main/schemas/mcpb-manifest-v0.4.schema.json",
        "manifest_version": "0.4", "name": source.name, "display_name": source.title, "version": source.release,
        "description": source.summary, "long_description": source.description, "author": {"name": source.author},
        "license": source.license, "keywords": list(source.keywords), "icon": "icon.png",
        "server": {"type": "uv", "entry_point": "server.py", "mcp_config": run},
        "tools": [{"name": tool.name, "description": tool.description} for tool in DEFINITIONS],
        "tools_generated": False,
        "prompts": [bundle_prompt(command) for command in commands], "prompts_generated": True,
        "compatibility": {"platforms": ["darwin", "linux", "win32"], "runtimes": {"python": source.python}},
    }  # fmt: skip


def bundle_prompt(command: Command) -> dict[str, Any]:
    """A prompt with its arguments in the form of MCPB."""
    names = [argument.name for argument in command.arguments]
    holes = ", ".join(f"{name}: ${{arguments.{name}}}" for name in names)
    return {
        "name": command.id, "description": command.description, "arguments": names, "text": f"{command.title}. {holes}",
    }  # fmt: skip
