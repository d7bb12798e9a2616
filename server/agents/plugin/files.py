"""The files of the plugin folder, worked out in memory."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import tomlkit
import yaml

from mlplaybook.knowledge import pages_folder
from mlplaybook.server.agents.commands import Command, fill_in, read_commands
from mlplaybook.server.agents.plugin import manifests
from mlplaybook.server.agents.plugin.build import NAME
from mlplaybook.server.agents.plugin.source import ASSETS, Source, read_text
from mlplaybook.server.agents.setup.change import change_text, entry_for
from mlplaybook.server.agents.setup.clients import CLIENTS, SERVER

SKILL = "skills/ml-playbook"
# The file's name tells which agent it is for, and its ending how it is written.
ENDINGS = {"json": "json", "toml": "toml"}


def plugin_files(skill: Mapping[str, str], source: Source) -> dict[str, bytes]:
    """Every file by its path, `/` between folders; `skill` holds the skill's texts by path below its folder."""
    commands = read_commands()
    texts = {
        "README.md": readme(source, commands), "GEMINI.md": gemini(commands),
        "agents/ml-playbook-reviewer.md": read_text("reviewer.md"), "rules/ml-playbook.mdc": read_text("rule.md"),
        **manifest_texts(source, commands), **command_texts(commands), **config_texts(source), **bundle_texts(source),
        **{f"{SKILL}/{path}": text for path, text in skill.items()},
    }  # fmt: skip
    texts[f"{SKILL}/SKILL.md"] = with_metadata(skill["SKILL.md"], source)
    icon = (ASSETS / "icon.png").read_bytes()
    # Claude Code looks for the picture beside its manifest, MCPB beside its own.
    icons = dict.fromkeys((manifests.ICON, ".claude-plugin/icon.png", "mcpb/icon.png"), icon)
    picture = {"assets/icon.svg": (ASSETS / "icon.svg").read_bytes()}
    return {**{path: text.encode("utf-8") for path, text in texts.items()}, **icons, **picture}


def manifest_texts(source: Source, commands: tuple[Command, ...]) -> dict[str, str]:
    """Every manifest as JSON."""
    made: dict[str, dict[str, Any]] = {
        ".claude-plugin/plugin.json": manifests.claude_plugin(source),
        ".claude-plugin/marketplace.json": manifests.claude_marketplace(source),
        ".mcp.json": manifests.claude_servers(source),
        ".codex-plugin/plugin.json": manifests.codex_plugin(source),
        "plugin.json": manifests.agent_plugin(source),
        "mcp.json": manifests.agent_servers(source),
        "gemini-extension.json": manifests.gemini_extension(source),
        ".cursor-plugin/plugin.json": manifests.cursor_plugin(source),
        ".cursor-plugin/marketplace.json": manifests.cursor_marketplace(source),
        "server.json": manifests.registry_server(source),
        "mcpb/manifest.json": manifests.bundle(source, commands),
    }
    return {path: as_json(value) for path, value in made.items()}


def repository_files(source: Source, folder: str) -> dict[str, bytes]:
    """What agents look for at the root of a repository that holds the plugin in `folder`, for those who install by its URL.

    Gemini CLI gets the commands as prompts of the server then.
    """
    made = {
        ".claude-plugin/marketplace.json": manifests.claude_marketplace(source, f"./{folder}"),
        "gemini-extension.json": manifests.gemini_extension(source, f"{folder}/"),
    }
    return {path: as_json(value).encode("utf-8") for path, value in made.items()}


