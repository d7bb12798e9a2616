from __future__ import annotations

from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadName
from mlplaybook.server.agents.setup.clients import CLIENTS, find_client, has_client
from mlplaybook.server.agents.setup.machine import Machine, System, this_machine
from mlplaybook.server.agents.setup.start import Start

START = Start("uvx", ("a", "b"), (("MLPLAYBOOK_HOME", "/x"),))


def machine(folder: Path, system: System = "linux", **environment: str) -> Machine:
    return Machine(folder, system, environment, folder / "project")


@pytest.mark.parametrize(
    ("name", "system", "expected"),
    [
        ("claude-code", "linux", ".claude.json"),
        ("codex", "linux", ".codex/config.toml"),
        ("gemini", "linux", ".gemini/settings.json"),
        ("copilot", "linux", ".copilot/mcp-config.json"),
        ("cursor", "linux", ".cursor/mcp.json"),
        ("vscode", "linux", ".config/Code/User/mcp.json"),
        ("vscode", "macos", "Library/Application Support/Code/User/mcp.json"),
        ("vscode", "windows", "AppData/Roaming/Code/User/mcp.json"),
        ("opencode", "linux", ".config/opencode/opencode.json"),
        ("windsurf", "linux", ".codeium/windsurf/mcp_config.json"),
        ("zed", "macos", ".config/zed/settings.json"),
        ("zed", "windows", "AppData/Roaming/Zed/settings.json"),
        ("claude-desktop", "macos", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("cline", "linux", ".cline/data/settings/cline_mcp_settings.json"),
        ("kiro", "linux", ".kiro/settings/mcp.json"),
        ("amp", "linux", ".config/amp/settings.json"),
    ],
)
def test_every_agent_has_its_file(name: str, system: System, expected: str, tmp_path: Path) -> None:
    assert find_client(name).file(machine(tmp_path, system), project=False) == tmp_path / expected


def test_variables_move_the_files(tmp_path: Path) -> None:
    moved = machine(
        tmp_path, CLAUDE_CONFIG_DIR="/c", CODEX_HOME="/d", XDG_CONFIG_HOME="/e", CLINE_MCP_SETTINGS_PATH="/f.json"
    )
    names = ("claude-code", "codex", "zed", "cline")
    assert [str(find_client(name).file(moved, project=False)) for name in names] == [
        "/c/.claude.json", "/d/config.toml", "/e/zed/settings.json", "/f.json",
    ]  # fmt: skip


def test_the_file_that_is_there_is_the_one(tmp_path: Path) -> None:
    (tmp_path / ".config" / "opencode").mkdir(parents=True)
    (tmp_path / ".config" / "opencode" / "opencode.jsonc").write_text("{}", "utf-8")
    assert find_client("opencode").file(machine(tmp_path), project=False).name == "opencode.jsonc"


def test_the_extension_of_cline_goes_before_its_command_line(tmp_path: Path) -> None:
    folder = tmp_path / ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings"
    folder.mkdir(parents=True)
    assert find_client("cline").file(machine(tmp_path), project=False) == folder / "cline_mcp_settings.json"


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("claude-code", {"type": "stdio", "command": "uvx", "args": ["a", "b"], "env": {"MLPLAYBOOK_HOME": "/x"}}),
        ("gemini", {"command": "uvx", "args": ["a", "b"], "env": {"MLPLAYBOOK_HOME": "/x"}}),
        ("copilot", {"type": "local", "command": "uvx", "args": ["a", "b"], "env": {"MLPLAYBOOK_HOME": "/x"}, "tools": ["*"]}),
        ("codex", {"command": "uvx", "args": ["a", "b"], "env": {"MLPLAYBOOK_HOME": "/x"}, "startup_timeout_sec": 120}),
        ("opencode", {"type": "local", "command": ["uvx", "a", "b"], "enabled": True,
                      "environment": {"MLPLAYBOOK_HOME": "/x"}, "timeout": 120_000}),
    ],
)  # fmt: skip
def test_every_agent_has_its_own_words_for_a_server(name: str, entry: dict[str, object]) -> None:
    assert find_client(name).entry(START) == entry


def test_names_are_unique_and_close_ones_are_understood() -> None:
    assert len({client.name for client in CLIENTS}) == len(CLIENTS)
    assert [find_client(name).name for name in ("claude", "Gemini-CLI", "code")] == ["claude-code", "gemini", "vscode"]


def test_an_unknown_agent_is_told_with_those_there_are() -> None:
    with pytest.raises(BadName, match=r"'emacs' is no agent that is known\. Known are claude-code, codex"):
        find_client("emacs")


def test_an_agent_without_settings_of_a_project_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadName, match=r"Windsurf has no settings of a project\. Leave --project out"):
        find_client("windsurf").file(machine(tmp_path), project=True)


def test_an_agent_is_here_by_its_file_its_folder_or_its_command(tmp_path: Path) -> None:
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".claude.json").write_text("{}", "utf-8")
    program = tmp_path / "bin" / "gemini"
    program.parent.mkdir()
    program.touch(mode=0o755)
    mine = machine(tmp_path, PATH=str(program.parent))
    assert [client.name for client in CLIENTS if has_client(client, mine)] == ["claude-code", "codex", "gemini"]


def test_this_machine_knows_its_project(tmp_path: Path) -> None:
    assert this_machine(tmp_path).project == tmp_path
