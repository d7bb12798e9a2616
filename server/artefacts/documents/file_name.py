"""What a filled document is called in a folder."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlplaybook.server.artefacts.documents.document import Format, style_of
from mlplaybook.server.artefacts.records import Template

# A name without places to fill, as `Dockerfile` or `.github/workflows/model.yml`; others say where a value goes.
PLAIN = re.compile(r"(?:[\w.-]+/)*(?P<name>[\w.-]+)")
ENDINGS: Mapping[str, str] = {
    "yaml": ".yaml", "markdown": ".md", "json": ".json", "dockerfile": ".dockerfile", "makefile": ".mk",
    "toml": ".toml", "sql": ".sql", "python": ".py", "text": ".txt",
}  # fmt: skip
BY_SUFFIX: Mapping[str, Format] = {".md": "md", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def file_name(template: Template, form: Format) -> str:
    """The usual name of the document: the template's own for its own form, else one with the format's ending."""
    style = style_of(template, form)
    if style == "hub":
        return "README.md"
    match = PLAIN.fullmatch(template.file)
    own = match["name"] if match else f"{template.id}{ENDINGS[template.form]}"
    if style == "body" or (style == "yaml" and not template.body):
        return own
    ending = {"md": ".md", "json": ".fill.json", "yaml": ".fill.yaml"}[style]
    return f"{template.id}{ending}"


def format_of(template: Template, suffix: str) -> Format:
    """The format that a file's ending asks for; the template's own form where that has the ending, or for any other."""
    wanted = BY_SUFFIX.get(suffix.lower(), "own")
    same = {"md": "markdown"}.get(wanted, wanted) == template.form
    return "own" if same else wanted
