from __future__ import annotations

import tomllib

import pytest

from mlplaybook.server.agents.setup.tables import BadToml, remove_table, set_table

PATH = ("mcp_servers", "mlplaybook")
ENTRY = {"command": "uvx", "args": ["a", "b"], "env": {"HOME": "/x"}}
SETTINGS = """model = "x" # mine

# servers
[mcp_servers.a]
command = "y"

# profiles
[profiles.fast]
model = "z"
"""
TABLE = '\n[mcp_servers.mlplaybook]\ncommand = "uvx"\nargs = ["a", "b"]\nenv = {HOME = "/x"}\n'


def test_a_new_table_goes_to_the_end() -> None:
    assert set_table(SETTINGS, PATH, ENTRY) == SETTINGS + TABLE


def test_taking_it_out_gives_back_the_same_bytes() -> None:
    assert remove_table(SETTINGS + TABLE, PATH) == SETTINGS


def test_doing_it_twice_changes_nothing() -> None:
    assert set_table(SETTINGS + TABLE, PATH, ENTRY) == SETTINGS + TABLE


def test_other_values_are_replaced_and_comments_stay() -> None:
    text = '[mcp_servers.mlplaybook] # ours\ncommand = "old" # why\nargs = []\n\n# after\n[z]\na = 1\n'
    after = set_table(text, PATH, {"command": "new", "args": ["x"]})
    assert after == '[mcp_servers.mlplaybook] # ours\ncommand = "new" # why\nargs = ["x"]\n\n# after\n[z]\na = 1\n'


def test_a_comment_above_the_next_table_stays_with_it() -> None:
    text = f"a = 1\n{TABLE}\n# next\n[z]\nb = 2\n"
    assert remove_table(text, PATH) == "a = 1\n\n# next\n[z]\nb = 2\n"


def test_tables_within_it_go_with_it() -> None:
    text = '[mcp_servers.mlplaybook]\ncommand = "x"\n[mcp_servers."mlplaybook".env]\nA = "b"\n[z]\n'
    assert tomllib.loads(remove_table(text, PATH)) == {"z": {}}


def test_line_ends_are_kept() -> None:
    assert set_table("a = 1\r\n", ("t",), {"b": 2}) == "a = 1\r\n\r\n[t]\r\nb = 2\r\n"


def test_an_empty_file_begins_with_the_table() -> None:
    assert set_table("", ("t",), {"b": 2}) == "[t]\nb = 2\n"


def test_without_such_a_table_nothing_is_taken_out() -> None:
    assert remove_table(SETTINGS, PATH) == SETTINGS


@pytest.mark.parametrize(
    "text", ["a = ", "mcp_servers = 1\n", 'mcp_servers = {a = {command = "y"}}\n', "[[mcp_servers]]\na = 1\n"]
)
def test_what_cannot_be_changed_safely_is_left_alone(text: str) -> None:
    with pytest.raises(BadToml):
        set_table(text, PATH, ENTRY)


def test_an_inline_entry_is_not_taken_out_by_guessing() -> None:
    with pytest.raises(BadToml, match="cannot be changed safely"):
        remove_table('mcp_servers = {mlplaybook = {command = "y"}, a = {}}\n', PATH)
