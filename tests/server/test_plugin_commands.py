"""`mlplaybook plugin` as people run it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.console.plugin_commands import app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_a_folder_is_built_checked_and_mended(tmp_path: Path) -> None:
    folder = tmp_path / "plugin"
    assert "written  " in run("build", str(folder)).stdout
    assert "all as they should be" in run("build", str(folder), "--check").stdout
    (folder / "plugin.json").write_text("{}", "utf-8")
    (folder / "mine.txt").touch()
    ill = run("build", str(folder), "--check")
    assert ill.exit_code == 1
    assert ill.stdout == f"differs  {folder / 'plugin.json'}\nnot ours {folder / 'mine.txt'}\n"
    record = json.loads(run("build", str(folder), "--json").stdout)
    assert (record["written"], record["left_over"]) == (["plugin.json"], ["mine.txt"])


def test_a_repository_gets_what_agents_look_for_at_its_root_and_keeps_the_rest(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("ours", "utf-8")
    build = ("build", str(tmp_path / "plugin"), "--repository", str(tmp_path))
    assert run(*build, "--check").exit_code == 1
    written = json.loads(run(*build, "--json").stdout)["written"]
    assert {".claude-plugin/marketplace.json", "gemini-extension.json", "plugin/plugin.json"} <= set(written)
    assert run(*build, "--check").exit_code == 0
    (tmp_path / "gemini-extension.json").unlink()
    (tmp_path / "plugin" / "mine.txt").touch()
    record = json.loads(run(*build, "--check", "--json").stdout)
    assert (record["different"], record["left_over"]) == (["gemini-extension.json"], ["plugin/mine.txt"])
    assert (tmp_path / "README.md").read_text("utf-8") == "ours"


def test_a_plugin_elsewhere_belongs_to_no_repository(tmp_path: Path) -> None:
    (tmp_path / "repo").mkdir()
    ill = run("build", str(tmp_path / "plugin"), "--repository", str(tmp_path / "repo"))
    assert isinstance(ill.exception, BadSetting)
    assert "does not lie below" in str(ill.exception)


def test_the_tasks_come_with_a_plugin_that_starts_this_installation(tmp_path: Path) -> None:
    done = run("evals", str(tmp_path / "e"), "--start", "installed")
    assert done.exit_code == 0
    assert f"run them with: claude plugin eval {tmp_path / 'e'} --allow-real-servers" in done.stderr
    assert len(list((tmp_path / "e" / "evals").glob("*/prompt.md"))) == 20
    entry = json.loads((tmp_path / "e" / ".mcp.json").read_text("utf-8"))["mcpServers"]["mlplaybook"]
    assert entry["args"][-1] == "mcp"
    assert entry["command"] != "uvx"
