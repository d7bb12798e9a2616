"""`mlplaybook.toml`: the four options of a project chosen by their rules, and written so that everything else stays."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.ingest.options import option_text, read_options
from mlplaybook.server.retrieval.profiles import (
    PROFILE_FILE,
    PROJECT_FILE,
    PROJECT_TABLE,
    Profile,
    create_profile,
    open_values,
    read_old_profile,
)

HEAD = """\
# What mlplaybook knows of this project. Edit it freely: `mlplaybook init` keeps what is not its own.
# `mlplaybook guide` takes the pages that apply to it; `ask` and `search` rank the others lower and say why.
"""
PHASE, SERVING = "projectPhase", "servingPattern"
# The overlay's default pattern, none, is for a project that serves nothing; what is served is mostly a request answered.
SERVED = "realtime"
MEND = "Give it another value, or give the other option as well."
# Asks a person for one option: its name, the values it can have, and the one to take when nothing is typed ("" for none).
Ask = Callable[[str, tuple[str, ...], str], str]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A whole profile; `assumed` are the options that nobody gave, `implied` those that the rules left no choice."""

    profile: Profile
    assumed: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()


def choose_options(given: Mapping[str, object], ask: Ask | None = None) -> Chosen:
    """Every option: as it was given, as the rules leave it, as a person answers, or else its default.

    :raises BadSetting: what is given is wrong or does not go together, or an option without a default is not given.
    """
    values = dict(create_profile(given, MEND).options)
    assumed, implied = [], []
    for name in read_options().allowed:
        if name in values:
            continue
        possible = open_values(name, values)
        usual = usual_value(name, values)
        if len(possible) == 1:
            implied.append(name)
            values[name] = possible[0]
        elif ask is not None:
            values[name] = ask(name, possible, usual)
        elif usual:
            assumed.append(name)
            values[name] = usual
        else:
            raise BadSetting(f"{name} has no default.", f"Say which it is: {', '.join(possible)}.")
    return Chosen(create_profile(values, MEND), tuple(assumed), tuple(implied))


def usual_value(name: str, given: Mapping[str, str]) -> str:
    """The value to take when nothing is said, empty for an option that must be said.

    >>> usual_value("servingPattern", {"projectPhase": "both"}), usual_value("projectPhase", {})
    ('realtime', '')
    """
    if name == SERVING and given.get(PHASE, "training") != "training":
        return SERVED
    return read_options().defaults.get(name, "")


def set_options(text: str, profile: Profile, *, force: bool = False) -> str:
    """The text of a project file with these options in its table, everything else in it unchanged; empty text begins one.

    :raises BadSetting: it is no TOML, or has another value for an option and `force` is not given.
    """
    before = read_toml(text)
    table = before.get(PROJECT_TABLE)
    if not isinstance(table, dict | None):
        cause = f"'{PROJECT_TABLE}' in {PROJECT_FILE} is {table!r}, not a table."
        raise BadSetting(cause, f"Rename it, so that [{PROJECT_TABLE}] can hold the options.")
    refuse_other_values(table or {}, profile, force=force)
    if table is None:
        above = text if text.endswith("\n") else f"{text}\n"
        after = f"{above if text.strip() else HEAD}\n{new_table(profile)}"
    else:
        after = with_values(text, table, profile)
    expected = {**before, PROJECT_TABLE: {**(table or {}), **toml_values(profile)}}
    if read_toml(after) != expected:
        # No form is known for which this happens; a person's file is not left to that.
        cause = f"{PROJECT_FILE} is written in a form that cannot be changed safely."
        raise BadSetting(
            cause, f"Put these lines into its table [{PROJECT_TABLE}]: {'; '.join(option_lines(profile))}."
        )
    return after


def read_toml(text: str) -> dict[str, Any]:
    """TOML as plain values; raises BadSetting when it is none."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSetting(f"{PROJECT_FILE} is no TOML: {error}.", "Mend it; nothing was written.") from error


def refuse_other_values(table: Mapping[str, object], profile: Profile, *, force: bool) -> None:
    """Raise BadSetting when the file says something else and that is not to be overwritten."""
    other = [
        f"{name} is {option_text(table[name])} there, not {value}"
        for name, value in profile.options
        if name in table and option_text(table[name]) != value
    ]
    if other and not force:
        raise BadSetting(f"{PROJECT_FILE} says otherwise: {', '.join(other)}.", "Edit it, or overwrite with --force.")


def new_table(profile: Profile) -> str:
    """The table with a comment above each option."""
    known = read_options()
    parts = [
        f"# {known.meanings[name]}\n# One of: {', '.join(known.allowed[name])}.\n{line}\n"
        for (name, _), line in zip(profile.options, option_lines(profile), strict=True)
    ]
    return f"[{PROJECT_TABLE}]\n" + "\n".join(parts)


def option_lines(profile: Profile) -> list[str]:
    """`name = value` as TOML has it."""
    return [f"{name} = {tomlkit.item(value).as_string()}" for name, value in toml_values(profile).items()]


def toml_values(profile: Profile) -> dict[str, Any]:
    """The options with TOML's own booleans."""
    booleans = {"true": True, "false": False}
    return {name: booleans.get(value, value) for name, value in profile.options}


def with_values(text: str, table: Mapping[str, object], profile: Profile) -> str:
    """The text with changed and added values in the table it has; comments, order and line ends stay."""
    try:
        document = tomlkit.parse(text)
        found: Any = document[PROJECT_TABLE]
        for name, value in toml_values(profile).items():
            if name not in table or option_text(table[name]) != option_text(value):
                found[name] = value
        return tomlkit.dumps(document)
    except (TOMLKitError, RecursionError) as error:
        raise BadSetting(
            f"{PROJECT_FILE} cannot be changed: {error}.", "Write the options into it yourself."
        ) from error


def write_profile(project: Path, profile: Profile, *, force: bool = False) -> bool:
    """Write a profile into a project's file; whether anything changed.

    :raises BadSetting: the file cannot be read, or says something else and `force` is not given; or the project's older
        file says something else, which would then contradict it.
    :raises StorageFailed: it cannot be written.
    """
    path = project / PROJECT_FILE
    old = read_old_profile(project)
    for name, value in profile.options:
        if name in old and option_text(old[name]) != value:
            cause = f"{name} is {option_text(old[name])} in {project / PROFILE_FILE}, not {value}."
            raise BadSetting(cause, f"Delete that file: {PROJECT_FILE} takes its place.")
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{path} cannot be read: {error}.", "Mend it; nothing was written.") from error
    after = set_options(before, profile, force=force)
    if after == before:
        return False
    try:
        replace_file(path.resolve(), after)
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror or error}.", "Check the folder.") from error
    return True


def replace_file(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8"))
        # A new file is readable as the user's other files are; mkstemp's is for its owner alone.
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
