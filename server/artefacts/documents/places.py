"""The places of a template's body where values go, and what may stand in each.

A body is text with `{{ field }}`; nothing in it is evaluated, so that a value is data whatever it holds. How a value is
written depends on where it stands: between quotes, in a comment, alone behind a key, or bare within code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mlplaybook.server.artefacts.records import Field, Template

PLACEHOLDER = re.compile(r"\{\{ (?P<name>[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*) \}\}")
Kind = Literal["quoted", "comment", "whole", "bare", "block", "cell", "inline"]
NEVER = re.compile(r"(?!)")
COMMENT = {"sql": re.compile(r"(?:^|\s)--"), "json": NEVER}
HASH = re.compile(r"(?:^|\s)#")
# What stands before a value that is a whole value of its form, and at most a comma, brackets or a comment behind it.
BEFORE = {
    "yaml": re.compile(r"\s*(?:- )?(?:[\w./-]+: (?:!!float )?)?"),
    "json": re.compile(r".*\": "),
    "toml": re.compile(r"[\w-]+ = "),
    "python": re.compile(r"(?:\w+ = |\s*\"\w+\": )"),
}
BEHIND = re.compile(r"[\s,\]}]*(?:\s#.*)?")
# What may stand bare in any code; characters of the field's own good value and default come on top.
HARMLESS = frozenset(" -._/:@+=,~")
# Plain text is read by people; what a shell would act on stays out all the same, since some of it is copied into one.
IN_TEXT = frozenset("()%!?'")


@dataclass(frozen=True, slots=True)
class Place:
    """One `{{ field }}` of a body: its span, and what surrounds it."""

    name: str
    start: int
    end: int
    kind: Kind


def find_places(template: Template) -> Iterator[Place]:
    """The placeholders of a body in order; text in double braces that is no field of the template is left as it is."""
    known = {field.name for field in template.fields}
    position = 0
    for line in template.body.splitlines(keepends=True):
        for match in PLACEHOLDER.finditer(line):
            if match["name"] in known:
                kind = kind_of(line[: match.start()], line[match.end() :].rstrip("\n"), template)
                yield Place(match["name"], position + match.start(), position + match.end(), kind)
        position += len(line)


def kind_of(before: str, behind: str, template: Template) -> Kind:
    """What surrounds a placeholder."""
    if template.form == "markdown":
        alone = not before.strip() and not behind.strip()
        return "block" if alone else "cell" if before.lstrip().startswith("|") else "inline"
    if COMMENT.get(template.form, HASH).search(re.sub(r'"[^"]*"', '""', before)):
        return "comment"
    doubled, single = before.count('"') % 2, before.count("'") % 2
    if single or (doubled and before.rpartition('"')[2].count("'") % 2):
        return "bare"
    if doubled:
        return "quoted"
    if not before.strip() and not behind.strip():
        return "block" if template.form == "text" else "bare"
    whole = BEFORE.get(template.form, NEVER)
    return "whole" if before.strip() and whole.fullmatch(before) and BEHIND.fullmatch(behind) else "bare"


def forbidden(template: Template, field: Field, value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """What of a value cannot stand in one of its places, "" when all of it can.

    Bare places take letters, digits, a few harmless signs and those of the field's own good value, default or choices.
    """
    if not isinstance(value, str) or all(p.kind != "bare" for p in find_places(template) if p.name == field.name):
        return ""
    harmless = HARMLESS | (IN_TEXT if template.form == "text" else set())
    own = frozenset(f"{field.good}{field.default or ''}{field.allowed or ''}") - frozenset(";\n\r\t`")
    bad = [sign for sign in value if not (sign.isalnum() or sign in harmless or sign == "_" or sign in own)]
    if not bad:
        bad = [pair for pair in ("--", ": ", " #") if pair in value and pair not in f"{field.good}{field.default}"]
    return bad[0] if bad else ""
