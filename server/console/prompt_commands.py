"""`mlplaybook prompts`: what is sent to language models, in which version, and whether it is what was released."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.prompts import prompts_folder
from mlplaybook.prompts.errors import PromptMissing
from mlplaybook.prompts.library import default_version, find_entry, list_prompts, parse_pin, render
from mlplaybook.prompts.lock import compare, lost, read_lock, state_of, write_lock
from mlplaybook.prompts.read import read_prompt
from mlplaybook.prompts.records import Prompt, Rendered
from mlplaybook.server.console.screen import create_screen, print_line, print_record, say
from mlplaybook.server.prompting import own_prompts, prompts_refused
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import project_folder

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show, compare and lock prompt versions.")

Name = Annotated[str, typer.Argument(metavar="NAME[@VERSION]", help="A prompt; its default version without a number.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, one record a line.")]
Inputs = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="With --render: an input; [...] and {...} are JSON.")
]
COLUMNS = ("name", "versions", "default", "hash", "released", "description")


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the prompts with their versions and the one that serves unless another is pinned."""
    own = own_folder()
    with prompts_refused():
        rows = list(list_rows(list_prompts(own), locks(own)))
    if as_json:
        for row in rows:
            print_record(row)
        return
    table = Table(box=None, pad_edge=False)
    for column in COLUMNS:
        table.add_column(
            column, no_wrap=column in {"name", "hash", "released"}, ratio=1 if column == "description" else None
        )
    for row in rows:
        table.add_row(*table_row(row))
    create_screen().print(table)


