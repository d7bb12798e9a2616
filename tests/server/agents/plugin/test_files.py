"""The plugin folder is what the source says, and every manifest has what its agent needs."""

from __future__ import annotations

import json
import re
import struct
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.agents.commands import read_commands
from mlplaybook.server.agents.plugin.build import compare, skill_texts, write_files
from mlplaybook.server.agents.plugin.files import plugin_files, repository_files, with_metadata
from mlplaybook.server.agents.plugin.source import read_source
from mlplaybook.server.agents.setup.clients import CLIENTS
from mlplaybook.server.agents.setup.start import Start

ROOT = Path(__file__).parents[4]
SOURCE = read_source()
FILES = plugin_files(skill_texts(), SOURCE)
COMMANDS = [command.id for command in read_commands()]
START = {"command": "uvx", "args": ["--from", f"mlplaybook[local]=={SOURCE.release}", "mlplaybook", "mcp"]}
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
TEXTS: dict[str, Any] = {"type": "array", "items": TEXT, "minItems": 1}
PERSON = {
    "type": "object",
    "properties": {"name": TEXT, "email": TEXT},
    "required": ["name"],
    "additionalProperties": False,
}
VERSION = {"const": SOURCE.release}
PLUGIN_NAME = {"type": "string", "maxLength": 64, "pattern": "^(?!.*(?:--|\\.\\.))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$"}


def closed(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object", "properties": {**required, **optional}, "required": list(required), "additionalProperties": False,
    }  # fmt: skip


ABOUT = {
    "name": PLUGIN_NAME, "version": VERSION, "description": TEXT, "author": PERSON, "license": TEXT, "keywords": TEXTS,
}  # fmt: skip
STDIO = {"command": {"const": "uvx"}, "args": {"const": START["args"]}}
# What each agent asks of its manifests, in our words, from docs and validators; `make plugin-check` runs the agents' own.
SHAPES: dict[str, dict[str, Any]] = {
    ".claude-plugin/plugin.json": closed({**ABOUT, "network": closed({"hosts": {"const": []}})}),
    ".claude-plugin/marketplace.json": closed({
        "name": PLUGIN_NAME, "description": TEXT, "owner": PERSON,
        "plugins": {"type": "array", "minItems": 1, "maxItems": 1, "items": closed(
            {"name": {"const": SOURCE.name}, "source": {"const": "./"}, "description": TEXT},
            version=VERSION, category=TEXT, keywords=TEXTS)},
    }),
    ".mcp.json": closed({"mcpServers": closed({"mlplaybook": closed(STDIO)})}),
    ".codex-plugin/plugin.json": closed({
        **ABOUT, "skills": {"const": "./skills/"}, "mcpServers": {"const": "./.mcp.json"},
        "interface": closed({
            "displayName": TEXT, "shortDescription": TEXT, "longDescription": TEXT, "developerName": TEXT, "category": TEXT,
            "capabilities": {"const": ["Read"]}, "defaultPrompt": {**TEXTS, "maxItems": 3}, "composerIcon": TEXT, "logo": TEXT,
        }),
    }),
    "plugin.json": closed({"$schema": {"const": "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json"}, **ABOUT}),
    "mcp.json": closed({
        "$schema": {"const": "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json"},
        "mcpServers": closed({"mlplaybook": closed({"type": {"const": "stdio"}, **STDIO})}),
    }),
    "gemini-extension.json": closed({
        "name": PLUGIN_NAME, "version": VERSION, "description": TEXT, "contextFileName": {"const": "GEMINI.md"},
        "mcpServers": closed({"mlplaybook": closed({**STDIO, "timeout": {"type": "integer", "minimum": 60_000}})}),
    }),
    ".cursor-plugin/plugin.json": closed({
        **ABOUT, "displayName": TEXT, "category": TEXT, "logo": TEXT, "skills": TEXT, "agents": TEXT, "commands": TEXT,
        "rules": TEXT, "mcpServers": {"const": "./mcp.json"},
    }),
    ".cursor-plugin/marketplace.json": closed({
        "name": PLUGIN_NAME, "owner": PERSON, "metadata": closed({"description": TEXT}),
        "plugins": {"type": "array", "items": closed({"name": {"const": SOURCE.name}, "source": TEXT, "description": TEXT})},
    }),
    "server.json": closed({
        "$schema": TEXT, "name": {"type": "string", "pattern": "^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$", "maxLength": 200},
        "title": {**TEXT, "maxLength": 100}, "description": {**TEXT, "maxLength": 100}, "version": VERSION,
        "packages": {"type": "array", "items": closed({
            "registryType": {"const": "pypi"}, "registryBaseUrl": {"const": "https://pypi.org"},
            "identifier": {"const": "mlplaybook"}, "version": VERSION, "runtimeHint": {"const": "uvx"},
            "transport": {"const": {"type": "stdio"}},
            "runtimeArguments": {"const": [{"type": "named", "name": "--with", "value": START["args"][1]}]},
            "packageArguments": {"const": [{"type": "positional", "value": "mcp"}]},
            "environmentVariables": {"type": "array"},
        })},
    }),
}  # fmt: skip


