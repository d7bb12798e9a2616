"""`mlplaybook usage`: answers, tokens and money of the last days."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, get_args

import typer

from mlplaybook.ingest.errors import BadSetting, StorageFailed
from mlplaybook.prompts.figures import Figures, figures
from mlplaybook.server.console.screen import print_line, print_record, say
from mlplaybook.server.settings import read_settings
from mlplaybook.server.usage.book import USAGE_FILE, Book
from mlplaybook.server.usage.ledger import By, Total, read_rows, total, totals

Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How many days back, today included (UTC).")]
ByName = Annotated[str, typer.Option("--by", help=f"One line a {', '.join(get_args(By))}.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON record.")]
FIGURE_COLUMNS = ("answers", "statements", "removed", "abstained", "tokens", "USD", "p50 ms")
COLUMNS = ("answers", "cached", "abstained", "degraded", "removed", "sent", "kept", "received", "USD", "p50 ms")


def usage_command(days: Days = 30, by: ByName = "day", as_json: AsJson = False) -> None:
    """Sum up what was answered: how often, with how many tokens, and for how much money.

    Questions are not kept. `removed` counts statements without support, `sent` prompt tokens, `kept` those of them that the
    provider had in its cache. By prompt it is also said what one answer of each version was like.
    """
    chosen = next((known for known in get_args(By) if known == by), None)
    if chosen is None:
        raise BadSetting(f"--by {by} is not possible.", f"Use one of: {', '.join(get_args(By))}.")
    book = Book(read_settings().index_folder.parent / USAGE_FILE)
    try:
        rows = read_rows(book, days)
    except sqlite3.Error as error:
        remedy = f"Check its permissions, or delete {book.file} to begin anew."
        raise StorageFailed(f"{book.file} cannot be read: {error}.", remedy) from error
    finally:
        book.close()
    groups, everything = totals(rows, chosen), total("total", rows)
    if as_json:
        parts = [dataclasses.asdict(group) for group in groups]
        record = {"days": days, "by": by, "groups": parts, "total": dataclasses.asdict(everything)}
        return print_record({**record, **({"prompts": prompt_records(rows)} if by == "prompt" else {})})
    if not rows:
        return say(f"nothing was answered in the last {days} days, or nothing was recorded")
    for line in table(by, [*groups, everything]):
        print_line(line)
    if by == "prompt":
        for line in prompt_table(figures(rows)):
            print_line(line)
    if everything.unknown:
        say(f"the price of {everything.unknown} answers is not known; MLPLAYBOOK_PRICES can add models")


def table(by: str, lines: list[Total]) -> list[str]:
    """Lines of text with the sum as the last one; nothing is cut, however narrow the terminal."""
    return columns([[by, *COLUMNS], *(cells(line) for line in lines)])


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as lines, the first cell to the left, the others to the right."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]


def prompt_records(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the answers of each prompt version were like, by its stamp."""
    return {stamp: dataclasses.asdict(found) for stamp, found in figures(rows).items()}


def prompt_table(found: Mapping[str, Figures]) -> list[str]:
    """What one answer of each prompt version was like, below the sums; nothing where no model answered."""
    if not found:
        return []
    rows = [
        ["an answer by a model", *FIGURE_COLUMNS],
        *(
            [
                stamp, f"{one.answers:,}", f"{one.statements:.1f}", f"{one.removed:.1%}", f"{one.abstained:.1%}",
                f"{one.tokens:,.0f}", "?" if one.usd is None else f"{one.usd / one.answers:.4f}", f"{one.p50_ms:,.0f}",
            ]
            for stamp, one in found.items()
        ),
    ]  # fmt: skip
    return ["", *columns(rows)]


def cells(line: Total) -> list[str]:
    """One line of the table; an amount that leaves something out says so with a plus."""
    counts = (line.answers, line.cached, line.abstained, line.degraded, line.removed)
    tokens = (line.prompt_tokens, line.cached_tokens, line.completion_tokens)
    money = f"{line.usd:.4f}{'+?' if line.unknown else ''}"
    return [line.name, *(f"{count:,}" for count in (*counts, *tokens)), money, f"{line.ms:,.0f}"]