def as_json(value: Mapping[str, Any]) -> str:
    """A manifest's text."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def command_texts(commands: tuple[Command, ...]) -> dict[str, str]:
    """The quick commands in the two forms that agents have: Markdown with a head, and TOML."""
    texts: dict[str, str] = {}
    for command in commands:
        text = fill_in(command.text, command.arguments, {})
        hint = " ".join(f"[{argument.name}]" for argument in command.arguments)
        head = yaml.safe_dump(
            {"description": command.description, "argument-hint": hint}, sort_keys=False, allow_unicode=True, width=1000
        )
        asked = "\n".join(f"- {argument.name}: {argument.meaning}" for argument in command.arguments)
        body = (
            f"# {command.title}\n\n{text.strip()}\n\nThe user may have said more, which goes before the words above:\n"
        )
        texts[f"commands/{command.id}.md"] = (
            f"---\n{head}---\n{body}{asked}\n\nWhat they said: {manifests.CLAUDE_WORDS}\n"
        )
        document = tomlkit.document()
        document["description"] = command.description
        words = f"{body}{asked}\n\nWhat they said: {manifests.GEMINI_WORDS}\n"
        document["prompt"] = tomlkit.string(words, multiline=True)
        texts[gemini_command(command)] = tomlkit.dumps(document)
    return texts


def gemini_command(command: Command) -> str:
    """Where Gemini CLI's form of a command lies.

    A folder goes before the name, `/ml-playbook:frame-ml-problem`: Gemini CLI renames commands of an extension and prompts of a
    server that have the same name, both of them, and the name that is written everywhere would lead nowhere.
    """
    return f"commands/{NAME}/{command.id}.toml"


def config_texts(source: Source) -> dict[str, str]:
    """The server as each agent's own settings have it, to be copied by hand."""
    return {
        f"configs/{client.name}.{ENDINGS[client.format]}": change_text(
            client, "", entry_for(client, source.start, project=False)
        )
        for client in CLIENTS
    }


def bundle_texts(source: Source) -> dict[str, str]:
    """What lies beside MCPB's manifest: the package to fetch, and a file to start where a host wants one."""
    project = (
        f'[project]\nname = "{source.name}-bundle"\nversion = "{source.release}"\nrequires-python = "{source.python}"\n'
        f'dependencies = ["{source.requirement}"]\n\n[tool.uv]\npackage = false\n'
    )
    return {"mcpb/pyproject.toml": project, "mcpb/server.py": read_text("bundle_server.txt")}


def readme(source: Source, commands: tuple[Command, ...]) -> str:
    """The folder's README."""
    start = shlex.join((source.start.command, *source.start.arguments))
    pages = len(list(pages_folder().glob("[0-9][0-9]-*/*.md")))
    return fill(
        read_text("readme.md"), pages=str(pages), start=start, warm=f"{start.removesuffix(' mcp')} ingest",
        name=source.name, marketplace=source.marketplace, cursor=cursor_link(source), vscode=vscode_link(source),
        commands="\n".join(f"  * `{one.id}`: {one.description}" for one in commands),
    )  # fmt: skip


def gemini(commands: tuple[Command, ...]) -> str:
    """What Gemini CLI puts into every conversation."""
    return fill(read_text("gemini.md"), name=NAME, commands=", ".join(command.id for command in commands))


def fill(text: str, **values: str) -> str:
    """A text with `{name}` replaced where the name is given."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), text)


def entry_text(source: Source) -> str:
    """The server in one line of JSON."""
    return json.dumps(manifests.claude_servers(source)["mcpServers"][SERVER], separators=(",", ":"))


def cursor_link(source: Source) -> str:
    """A link that asks Cursor to add the server."""
    config = base64.b64encode(entry_text(source).encode()).decode()
    return f"https://cursor.com/en/install-mcp?name={SERVER}&config={quote(config, safe='')}"


def vscode_link(source: Source) -> str:
    """A link that asks VS Code to add the server."""
    return f"https://vscode.dev/redirect/mcp/install?name={SERVER}&config={quote(entry_text(source), safe='')}"


def with_metadata(text: str, source: Source) -> str:
    """The skill with its version, and what OpenClaw needs to offer the installation."""
    install = {"id": "uv", "kind": "uv", "package": source.requirement, "bins": ["mlplaybook"]}
    claw = {"requires": {"anyBins": ["mlplaybook", "uvx"]}, "install": [install]}
    head, mark, body = text.partition("\n---\n")
    if "\nmetadata:" in head:
        return text
    return f"{head}\nmetadata:\n  version: \"{source.release}\"\n  openclaw: '{json.dumps(claw)}'{mark}{body}"
