"""`mlplaybook keys`: who may ask the service."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.console.screen import create_screen, print_line, print_record, say
from mlplaybook.server.rest.keys import KEYS_FILE, SCOPES, Key, Wish, create_key, list_keys, revoke_key, usable
from mlplaybook.server.settings import read_settings
from mlplaybook.server.usage.budget import read_usd

LONGEST_NAME = 60

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make, list and revoke keys of `mlplaybook serve`.")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
Name = Annotated[str, typer.Argument(help="Whom or what it is for.", show_default=False)]
Scopes = Annotated[
    list[str],
    typer.Option(
        "--scope",
        help=f"{', '.join(SCOPES)}: search and read; ask models too; metrics too. May be repeated.",
        show_default="ask",
    ),
]
Days = Annotated[
    int | None, typer.Option("--days", min=1, max=36_500, help="How long it is good for.", show_default="for ever")
]
PerMinute = Annotated[
    float | None,
    typer.Option("--per-minute", min=0.01, help="Requests a minute.", show_default="MLPLAYBOOK_REST_PER_MINUTE"),
]
DailyTokens = Annotated[
    int | None,
    typer.Option("--daily-tokens", min=0, help="Tokens of models a day.", show_default="MLPLAYBOOK_REST_DAILY_TOKENS"),
]
DailyUsd = Annotated[
    str, typer.Option("--daily-usd", metavar="USD", help="Dollars a day.", show_default="MLPLAYBOOK_REST_DAILY_USD")
]


@app.command("create")
def create_command(
    name: Name, scope: Scopes = [], days: Days = None, per_minute: PerMinute = None,  # noqa: B006
    daily_tokens: DailyTokens = None, daily_usd: DailyUsd = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """Make a key and print it, once: only its hash is kept. A service that runs knows it at once."""
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BadSetting(f"{name[:LONGEST_NAME]!r} is no name for a key.", f"Give 1 to {LONGEST_NAME} characters.")
    usd = read_usd(daily_usd, "--daily-usd")
    wish = Wish(name.strip(), tuple(scope) or ("ask",), days, per_minute, daily_tokens, usd)
    text, key = create_key(keys_file(), wish)
    if as_json:
        return print_record({"key": text, **record_of(key)})
    print_line(text)
    say(f"key {key.id} for {key.name} ({', '.join(key.scopes)}); keep it now, it cannot be shown again")
    say(f"for machines without this file: MLPLAYBOOK_REST_KEY_HASHES={key.hash}:{'+'.join(key.scopes)}")


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Every key with what it is for and whether it can be used; never the key itself."""
    keys = list_keys(keys_file())
    if as_json:
        return print_record({"keys": [record_of(key) for key in keys]})
    if not keys:
        return say("there is no key; make one with: mlplaybook keys create NAME")
    table = Table("id", "name", "scopes", "created", "state", box=None, pad_edge=False, header_style="dim")
    for key in keys:
        table.add_row(key.id, key.name, " ".join(key.scopes), key.created[:10], state_of(key))
    create_screen().print(table)


@app.command("revoke")
def revoke_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="Its id, or its name where only one has it.")], as_json: AsJson = False
) -> None:  # fmt: skip
    """Revoke a key; services that run refuse it from the next request on."""
    key = revoke_key(keys_file(), name)
    print_record({"revoked": key.id}) if as_json else say(f"key {key.id} of {key.name} is revoked")


def keys_file() -> Path:
    """Where keys are kept."""
    return read_settings().rest_folder / KEYS_FILE


def record_of(key: Key) -> dict[str, Any]:
    """A key for programs, without its hash."""
    record = {name: value for name, value in dataclasses.asdict(key).items() if name != "hash"}
    return {**record, "daily_usd": None if key.daily_usd is None else float(key.daily_usd), "state": state_of(key)}


def state_of(key: Key) -> str:
    """In words whether a key can be used."""
    if key.revoked:
        return f"revoked {key.revoked[:10]}"
    if not usable(key, datetime.now(UTC)):
        return f"expired {key.expires[:10]}"
    return f"until {key.expires[:10]}" if key.expires else "in use"