@app.command("show")
def show_command(
    name: Name,
    rendered: Annotated[bool, typer.Option("--render", help="With its example's inputs put in.")] = False,
    inputs: Inputs = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Print a version: what it is for, its inputs, its changes and its messages."""
    with prompts_refused():
        prompt = find(name)
        messages = messages_of(prompt, inputs, rendered=rendered or bool(inputs))
    if as_json:
        print_record({**record(prompt), "messages": [dataclasses.asdict(message) for message in messages]})
        return
    if not rendered and not inputs:
        for line in head_lines(prompt):
            print_line(line)
    for message in messages:
        kept = ", the same for every question" if message.static else ""
        print_line(f"--- {message.role}{kept} ---")
        print_line(message.content)


@app.command("diff")
def diff_command(
    old: Annotated[str, typer.Argument(metavar="NAME@1")],
    new: Annotated[str, typer.Argument(metavar="NAME@2")],
    as_json: AsJson = False,
) -> None:
    """Compare two versions line by line."""
    with prompts_refused():
        first, second = find(old), find(new)
    lines = list(
        difflib.unified_diff(first.text.splitlines(), second.text.splitlines(), first.stamp, second.stamp, lineterm="")
    )
    if as_json:
        print_record({"from": first.stamp, "to": second.stamp, "diff": lines})
        return
    for line in lines:
        print_line(line)


@app.command("lock")
def lock_command(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when something is not locked.")] = False,
    path: Annotated[
        Path | None,
        typer.Option("--path", help="A folder of prompts.", show_default="the shipped one and the project's"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the hashes of new versions and drafts into lock.json; a version that was released is never locked again."""
    own = own_folder()
    folders = [path] if path else [prompts_folder(), *([own] if own else [])]
    with prompts_refused():
        rows = [row for folder in folders for row in lock_rows(folder, check=check)]
    for row in rows:
        print_record(row) if as_json else print_line(f"{row['prompt']}: {row['state']}")
    say(f"{len(rows) or 'no'} {'findings' if check else 'versions locked'}")
    if check and rows:
        raise typer.Exit(1)


def own_folder() -> Path | None:
    """The project's folder of prompts."""
    return own_prompts(project_folder(read_settings()))


def locks(own: Path | None) -> tuple[dict[str, str], dict[str, str]]:
    """The lock of the shipped prompts and that of the project's."""
    return read_lock(prompts_folder()), read_lock(own) if own else {}


def list_rows(prompts: Sequence[Prompt], both: tuple[dict[str, str], dict[str, str]]) -> Iterator[dict[str, Any]]:
    """A record for each name."""
    for name in sorted({prompt.name for prompt in prompts}):
        versions = [prompt for prompt in prompts if prompt.name == name]
        default = default_of(name, versions)
        yield {
            "name": name,
            "default": default.version if default else None,
            "stamp": default.stamp if default else "",
            "released": default.released if default else "",
            "description": (default or versions[-1]).description,
            "versions": [{**row(prompt), "state": state_of(prompt, both[prompt.own])} for prompt in versions],
        }


def default_of(name: str, versions: Sequence[Prompt]) -> Prompt | None:
    """The version that serves unless another is pinned, None where nothing has been released."""
    try:
        number = default_version(name, versions)
    except PromptMissing:
        return None
    return next(prompt for prompt in versions if prompt.version == number)


def row(prompt: Prompt) -> dict[str, Any]:
    """What a list says of one version."""
    return {name: getattr(prompt, name) for name in ("version", "sha256", "released", "audience", "own")}


def table_row(row: dict[str, Any]) -> Iterator[str]:
    """One line of the table; what is special about a version stands behind its number."""
    notes = [
        (str(entry["version"]), [entry["audience"], "own" * entry["own"], entry["state"].removeprefix("locked")])
        for entry in row["versions"]
    ]
    yield row["name"]
    yield ", ".join(f"{version} ({', '.join(filter(None, said))})" if any(said) else version for version, said in notes)
    yield str(row["default"] or "-")
    yield row["stamp"].partition("#")[2] or "-"
    yield row["released"] or "-"
    yield row["description"]


def find(name: str) -> Prompt:
    """A version by name, its default without a number; one that is not what the lock says is shown all the same."""
    own = own_folder()
    pin = parse_pin(name) if "@" in name else None
    entry = find_entry(pin.name, pin.version, own) if pin else find_entry(name, None, own)
    prompt = read_prompt(entry.path, own=entry.own)
    state = state_of(prompt, read_lock(entry.folder))
    if state != "locked":
        say(f"{prompt.id} is not what its lock says: {state}")
    return prompt


def messages_of(prompt: Prompt, inputs: Sequence[str], *, rendered: bool) -> tuple[Rendered, ...]:
    """The messages as they stand in the file, or with the inputs put in; those that are not given are the example's."""
    if not rendered:
        return tuple(Rendered(message.role, message.content, message.static) for message in prompt.messages)
    return render(prompt, **{**prompt.example, **dict(map(read_input, inputs))})


def read_input(text: str) -> tuple[str, Any]:
    """`KEY=VALUE`; a value in brackets or braces is JSON.

    :raises BadSetting: there is no equals sign, or no JSON where it begins like JSON.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise BadSetting(f"--set {text} names no input.", "Write it as --set question='How so?'.")
    if not value.lstrip().startswith(("[", "{")):
        return key.strip(), value
    try:
        return key.strip(), json.loads(value)
    except ValueError as error:
        raise BadSetting(f"--set {key.strip()} is not JSON: {error}.", "Check brackets and quotation marks.") from error


def head_lines(prompt: Prompt) -> Iterator[str]:
    """What is to be known of a version before its messages."""
    audience = f", for {prompt.audience}" if prompt.audience else ""
    yield f"{prompt.id}{audience}, {f'released {prompt.released}' if prompt.released else 'not released'}"
    yield f"sha256 {prompt.sha256}"
    yield prompt.description
    yield ""
    yield from (f"input {name}: {meaning}" for name, meaning in prompt.inputs.items())
    yield from (f"change {change}" for change in prompt.changelog)
    yield ""


def record(prompt: Prompt) -> dict[str, Any]:
    """A version as JSON, without its messages."""
    shown = ("name", "version", "stamp", "sha256", "description", "released", "audience", "own", "inputs", "output")
    return {**{name: getattr(prompt, name) for name in shown}, "changelog": list(prompt.changelog)}


def lock_rows(folder: Path, *, check: bool) -> list[dict[str, Any]]:
    """What is not locked, or with `check` off what has been locked now."""
    prompts = list_prompts(shipped=folder)
    if not check:
        return [lock_row(entry.prompt, "locked as released" if entry.prompt.released else "locked as a draft")
                for entry in write_lock(folder, prompts)]  # fmt: skip
    lock = read_lock(folder)
    gone = [{"prompt": name, "state": "its file is gone", "sha256": lock[name][-64:]} for name in lost(prompts, lock)]
    return [lock_row(entry.prompt, entry.state) for entry in compare(prompts, lock) if entry.state != "locked"] + gone


def lock_row(prompt: Prompt, state: str) -> dict[str, Any]:
    """One line of what a lock says or is to say."""
    return {"prompt": prompt.id, "state": state, "sha256": prompt.sha256}
