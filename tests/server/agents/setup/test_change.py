from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.server.agents.setup.change import difference, has_entry, plan_change, records, write_change
from mlplaybook.server.agents.setup.clients import CLIENTS, Client, find_client
from mlplaybook.server.agents.setup.machine import Machine
from mlplaybook.server.agents.setup.start import Start

START = Start("uvx", ("mlplaybook", "mcp"))
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home", "linux", {}, tmp_path / "project")


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
@pytest.mark.parametrize("project", [False, True])
def test_every_agent_gets_the_server_once_and_loses_it_again(client: Client, project: bool, machine: Machine) -> None:
    if project and not client.shared:
        return
    change = plan_change(client, machine, START, project=project)
    assert (change.needed, write_change(change)) == (True, None)
    text = change.path.read_text("utf-8")
    read = tomllib.loads(text) if client.format == "toml" else json.loads(text)
    for name in client.place:
        read = read[name]
    assert list(read) == ["mlplaybook"]
    assert has_entry(client, machine, project=project)
    assert not plan_change(client, machine, START, project=project).needed
    back = plan_change(client, machine, None, project=project)
    assert write_change(back) is not None
    assert not has_entry(client, machine, project=project)
    assert not plan_change(client, machine, None, project=project).needed


def test_what_a_person_added_to_the_entry_stays(machine: Machine) -> None:
    client = find_client("gemini")
    path = client.file(machine, project=False)
    path.parent.mkdir(parents=True)
    path.write_text('{"mcpServers": {"mlplaybook": {"command": "old", "trust": true}}, "theme": "x"}', "utf-8")
    write_change(plan_change(client, machine, START, project=False))
    assert json.loads(path.read_text("utf-8")) == {
        "mcpServers": {"mlplaybook": {"command": "uvx", "trust": True, "args": ["mlplaybook", "mcp"]}}, "theme": "x",
    }  # fmt: skip


def test_a_copy_of_the_old_file_is_the_owners_alone(machine: Machine) -> None:
    client = find_client("cursor")
    path = client.file(machine, project=False)
    path.parent.mkdir(parents=True)
    path.write_text("{}", "utf-8")
    path.chmod(0o640)
    copy = write_change(plan_change(client, machine, START, project=False), NOON)
    assert copy == path.with_name("mcp.json.20261121T120000Z.bak")
    assert (copy.read_text("utf-8"), copy.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == ("{}", 0o600, 0o640)


def test_a_link_is_followed_and_stays_a_link(machine: Machine, tmp_path: Path) -> None:
    client = find_client("cursor")
    path = client.file(machine, project=False)
    path.parent.mkdir(parents=True)
    kept = tmp_path / "dotfiles.json"
    kept.write_text("{}", "utf-8")
    path.symlink_to(kept)
    write_change(plan_change(client, machine, START, project=False))
    assert path.is_symlink()
    assert "mlplaybook" in kept.read_text("utf-8")


def test_secrets_of_other_servers_are_not_shown(machine: Machine) -> None:
    client = find_client("gemini")
    path = client.file(machine, project=False)
    path.parent.mkdir(parents=True)
    path.write_text('{"mcpServers": {"a": {"env": {"API_KEY": "sk-123456", "X_TOKEN": "t-9"}}}}', "utf-8")
    shown = "\n".join(difference(plan_change(client, machine, START, project=False)))
    assert "mlplaybook" in shown
    assert "sk-123456" not in shown
    assert "t-9" not in shown


def test_a_file_on_one_long_line_is_shown_around_the_change(machine: Machine) -> None:
    client = find_client("gemini")
    path = client.file(machine, project=False)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"history": "x" * 5000, "mcpServers": {}}), "utf-8")
    lines = difference(plan_change(client, machine, START, project=False))
    assert max(map(len, lines)) < 300
    assert '"mlplaybook": {"command": "uvx"' in lines[-1]


def test_a_file_that_is_no_json_is_left_and_the_entry_is_given_to_write_by_hand(machine: Machine) -> None:
    client = find_client("cursor")
    path = client.file(machine, project=False)
    path.parent.mkdir(parents=True)
    path.write_text('{"mcpServers": }', "utf-8")
    with pytest.raises(BadSetting) as caught:
        plan_change(client, machine, START, project=False)
    assert "line 1, column 16: a value was expected" in caught.value.cause
    assert caught.value.remedy.startswith('Mend it, or add this to mcpServers by hand:\n{\n  "mlplaybook": {')
    with pytest.raises(BadSetting, match="Take 'mlplaybook' out of mcpServers by hand"):
        plan_change(client, machine, None, project=False)
    assert path.read_text("utf-8") == '{"mcpServers": }'


def test_a_file_that_is_no_text_is_named(machine: Machine) -> None:
    path = find_client("codex").file(machine, project=False)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match=r"config\.toml cannot be read"):
        plan_change(find_client("codex"), machine, START, project=False)
    assert not has_entry(find_client("codex"), machine, project=False)


def test_a_file_that_changed_meanwhile_is_not_overwritten(machine: Machine) -> None:
    change = plan_change(find_client("cursor"), machine, START, project=False)
    change.path.parent.mkdir(parents=True)
    change.path.write_text('{"new": 1}', "utf-8")
    with pytest.raises(BadSetting, match="has just been changed by somebody else"):
        write_change(change)
    assert change.path.read_text("utf-8") == '{"new": 1}'


def test_a_folder_that_cannot_be_made_is_named(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".cursor").write_text("a file", "utf-8")
    with pytest.raises((StorageFailed, BadSetting), match=r"mcp\.json cannot be"):
        write_change(plan_change(find_client("cursor"), machine, START, project=False))


def test_a_record_says_what_was_done(machine: Machine) -> None:
    change = plan_change(find_client("amp"), machine, START, project=False)
    (record,) = records([(change, None)])
    assert (record["agent"], record["changed"], record["backup"]) == ("amp", True, None)
    assert '+  "amp.mcpServers": {' in record["difference"]
