"""A prompt file to a `Prompt`; what is wrong with it is named with its file and key."""

from __future__ import annotations

import datetime
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mlplaybook.prompts.errors import BadPromptFile, PromptMissing
from mlplaybook.prompts.fence import neutral, one_line
from mlplaybook.prompts.records import Message, Prompt, Role

REQUIRED = ("name", "version", "description", "released", "inputs", "changelog", "messages", "output", "example")
OPTIONAL = ("audience",)
KINDS: Mapping[str, type] = {
    "name": str, "version": int, "description": str, "inputs": dict, "changelog": list, "messages": list, "output": dict,
    "example": dict, "audience": str,
}  # fmt: skip
ROLES: Mapping[str, Role] = {role: role for role in get_args(Role)}
# What every template may use beside its inputs.
PROVIDED = frozenset({"mark"})
MEND = "Mend the file; docs/prompts.md says what belongs into it."


def read_text(path: Path) -> str:
    """A file as it is hashed: UTF-8 without mark, line feeds, one at the end.

    :raises PromptMissing: there is no such file.
    :raises BadPromptFile: it cannot be read as text.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise PromptMissing(f"There is no {path.parent.name}@{path.stem}.", "See: mlplaybook prompts list") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadPromptFile(f"{path} cannot be read: {error}.", "It must be a readable file in UTF-8.") from error
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def digest_of(text: str) -> str:
    """SHA-256 of a normalised file."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_prompt(path: Path, *, own: bool = False) -> Prompt:
    """The prompt version in a file `<name>/<version>.yaml`; the lock is not looked at.

    :raises PromptMissing: there is no such file.
    :raises BadPromptFile: the file is not a prompt.
    """
    text = read_text(path)
    values = read_values(path, text)
    prompt = Prompt(
        name=values["name"],
        version=values["version"],
        sha256=digest_of(text),
        description=values["description"],
        inputs={str(name): str(meaning) for name, meaning in values["inputs"].items()},
        messages=tuple(read_message(path, number, entry) for number, entry in enumerate(values["messages"], start=1)),
        changelog=tuple(map(str, values["changelog"])),
        output=values["output"],
        example=values["example"],
        released=read_date(path, values["released"]),
        audience=values.get("audience", ""),
        own=own,
        text=text,
    )
    check(path, prompt)
    return prompt


def read_values(path: Path, text: str) -> dict[str, Any]:
    """The keys of a file, all there and of the right kind."""
    try:
        values = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe)
    except yaml.YAMLError as error:
        raise BadPromptFile(f"{path} is not YAML: {' '.join(str(error).split())}.", MEND) from error
    if not isinstance(values, dict):
        raise BadPromptFile(f"{path} holds no mapping of keys.", MEND)
    missing = [key for key in REQUIRED if key not in values]
    unknown = [str(key) for key in values if key not in {*REQUIRED, *OPTIONAL}]
    if missing or unknown:
        said = [
            f"{word} {', '.join(keys)}" for word, keys in (("lacks", missing), ("has the unknown", unknown)) if keys
        ]
        raise BadPromptFile(f"{path} {' and '.join(said)}.", MEND)
    for key, kind in KINDS.items():
        if key in values and type(values[key]) is not kind:
            raise BadPromptFile(f"{path}: {key} is {values[key]!r}, not a {kind.__name__}.", MEND)
    return values


def read_date(path: Path, value: object) -> str:
    """A release date in ISO form, empty for a version that is not released."""
    if value is None:
        return ""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    raise BadPromptFile(f"{path}: released is {value!r}, neither a date nor null.", MEND)


def read_message(path: Path, number: int, entry: object) -> Message:
    """One message of a file."""
    if not isinstance(entry, dict) or not set(entry) <= {"role", "static", "content"}:
        raise BadPromptFile(f"{path}: message {number} is no mapping of role, static and content.", MEND)
    role, content, static = ROLES.get(str(entry.get("role"))), entry.get("content"), entry.get("static", False)
    if role is None:
        raise BadPromptFile(f"{path}: message {number} has the role {entry.get('role')!r}.", f"Use {', '.join(ROLES)}.")
    if not isinstance(content, str) or not content.strip() or not isinstance(static, bool):
        raise BadPromptFile(f"{path}: message {number} needs a text as content, and true or false as static.", MEND)
    return Message(role, content.rstrip("\n"), static)


def check(path: Path, prompt: Prompt) -> None:
    """Raise BadPromptFile where the parts of a prompt do not fit together."""
    if (prompt.name, str(prompt.version)) != (path.parent.name, path.stem) or prompt.version < 1:
        raise BadPromptFile(f"{path} says that it is {prompt.id}.", "Its place is <name>/<version>.yaml, from 1 on.")
    order = [message.static for message in prompt.messages]
    if not order or order != sorted(order, reverse=True):
        cause = f"{path}: a static message stands behind one that is not, so no provider can cache it."
        raise BadPromptFile(cause if order else f"{path} has no message.", "Put the static messages first.")
    used = {name for message in prompt.messages if not message.static for name in names_in(path, message.content)}
    if used - PROVIDED != set(prompt.inputs):
        found = ", ".join(sorted(used - PROVIDED)) or "none"
        named = ", ".join(sorted(prompt.inputs)) or "none"
        raise BadPromptFile(f"{path}: the messages use the inputs {found}; described are {named}.", MEND)
    if set(prompt.example) != set(prompt.inputs):
        raise BadPromptFile(f"{path}: the example does not give exactly the inputs.", MEND)


def names_in(path: Path, content: str) -> set[str]:
    """The inputs that a template reads."""
    try:
        return meta.find_undeclared_variables(environment().parse(content))
    except TemplateError as error:
        raise BadPromptFile(f"{path} holds a template that cannot be read: {error}.", MEND) from error


@functools.cache
def environment() -> ImmutableSandboxedEnvironment:
    """A sandbox without files: every value that is put in is made harmless, and one that is missing is an error."""
    made = ImmutableSandboxedEnvironment(
        autoescape=False,  # a prompt is no HTML; `neutral` is what escapes here
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: neutral(value) if isinstance(value, str) else value,
    )
    made.filters["one_line"] = one_line
    return made


@functools.lru_cache(maxsize=64)
def compiled(content: str) -> Template:
    """A template, parsed once."""
    return environment().from_string(content)
