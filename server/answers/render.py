"""Statements to Markdown with numbered marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from mlplaybook.server.answers.records import Statement

# A step keeps the number that it has on its page, whichever steps stand before it.
ORDINAL = re.compile(r"(\d+)[.)]\s")


def render(statements: Sequence[Statement]) -> str:
    """Sentences of a section run together, lists stay lists, rows become a table; one mark `[n]` closes what a section says."""
    blocks = []
    for number, group in groupby(statements, key=lambda statement: statement.citations[0].n):
        blocks.append(close(render_section(list(group)), number))
    return "\n\n".join(blocks)


def render_section(statements: Sequence[Statement]) -> str:
    """What one section says, without its mark."""
    parts = []
    for kind, group in groupby(statements, key=lambda statement: statement.kind):
        members = list(group)
        if kind == "sentence":
            parts.append(" ".join(statement.text for statement in members))
        elif kind == "item":
            parts.append("\n".join(map(render_item, members)))
        elif kind == "row":
            parts.append(render_table(members))
        else:
            parts.append("\n\n".join(statement.text for statement in members))
    return "\n\n".join(parts)


def render_item(statement: Statement) -> str:
    """An item with a dash, or with the number that the page gives it."""
    number = ORDINAL.match(statement.citations[-1].quote)
    return f"{number[1]}. {statement.text}" if number else f"- {statement.text}"


def render_table(rows: Sequence[Statement]) -> str:
    """Rows below the header that the first of them cites; columns that are empty in all of them are left out."""
    table = [cells(rows[0].citations[0].quote), *(cells(row.text) for row in rows)]
    width = max(map(len, table))
    padded = [[*row, *[""] * (width - len(row))] for row in table]
    kept = [n for n in range(width) if any(row[n] for row in padded[1:])] or list(range(width))
    lines = ["| " + " | ".join(row[n] for n in kept) + " |" for row in padded]
    return "\n".join([lines[0], "|" + "---|" * len(kept), *lines[1:]])


def cells(row: str) -> list[str]:
    """The cells of a table row; a pipe behind a backslash is a character."""
    inner = row.strip().removeprefix("|").removesuffix("|").replace("\\|", "\x00")
    return [cell.strip().replace("\x00", "\\|") for cell in inner.split("|")]


def close(text: str, number: int) -> str:
    """The mark behind the last word, or on a line of its own behind a table or code."""
    apart = text.endswith(("|", "```", "~~~"))
    return f"{text}\n\n[{number}]" if apart else f"{text} [{number}]"
