"""`mlplaybook setup` as people run it, in a home folder of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from mlplaybook.ingest.errors import BadName, BadSetting
from mlplaybook.server.console.setup_command import setup_command

app = typer.Typer()
app.command("setup")(setup_command)


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str) -> Result:
        environment = {
            "HOME": str(self.folder), "PATH": "", "COLUMNS": "100", "MLPLAYBOOK_PROJECT": str(self.folder / "project"),
            "MLPLAYBOOK_HOME": "", "XDG_CONFIG_HOME": "", "CODEX_HOME": "", "CLAUDE_CONFIG_DIR": "", "COPILOT_HOME": "",
        }  # fmt: skip
        return CliRunner().invoke(app, arguments, env=environment)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_change_is_shown_written_and_found_again(home: Home) -> None:
    done = home.run("codex", "--start", "uvx", "--yes")
    assert done.exit_code == 0
    assert '  +args = ["--from", "mlplaybook[local]==' in done.stdout
    assert done.stdout.endswith("written\nStart a new session; /mcp shows the server.\n")
    assert "`mlplaybook doctor` tests the connection" in done.stderr
    again = home.run("codex", "--start", "uvx", "--yes")
    assert again.stdout.endswith("already so; nothing to change\n")
    row = next(line for line in home.run().stdout.splitlines() if line.startswith("codex"))
    assert row.split() == ["codex", "yes", "user", str(home.folder / ".codex" / "config.toml")]


def test_a_dry_run_writes_nothing(home: Home) -> None:
    assert "mlplaybook" in home.run("cursor", "--dry-run").stdout
    assert not (home.folder / ".cursor").exists()


def test_where_nobody_can_be_asked_nothing_is_written(home: Home) -> None:
    done = home.run("cursor")
    assert isinstance(done.exception, BadSetting)
    assert str(done.exception).endswith("Add --yes, or --dry-run to look only.")
    assert not (home.folder / ".cursor").exists()


def test_remove_without_a_name_takes_it_out_everywhere(home: Home) -> None:
    home.run("cursor", "gemini", "--yes")
    record = json.loads(home.run("--remove", "--yes", "--json").stdout)
    assert [change["agent"] for change in record["changes"]] == ["gemini", "cursor"]
    assert all(change["backup"] for change in record["changes"])
    assert "no agent has the server" in home.run("--remove").stderr


def test_the_settings_of_a_project_start_the_released_package(home: Home) -> None:
    home.run("claude-code", "--project", "--yes")
    entry = json.loads((home.folder / "project" / ".mcp.json").read_text("utf-8"))["mcpServers"]["mlplaybook"]
    assert (entry["type"], entry["command"]) == ("stdio", "uvx")


def test_two_agents_that_share_a_file_are_both_served(home: Home) -> None:
    done = home.run("claude-code", "copilot", "--project", "--yes")
    assert done.exit_code == 0
    assert "uvx is not on the PATH" in done.stderr
    assert done.stdout.endswith("already so; nothing to change\n")
    assert home.run("--remove", "--project", "--yes").exit_code == 0


def test_json_writes_only_with_yes(home: Home) -> None:
    record = json.loads(home.run("cursor", "--json").stdout)
    assert (record["written"], record["changes"][0]["changed"]) == (False, True)
    assert not (home.folder / ".cursor").exists()
    rows = json.loads(home.run("--json").stdout)["agents"]
    assert rows[0]["agent"] == "claude-code"
    assert not any(row["user"] or row["project"] for row in rows)


def test_wrong_words_are_named(home: Home) -> None:
    assert isinstance(home.run("emacs").exception, BadName)
    assert "--start 'npx' is unknown. Say installed or uvx." in str(home.run("cursor", "--start", "npx").exception)