def read(path: str) -> Any:
    return json.loads(FILES[path])


def head(path: str) -> dict[str, Any]:
    parts = FILES[path].decode().split("---\n", 2)
    assert parts[0] == ""
    return dict(yaml.safe_load(parts[1]))


def test_the_folder_is_what_the_source_says() -> None:
    drift = compare(ROOT / "plugin", FILES)
    assert not drift.any, f"mend it with: mlplaybook plugin build plugin ({drift})"


def test_what_agents_look_for_at_the_root_of_the_repository_is_what_the_source_says() -> None:
    drift = compare(ROOT, repository_files(SOURCE, "plugin"), shared=True)
    assert not drift.any, f"mend it with: mlplaybook plugin build plugin --repository . ({drift})"


def test_the_root_leads_into_the_folder() -> None:
    files = repository_files(SOURCE, "plugin")
    market = json.loads(files[".claude-plugin/marketplace.json"])
    assert market["plugins"][0].pop("source") == "./plugin"
    inner = read(".claude-plugin/marketplace.json")
    assert inner["plugins"][0].pop("source") == "./"
    assert market == inner
    extension = json.loads(files["gemini-extension.json"])
    assert extension.pop("contextFileName").removeprefix("plugin/") in FILES
    assert extension == {key: value for key, value in read("gemini-extension.json").items() if key != "contextFileName"}


def test_the_version_is_that_of_the_project() -> None:
    assert SOURCE.release == tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.mark.parametrize("path", SHAPES)
def test_a_manifest_has_what_its_agent_asks_for_and_nothing_else(path: str) -> None:
    jsonschema.Draft202012Validator(SHAPES[path]).validate(read(path))


def test_every_json_file_has_a_shape_here_or_is_a_setting_or_the_bundle() -> None:
    own = {path for path in FILES if path.endswith(".json") and not path.startswith("configs/")}
    assert own - set(SHAPES) == {"mcpb/manifest.json"}


def test_paths_in_manifests_lead_somewhere() -> None:
    for path in (".codex-plugin/plugin.json", ".cursor-plugin/plugin.json"):
        said = re.findall(r'"(\.?/?(?:skills|agents|rules|assets|commands|\.?mcp\.json)[^"]*)"', FILES[path].decode())
        assert len(said) >= 4
        for target in said:
            wanted = target.removeprefix("./").removesuffix("*.md")
            assert any(name.startswith(wanted) for name in FILES), target


def test_the_icon_is_square_and_large_enough() -> None:
    data = FILES["assets/icon.png"]
    assert (data[:8], struct.unpack(">II", data[16:24])) == (b"\x89PNG\r\n\x1a\n", (512, 512))
    assert len(data) < 100_000
    assert FILES[".claude-plugin/icon.png"] == FILES["mcpb/icon.png"] == data


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_there_in_both_forms_with_the_same_words(name: str) -> None:
    about = head(f"commands/{name}.md")
    toml = tomllib.loads(FILES[f"commands/ml-playbook/{name}.toml"].decode())
    body = FILES[f"commands/{name}.md"].decode().split("---\n", 2)[2]
    assert set(about) == {"description", "argument-hint"}
    assert (toml["description"], set(toml)) == (about["description"], {"description", "prompt"})
    assert body.count("$ARGUMENTS") == toml["prompt"].count("{{args}}") == 1
    assert toml["prompt"] == body.replace("$ARGUMENTS", "{{args}}")


