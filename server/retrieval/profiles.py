"""The project that is asked for: what it says of itself, and which pages are not written for it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from mlplaybook.ingest.catalog import Catalog, marks
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.ingest.options import Conditions, Options, conditions, option_text, read_options

PROJECT_FILE = "mlplaybook.toml"
PROJECT_TABLE = "project"
# Where the options stood before there was a PROJECT_FILE.
PROFILE_FILE = ".mlplaybook/profile.yaml"
# Instead of KEY=VALUE: the project's files do not count.
NO_FILE = "none"
MEND = f"Correct {PROJECT_FILE} (or {PROFILE_FILE}) or --profile."
IGNORE = "Mend it, or ignore it with --profile none."


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a project, option by option; an option that was not given counts as not known."""

    options: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.options)


UNKNOWN = Profile()


def create_profile(values: Mapping[str, object], mend: str = MEND) -> Profile:
    """A profile from options and their values, in the order of the overlay; a value that is None was not given.

    :param mend: what to do about values that cannot be used.
    :raises BadSetting: there is no such option or value, or two of them do not go together.
    """
    known = read_options()
    given = {name: option_text(value) for name, value in values.items() if value is not None}
    for name, value in given.items():
        if name not in known.allowed:
            raise BadSetting(f"A project has no option '{name}'.", f"Use one of: {', '.join(known.allowed)}.")
        if value not in known.allowed[name]:
            cause = f"{name} is '{value}'; it can be {', '.join(known.allowed[name])}."
            raise BadSetting(cause, mend)
    broken = broken_rule(given, known)
    if broken:
        raise BadSetting(broken, mend)
    return Profile(tuple((name, given[name]) for name in known.allowed if name in given))


def broken_rule(given: Mapping[str, str], known: Options) -> str:
    """The first rule that what is given breaks, in words, else an empty string; what is not given breaks none."""
    for rule in known.rules:
        if not all(given.get(name) in values for name, values in rule.when):
            continue
        for name, values in rule.then:
            if name in given and given[name] not in values:
                when = ", ".join(f"{option} {given[option]}" for option, _ in rule.when)
                return f"{name} {given[name]} does not go with {when}, but {' or '.join(values)}: {rule.reason}"
    return ""


def read_project_file(project: Path) -> dict[str, object]:
    """Everything in a project's mlplaybook.toml, nothing without one; raises BadSetting when it is no TOML."""
    return read_file(project / PROJECT_FILE, tomllib.loads)


def read_profile(project: Path) -> dict[str, object]:
    """The options in a project's files: its mlplaybook.toml, and .mlplaybook/profile.yaml for what that leaves open.

    :raises BadSetting: a file cannot be read, or the two say different things.
    """
    main, old = project / PROJECT_FILE, project / PROFILE_FILE
    table = read_project_file(project).get(PROJECT_TABLE, {})
    if not isinstance(table, dict):
        raise BadSetting(
            f"'{PROJECT_TABLE}' in {main} is {table!r}, not a table.", f"Write [{PROJECT_TABLE}] above the options."
        )
    before = read_old_profile(project)
    for name, value in before.items():
        if name in table and option_text(table[name]) != option_text(value):
            cause = f"{name} is {option_text(table[name])} in {main}, but {option_text(value)} in {old}."
            raise BadSetting(cause, f"Keep {PROJECT_FILE} right and delete {PROFILE_FILE}.")
    return {**before, **table}


def read_old_profile(project: Path) -> dict[str, object]:
    """The options in .mlplaybook/profile.yaml alone, nothing without one."""
    values = read_file(project / PROFILE_FILE, yaml.safe_load)
    return {name: value for name, value in values.items() if value is not None}


def read_file(path: Path, parse: Callable[[str], object]) -> dict[str, object]:
    """The mapping in a file, empty without one; raises BadSetting naming the file."""
    if not path.is_file():
        return {}
    try:
        values = parse(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise BadSetting(f"{path} cannot be read: {reason}.", IGNORE) from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise BadSetting(f"{path} is a {type(values).__name__}, not a line 'option: value' each.", "Mend it.")
    return {str(name): value for name, value in values.items()}


def choose_profile(project: Path, choices: Sequence[str]) -> Profile:
    """What a project's files say with single options replaced by `KEY=VALUE` choices; the choice `none` ignores the files.

    :raises BadSetting: a file or a choice cannot be understood.
    """
    values = {} if NO_FILE in choices else read_profile(project)
    for choice in choices:
        name, equals, value = choice.partition("=")
        if equals:
            values[name.strip()] = value.strip()
        elif choice != NO_FILE:
            remedy = f"Write for example --profile modelType=llm, or --profile {NO_FILE} to ignore {PROJECT_FILE}."
            raise BadSetting(f"--profile '{choice}' is no KEY=VALUE.", remedy)
    return create_profile(values)


def open_values(name: str, given: Mapping[str, str]) -> tuple[str, ...]:
    """The values of an option that go together with what is given of the others.

    >>> open_values("servingPattern", {"projectPhase": "training"})
    ('none',)
    """
    known = read_options()
    others = {option: value for option, value in given.items() if option != name}
    return tuple(value for value in known.allowed[name] if not broken_rule({**others, name: value}, known))


def why_not(applies_to: Conditions, profile: Profile) -> str:
    """Why a page is not for a project, empty when it is or when too little is known.

    >>> why_not((("modelType", ("deep-learning", "llm")),), Profile((("modelType", "classical"),)))
    "for modelType deep-learning or llm; the project's is classical"
    """
    own = dict(profile.options)
    return ", and ".join(
        f"for {name} {' or '.join(values)}; the project's is {own[name]}"
        for name, values in applies_to
        if name in own and own[name] not in values
    )


def inapplicable_rows(catalog: Catalog, rows: Sequence[int], profile: Profile) -> dict[int, str]:
    """Of these chunk rows those whose page is not for the project, and why."""
    if not profile:
        return {}
    found = catalog.connection.execute(
        "SELECT c.row, d.applies_to FROM chunks AS c JOIN documents AS d ON d.id = c.document"
        f" WHERE d.applies_to != '{{}}' AND c.row IN ({marks(len(rows))})",
        tuple(rows),
    )
    reasons = {row: why_not(conditions(json.loads(applies_to)), profile) for row, applies_to in found}
    return {row: why for row, why in reasons.items() if why}
