"""A fill as YAML: every value with a comment above it that says where it is from or what is to be asked."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from mlplaybook.server.artefacts.documents.remarks import counts, remark
from mlplaybook.server.artefacts.documents.trailer import write_marks
from mlplaybook.server.artefacts.documents.tree import fingerprint, nest
from mlplaybook.server.artefacts.documents.yaml_text import to_yaml_text
from mlplaybook.server.artefacts.records import Fill, Template

WIDTH = 118


def to_yaml(template: Template, fill: Fill, texts: Mapping[str, str]) -> str:
    """The document with its head, comments and trailer; it loads as the nested values, with null where nothing is known.

    `texts` are the inputs by source name, for line numbers.
    """
    fields = {field.name: field for field in template.fields}
    comments = {name: remark(fields[name], filled, texts) for name, filled in fill.fields.items()}
    values = {name: known(filled.value, filled.status) for name, filled in fill.fields.items()}
    body = render(nest(values), comments)
    marks = {name: fingerprint(value) for name, value in values.items()}
    return f"{head(template, fill)}{body}\n{write_marks(template.id, marks)}"


def known(value: Any, status: str) -> Any:  # noqa: ANN401 (a field holds any value)
    """The value that a document shows: none for what is missing or of the wrong type."""
    return value if status in {"filled", "assumed"} else None


def head(template: Template, fill: Fill) -> str:
    """Two comment lines: what this is, and how far it is."""
    return f"# {template.title} (mlplaybook {template.id}; read more: mlplaybook read {template.page})\n{tally(fill)}\n"


def tally(fill: Fill) -> str:
    """The line that counts; filling again replaces it."""
    return f"# mlplaybook: {counts(fill)} of {len(fill.fields)} fields; null is not known yet"


def render(tree: Mapping[str, Any], comments: Mapping[str, str], prefix: str = "", indent: int = 0) -> str:
    """Keys of a nested mapping in order, fields with their comment above."""
    parts: list[str] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if name in comments:
            parts.append(comment_lines(comments[name], indent) + to_yaml_text({key: value}, indent))
        else:
            parts.append(f"{' ' * indent}{key}:\n{render(value, comments, f'{name}.', indent + 2)}")
    return "".join(parts)


def comment_lines(words: str, indent: int) -> str:
    """A comment of one or more lines; those that follow the first are set in, which is how they are known again."""
    rows = textwrap.wrap(words, WIDTH - indent - 4, break_long_words=False, break_on_hyphens=False) or [""]
    return "".join(f"{' ' * indent}{'# ' if not number else '#   '}{row}\n" for number, row in enumerate(rows))
