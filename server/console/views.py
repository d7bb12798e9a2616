"""Answers, hits and pages in the form that people read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from mlplaybook.ingest.plain import plain
from mlplaybook.server.answers.records import Answer, Citation
from mlplaybook.server.answers.units import MARKER
from mlplaybook.server.retrieval.search import Hit

# Quoted words shown below a source; the record has all of them.
QUOTE_LENGTH = 170
QUOTES_SHOWN = 2
SNIPPET_LENGTH = 280
PATH = " › "


def show_answer(screen: Console, answer: Answer) -> None:
    """The answer, then its sources with the quoted words."""
    if answer.stamp.asked and answer.stamp.asked.searched:
        put(screen, Text(f"Understood as: {answer.stamp.asked.searched}", style="dim"))
        screen.print()
    if answer.status == "partial":
        put(screen, Text("The playbook covers this only in part.", style="yellow"))
        screen.print()
    write_markdown(screen, answer.text)
    if answer.statements:
        screen.print()
        put(screen, Text("Sources", style="bold"))
        for line in source_lines(answer):
            put(screen, line)
        if answer.inapplicable:
            pages = "; ".join(f"{page} ({why})" for page, why in answer.inapplicable.items())
            put(screen, Text(f"Not written for this project: {pages}", style="yellow"))
        if answer.mode == "llm":
            put(screen, Text(f"\n{written_by(answer)}", style="dim"))
    elif answer.suggestions:
        screen.print()
        put(screen, Text("Nearest sections", style="bold"))
        for section in answer.suggestions:
            put(screen, Text(f'  mlplaybook read "{section}"'))


def written_by(answer: Answer) -> str:
    """Who wrote an answer, what was taken out of it, and what it cost."""
    stamp = answer.stamp
    removed = f"; {answer.removed} statements without support removed" if answer.removed else ""
    cost = "price unknown" if stamp.cost_usd is None else f"{stamp.cost_usd:.4f} USD"
    kept = ", from the cache" if stamp.cached else ""
    return f"Written by {stamp.model} with {stamp.prompt}{removed}; {stamp.tokens} tokens, {cost}{kept}."


def source_lines(answer: Answer) -> Iterator[Text]:
    """For every number its page and heading, where to read on, and the first of the quoted words."""
    groups: dict[int, list[Citation]] = {}
    for statement in answer.statements:
        # A table row cites its header first; what it says stands in its own cells.
        groups.setdefault(statement.citations[-1].n, []).append(statement.citations[-1])
    for number, citations in groups.items():
        first = citations[0]
        yield Text.assemble((f"[{number}] ", "bold cyan"), PATH.join(first.heading_path))
        for citation in citations[:QUOTES_SHOWN]:
            yield Text(f"    {quoted(citation.quote)}", style="dim")
        more = len(citations) - QUOTES_SHOWN
        rest = f" (and {more} more)" if more > 0 else ""
        yield Text.assemble("    ", (f"{first.section}", "cyan"), (rest, "dim"))


def show_hits(screen: Console, hits: Sequence[Hit]) -> None:
    """Ranked sections, each with the beginning of what matched."""
    for place, hit in enumerate(hits, start=1):
        if place > 1:
            screen.print()
        put(screen, Text.assemble((f"{place}. ", "bold cyan"), (PATH.join(hit.path), "bold")))
        put(screen, Text.assemble("   ", (hit.section.id, "cyan"), (f"   score {hit.scores.total:.2f}", "dim")))
        put(screen, Text(f"   {shortened(hit.chunk.text, SNIPPET_LENGTH)}"))
        if hit.why_lower:
            put(screen, Text(f"   ranked lower: {hit.why_lower}", style="yellow"))


def write_markdown(screen: Console, text: str) -> None:
    """Rendered on a terminal, as it is into a pipe."""
    if screen.is_terminal:
        screen.print(Markdown(text))
    else:
        screen.file.write(text.rstrip("\n") + "\n")


def put(screen: Console, line: RenderableType) -> None:
    """One line; a terminal wraps it below its own indent, a pipe gets it as it is."""
    if screen.is_terminal and isinstance(line, Text):
        indent = len(line.plain) - len(line.plain.lstrip(" "))
        screen.print(Padding(line[indent:], (0, 0, 0, indent)))
    else:
        screen.print(line, soft_wrap=not screen.is_terminal)


def quoted(quote: str) -> str:
    """The first words of a quote, or how long a code block is, which no line can show."""
    if quote.startswith(("```", "~~~")):
        return f"code block of {quote.count(chr(10)) - 1} lines"
    return f"“{shortened(MARKER.sub('', quote), QUOTE_LENGTH)}”"


def shortened(text: str, length: int) -> str:
    """One line of plain words, cut at a space with an ellipsis."""
    words = " ".join(plain(text).split())
    if len(words) <= length:
        return words
    return words[:length].rsplit(" ", 1)[0].rstrip(",;:") + " …"
