"""Statements to the Markdown that `render` makes of them, piece by piece as they come."""

from __future__ import annotations

from collections.abc import Iterable

from mlplaybook.server.answers.records import Statement
from mlplaybook.server.answers.render import render_item, render_table

JOINED = {"sentence": " ", "item": "\n"}
BETWEEN_BLOCKS = "\n\n"


class Typist:
    """What `add` and at last `finish` return is, one behind the other, what `render` makes of all the statements.

    A table waits for its last row: only then is it known which columns it needs.
    """

    def __init__(self) -> None:
        self.begun = False
        self._number: int | None = None
        self._kind = ""
        self._rows: list[Statement] = []
        self._last = ""

    def add(self, statement: Statement) -> str:
        """The text that a statement adds, often nothing yet."""
        number = statement.citations[0].n
        text = ""
        if self._number is not None and number != self._number:
            text = self._close() + BETWEEN_BLOCKS
        elif self._number is not None and statement.kind != self._kind:
            text = self._table() + BETWEEN_BLOCKS
        elif self._kind != "row" and self._number is not None:
            text = JOINED.get(self._kind, BETWEEN_BLOCKS)
        self._number, self._kind = number, statement.kind
        text += self._type(statement)
        self.begun = self.begun or bool(text)
        return text

    def finish(self) -> str:
        """The text that is left."""
        return self._close() if self._number is not None else ""

    def _type(self, statement: Statement) -> str:
        if statement.kind == "row":
            self._rows.append(statement)
            return ""
        self._last = render_item(statement) if statement.kind == "item" else statement.text
        return self._last

    def _table(self) -> str:
        if not self._rows:
            return ""
        self._last, self._rows = render_table(self._rows), []
        return self._last

    def _close(self) -> str:
        """The mark behind what a section says; behind a table or code it is a line of its own."""
        text = self._table()
        apart = self._last.endswith(("|", "```", "~~~"))
        return f"{text}{BETWEEN_BLOCKS if apart else ' '}[{self._number}]"


def typed(statements: Iterable[Statement]) -> list[str]:
    """The pieces of an answer."""
    typist = Typist()
    return [*map(typist.add, statements), typist.finish()]
