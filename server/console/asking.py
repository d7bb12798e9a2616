"""The dialogue of `fill --interactive`: one question at a time, for what is required and missing."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from mlplaybook.server.artefacts.documents.given import ASKED, Given, read_words
from mlplaybook.server.artefacts.documents.tree import words_of
from mlplaybook.server.artefacts.records import Field, Fill, Template
from mlplaybook.server.console.person import ReadLine
from mlplaybook.server.console.screen import create_screen
from mlplaybook.server.console.views import put

Try = Callable[[Given], Fill]
HOW = "Enter alone leaves a question open; Ctrl-D ends the questions."


def ask_missing(template: Template, fill: Fill, attempt: Try, read_line: ReadLine) -> Given:
    """Answers by field; one that is not of the field's type is asked for again.

    `attempt` fills the template with one answer alone, which says whether it can be used.
    """
    screen = create_screen(errors=True)
    fields = [f for f in template.fields if f.required and fill.fields[f.name].status in {"missing", "invalid"}]
    given: Given = {}
    if fields:
        put(screen, Text(f"{len(fields)} required fields are open. {HOW}", style="dim"))
    for number, field in enumerate(fields, start=1):
        screen.print()
        put(screen, Text.assemble((f"{number} of {len(fields)}  ", "dim"), (field.name, "bold")))
        put(screen, Text(field.question))
        put(screen, Text(f"For example: {words_of(field.good)}", style="dim"))
        put(screen, Text(f"mlplaybook read {field.section}", style="cyan"))
        try:
            answer = ask(field, attempt, read_line, lambda line: put(screen, Text(line, style="yellow")))
        except EOFError:
            break
        if answer is not None:
            given[field.name] = (answer, ASKED)
    return given


def ask(field: Field, attempt: Try, read_line: ReadLine, tell: Callable[[str], None]) -> object:
    """One answer that fits, None for none; raises EOFError at the end of the input."""
    while True:
        answer = read_list(field, read_line) if field.type == "list" else read_one(field, read_line)
        if answer is None:
            return None
        tried = attempt({field.name: (answer, ASKED)}).fields[field.name]
        if tried.status == "filled":
            return answer
        tell(tried.problem or "That cannot be used.")


def read_one(field: Field, read_line: ReadLine) -> object:
    """One line."""
    line = typed(f"{' | '.join(map(str, field.allowed))} > " if field.type == "enum" else "> ", read_line)
    return read_words(field, line) if line else None


def read_list(field: Field, read_line: ReadLine) -> object:
    """Lines until an empty one, a member of the list each."""
    members: list[object] = []
    while line := typed("- ", read_line):
        parsed = read_words(field, line)
        members += parsed if isinstance(parsed, list) else [parsed]
    return members or None


def typed(prompt: str, read_line: ReadLine) -> str:
    """A line that a person typed; raises EOFError at the end."""
    line = read_line(prompt)
    if line is None:
        raise EOFError
    return line
