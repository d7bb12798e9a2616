"""The description of the service for people: one page, made from the one for programs, with nothing from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

Described = Mapping[str, Any]
# Where the words behind a schema's name would be as long as the page.
DEEPEST = 2
TITLES = {"openai": "OpenAI's protocol"}


def write_docs(described: Described, base: str) -> str:
    """The page; `base` is where the service is, for the commands that it shows."""
    groups: dict[str, list[str]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            group = (operation.get("tags") or ["other"])[0]
            groups.setdefault(group, []).append(write_operation(described, f"{base}{path}", method, path, operation))
    body = "".join(
        f"<h2>{escape(TITLES.get(group, group.title()))}</h2>\n{''.join(parts)}" for group, parts in groups.items()
    )
    info = described["info"]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(info['title'])}: endpoints</title>\n"
        '<link rel="stylesheet" href="/docs.css">\n</head>\n<body>\n<main>\n'
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>\n<p>{escape(info['description'])}</p>\n"
        '<p class="soft">For programs: <a href="/openapi.json">openapi.json</a>. For people: <a href="/">the page</a>. '
        "For agents: MCP at <code>/mcp</code>. "
        "Errors are <code>application/problem+json</code> with what was wrong, what to do and a request id.</p>\n"
        f"{body}</main>\n</body>\n</html>\n"
    )


def write_operation(described: Described, url: str, method: str, path: str, operation: Described) -> str:
    """One endpoint."""
    key = ' <span class="soft">· with a key</span>' if operation.get("security") else ""
    parts = [
        f'<details id="{escape(operation["operationId"])}">\n<summary><code><span class="method">{method.upper()}</span>',
        f"{escape(path)}</code> {escape(operation.get('summary', ''))}{key}</summary>\n",
        f"<p>{prose(operation.get('description', ''))}</p>\n",
    ]
    body = content_of(operation.get("requestBody", {}))
    schema = resolve(described, body.get("schema", {}))
    example = first_example(schema)
    parts.append(write_curl(url, method, operation, example))
    rows = [*parameter_rows(operation), *property_rows(described, schema)]
    if rows:
        parts.append(f"<h3>Takes</h3>\n<table>\n{''.join(rows)}</table>\n")
    reply = content_of(operation["responses"].get("200", {})).get("example")
    if reply is not None:
        parts.append(f"<h3>Gives</h3>\n<pre>{escape(json.dumps(reply, indent=1, ensure_ascii=False))}</pre>\n")
    return "".join([*parts, "</details>\n"])


def content_of(part: Described) -> Described:
    """The JSON of a request or response."""
    found: Described = part.get("content", {}).get("application/json", {})
    return found


def write_curl(url: str, method: str, operation: Described, example: object) -> str:
    """The command that sends an example."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            url = url.replace(f"{{{parameter['name']}}}", str(parameter.get("example", "ID")))
    words = ["curl -s", url]
    if operation.get("security"):
        words.append('-H "Authorization: Bearer $KEY"')
    if example is not None:
        data = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
        words += ["-H 'Content-Type: application/json'", f"-d '{data}'"]
    elif method != "get":
        words.insert(1, f"-X {method.upper()}")
    return f"<pre>{escape(' '.join(words))}</pre>\n"


def first_example(schema: Described) -> object:
    """The first example of a schema, None where it has none."""
    return (schema.get("examples") or [None])[0]


def resolve(described: Described, schema: Described) -> Described:
    """A schema itself where it is only named."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Described = described["components"]["schemas"][name] if name else schema
    return found


def parameter_rows(operation: Described) -> Iterator[str]:
    """What stands in the path and behind it."""
    for parameter in operation.get("parameters", ()):
        needed = "required" if parameter.get("required") else ""
        yield row(
            parameter["name"], parameter["in"], parameter.get("schema", {}), needed, parameter.get("description", "")
        )


def property_rows(described: Described, schema: Described, before: str = "", deep: int = 0) -> Iterator[str]:
    """What stands in the body, with what is in its parts."""
    for name, inner in schema.get("properties", {}).items():
        needed = "required" if name in schema.get("required", ()) else ""
        named = resolve(described, inner.get("items", inner))
        words = inner.get("description") or (named.get("description", "") if named is not inner else "")
        yield row(f"{before}{name}", "", inner, needed, words)
        if deep < DEEPEST and "properties" in named:
            mark = "[]." if "items" in inner else "."
            yield from property_rows(described, named, f"{before}{name}{mark}", deep + 1)


def row(name: str, where: str, schema: Described, needed: str, words: str) -> str:
    """One thing that a request may say."""
    kind = ", ".join(filter(None, (where, kind_of(schema), needed)))
    return f'<tr><td><code>{escape(name)}</code></td><td class="soft">{escape(kind)}</td><td>{prose(words)}</td></tr>\n'


def prose(words: str) -> str:
    """Words as HTML, with what stands in back ticks as code.

    >>> prose("`a < b` or <c>")
    '<code>a &lt; b</code> or &lt;c&gt;'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def kind_of(schema: Described) -> str:
    """The type of a value with its limits.

    >>> kind_of({"type": "integer", "minimum": 1, "maximum": 50, "default": 5})
    'integer, 1 to 50, else 5'
    """
    if "anyOf" in schema:
        inner = [one for one in schema["anyOf"] if one.get("type") != "null"]
        return f"{kind_of(inner[0])} or null" if inner else "null"
    words = schema.get("type", schema.get("$ref", "").rpartition("/")[2] or "any")
    if "enum" in schema:
        words = " | ".join(json.dumps(one) for one in schema["enum"])
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength", schema.get("maxItems", schema.get("maxProperties"))))
    limits = (
        f"{low:g} to {high:,g}"
        if low is not None and high is not None
        else f"at most {high:,g}"
        if high is not None
        else ""
    )
    default = schema.get("default")
    return ", ".join(
        filter(
            None, (words, limits, f"else {json.dumps(default)}" if default and not isinstance(default, dict) else "")
        )
    )


def figure(value: float | None) -> str:
    """A number as people read it, "" for none.

    >>> figure(64000.0), figure(0.5)
    ('64,000', '0.5')
    """
    return "" if value is None else f"{int(value):,}" if value == int(value) else f"{value:g}"
