"""Pieces of Markdown: paragraphs, bullets, tables; what people wrote is escaped where it would be taken for markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mlplaybook.server.artefacts.documents.tree import is_number, one_line, words_of

# `<b>`, `</b>`, `<!--`, `<?`: HTML in a value would be rendered, or would hide what follows. `<100 ms` stays.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
LEADS = re.compile(r"^(\s*)(#{1,6}\s|[-+*]\s|>|\d+[.)]\s|```|~~~|---+\s*$|===+\s*$|\|)", re.MULTILINE)


def escaped(text: str) -> str:
    """Words that stay words: no HTML."""
    return TAG.sub("&lt;", text)


def cell(text: str) -> str:
    """The content of a table's cell."""
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|")


def paragraphs(text: str) -> str:
    """A text with its line breaks; a line that would begin a heading, list, rule, table or code block does not."""
    lines = [re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", line).strip() for line in text.split("\n")]
    return LEADS.sub(r"\1\\\2", escaped("\n".join(lines).strip()))


def bullets(parts: Sequence[Any]) -> str:
    """A list, one line a member."""
    return "\n".join(f"- {escaped(words_of(part))}" for part in parts)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; columns of numbers are set right."""
    numeric = [
        bool(rows) and all(is_number(row[n]) or row[n] in (None, "") for row in rows) for n in range(len(columns))
    ]
    lines = [columns, ["---:" if right else "---" for right in numeric]]
    lines += [[cell(escaped(shown(value))) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def shown(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A value in a cell, with its thousands grouped."""
    return as_number(value) if is_number(value) else words_of(value)


def as_number(value: float) -> str:
    """A number as it is, from 10,000 on with groups of three."""
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


def mapping_list(value: Any) -> str:  # noqa: ANN401 (a field holds any value)
    """A list of mappings as a table, a mapping of mappings as a table by its keys, anything else as bullets."""
    if isinstance(value, Mapping):
        if value and all(isinstance(part, Mapping) for part in value.values()):
            return table_of([{"": title(key), **part} for key, part in value.items()])
        return "\n".join(f"- **{escaped(title(str(key)))}:** {escaped(shown(part))}" for key, part in value.items())
    if isinstance(value, list | tuple):
        if value and all(isinstance(part, Mapping) for part in value):
            return table_of(value)
        return bullets(value) if value else "None."
    return escaped(words_of(value))


def table_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """Mappings as rows, with every key that one of them has as a column."""
    keys = list(dict.fromkeys(str(key) for row in rows for key in row))
    return table([cell(escaped(title(key))) for key in keys], [[row.get(key, "") for key in keys] for row in rows])


def title(key: str) -> str:
    """A key as words for a reader.

    >>> title("ci95"), title("precision_at_15pct"), title("api")
    ('95% interval', 'Precision at 15%', 'API')
    """
    known = {"n": "Rows", "ci95": "95% interval", "interval_95": "95% interval", "low_n": "Few positives"}
    words = known.get(key, re.sub(r"(?<=\d)pct\b", "%", key.replace("_", " ").strip()))
    words = re.sub(
        r"\b(?:api|auc|db|f1|fn|fp|gpu|id|kpi|llm|mae|mape|ml|mse|pr|psi|rmse|roc|sla|url)\b", to_upper, words
    )
    return words[:1].upper() + words[1:]


def to_upper(match: re.Match[str]) -> str:
    """An abbreviation in capitals."""
    return match[0].upper()