def test_no_command_of_the_extension_has_the_name_of_a_prompt() -> None:
    """Gemini CLI would rename both, and neither would be found by the name that is written everywhere."""
    forms = [path for path in FILES if path.startswith("commands/") and path.endswith(".toml")]
    assert sorted(forms) == sorted(f"commands/ml-playbook/{name}.toml" for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_agent_takes_a_commands_words_for_orders_to_its_shell(name: str) -> None:
    """Claude Code runs !`...` and reads @file, Gemini CLI runs !{...} and reads @{...}."""
    text = FILES[f"commands/{name}.md"].decode()
    assert re.findall(r"!`|!\{|@\{|(?<!\w)@[\w./]|\{\{", text) == []


def test_the_skill_has_only_what_agent_skills_allow() -> None:
    about = head("skills/ml-playbook/SKILL.md")
    assert set(about) <= {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
    assert about["name"] == "ml-playbook"
    assert len(about["description"]) <= 1024
    assert len(about.get("compatibility", "")) <= 500
    assert len(FILES["skills/ml-playbook/SKILL.md"].decode().splitlines()) < 500
    # Codex cuts off what is longer, and the rules stand at the end.
    assert len(FILES["skills/ml-playbook/SKILL.md"]) < 7_900
    claw = json.loads(about["metadata"]["openclaw"])
    assert claw["install"][0]["package"] == START["args"][1]
    assert {type(value) for value in about["metadata"].values()} == {str}


def test_metadata_that_a_skill_has_stays() -> None:
    text = "---\nname: a\nmetadata:\n  x: y\n---\nbody\n"
    assert with_metadata(text, SOURCE) == text


def test_the_skill_differs_from_the_packaged_one_in_its_metadata_only() -> None:
    packaged = skill_texts()
    ours = {
        path.removeprefix("skills/ml-playbook/"): data.decode()
        for path, data in FILES.items()
        if path.startswith("skills/")
    }
    assert set(ours) == set(packaged)
    assert [path for path in ours if ours[path] != packaged[path]] == ["SKILL.md"]
    assert re.sub(r"metadata:\n(  .*\n)+", "", ours["SKILL.md"]) == packaged["SKILL.md"]


@pytest.mark.parametrize("path", ["agents/ml-playbook-reviewer.md", "rules/ml-playbook.mdc", "GEMINI.md", "README.md"])
def test_texts_name_only_tools_that_exist(path: str) -> None:
    known = {tool["name"] for tool in read("mcpb/manifest.json")["tools"]}
    text = FILES[path].decode()
    said = set(re.findall(r"`([a-z]+_[a-z_]+)`", text))
    assert said
    assert said <= known


def test_the_reviewer_has_a_name_and_says_when_it_is_wanted() -> None:
    about = head("agents/ml-playbook-reviewer.md")
    assert (set(about), about["name"]) == ({"name", "description"}, "ml-playbook-reviewer")
    assert "Use after" in about["description"]


def test_the_bundle_starts_the_pinned_package() -> None:
    manifest = read("mcpb/manifest.json")
    project = tomllib.loads(FILES["mcpb/pyproject.toml"].decode())
    assert (manifest["manifest_version"], manifest["server"]["type"], manifest["version"]) == (
        "0.4",
        "uv",
        SOURCE.release,
    )
    assert f"mcpb/{manifest['server']['entry_point']}" in FILES
    assert manifest["server"]["mcp_config"]["args"][-2:] == ["mlplaybook", "mcp"]
    assert project["project"]["dependencies"] == [START["args"][1]]
    assert len(manifest["tools"]) == 7
    assert [prompt["name"] for prompt in manifest["prompts"]] == COMMANDS
    compile(FILES["mcpb/server.py"], "server.py", "exec")


def test_there_is_a_setting_to_copy_for_every_agent() -> None:
    configs = {path.removeprefix("configs/").rsplit(".", 1)[0] for path in FILES if path.startswith("configs/")}
    assert configs == {client.name for client in CLIENTS}


def test_the_readme_is_long_enough_for_a_directory_and_has_no_hole() -> None:
    text = FILES["README.md"].decode()
    assert len(text.split()) > 40
    assert re.findall(r"\{\w+\}", text) == []
    assert all(f"* `{name}`: " in text for name in COMMANDS)


def test_the_registry_can_prove_who_owns_the_package() -> None:
    assert f"mcp-name: {read('server.json')['name']}" in (ROOT / "README.md").read_text("utf-8")


def test_another_start_command_goes_into_the_manifests_of_agents_but_not_into_pinned_ones() -> None:
    other = plugin_files(skill_texts(), read_source(Start("/bin/mlplaybook", ("mcp",))))
    assert json.loads(other[".mcp.json"])["mcpServers"]["mlplaybook"] == {"command": "/bin/mlplaybook", "args": ["mcp"]}
    assert other["server.json"] == FILES["server.json"]
    assert other["mcpb/pyproject.toml"] == FILES["mcpb/pyproject.toml"]


def test_nothing_in_the_folder_names_a_machine() -> None:
    said = {path for path, data in FILES.items() if re.search(rb"/(?:home|work|tmp|root|Users)/", data)}
    assert said == set()


def test_writing_twice_writes_once(tmp_path: Path) -> None:
    assert write_files(tmp_path / "new", {".claude-plugin/plugin.json": b'{"name": "ml-playbook"}'}).any
    assert not write_files(tmp_path / "new", {".claude-plugin/plugin.json": b'{"name": "ml-playbook"}'}).any
    drift = write_files(tmp_path / "new", {"a": b"b"})
    assert (drift.missing, drift.left_over) == (("a",), (".claude-plugin/plugin.json",))


def test_a_folder_of_somebody_else_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(BadSetting, match="is not empty and holds no plugin"):
        write_files(tmp_path, {"a": b"b"})
