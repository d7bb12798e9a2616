"""A verdict in the form that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from mlplaybook.server.artefacts.deciding.records import Answer, Ask, Change, Condition, Near, Verdict
from mlplaybook.server.console.views import put


def show_verdict(screen: Console, verdict: Verdict) -> None:
    """The answers with their rows, what is still asked, and what would change the result."""
    put(screen, Text(verdict.title, style="bold"))
    for note in verdict.notes:
        put(screen, Text(f"  {note}", style="yellow"))
    for line in (*answer_part(verdict), *open_part(verdict), *nearest_part(verdict), *change_part(verdict)):
        put(screen, line)


def answer_part(verdict: Verdict) -> Iterator[Text]:
    """Each row that fired."""
    for answer in verdict.answers:
        yield Text()
        yield Text.assemble(("→ ", "bold green"), (answer.result, "bold green"))
        yield from answer_lines(answer, verdict.rows)


def answer_lines(answer: Answer, rows: int) -> Iterator[Text]:
    """Why, which row, its details and where to read on."""
    yield Text(f"  {answer.reason}")
    fired = "; ".join(condition_words(c) for c in answer.conditions) or "whatever the inputs are"
    yield Text.assemble((f"  Row {answer.row} of {rows}: ", "dim"), fired)
    for key, value in answer.details.items():
        yield Text.assemble((f"  {key.replace('_', ' ')}: ", "dim"), plain_value(value))
    yield Text.assemble("  ", (answer.section, "cyan"))


def condition_words(condition: Condition) -> str:
    """A condition with the value that met it: 'latency_limit < 100 ms (80 ms)'."""
    told = f" ({condition.given})" if condition.given not in {"", condition.condition} else ""
    equals = "" if condition.condition.startswith(("<", ">", "not ")) else "= "
    return f"{condition.input} {equals}{condition.condition}{told}"


def plain_value(value: Any) -> str:  # noqa: ANN401 (details hold anything that YAML can)
    """A detail on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{str(key).replace('_', ' ')} {plain_value(inner)}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(plain_value(inner) for inner in value)
    return str(value)


def open_part(verdict: Verdict) -> Iterator[Text]:
    """What is possible still, and which inputs decide."""
    if verdict.status != "open":
        return
    more = "More can follow" if verdict.answers else "Not decided yet"
    yield Text()
    yield Text(f"{more}; {len(verdict.possible)} results are possible:", style="yellow")
    for possible in verdict.possible:
        needs = "; ".join(condition_words(condition) for condition in possible.needs)
        yield Text.assemble(f"  {possible.result}", (f"  if {needs}" if needs else "  otherwise", "dim"))
    yield Text()
    yield Text("Still needed", style="bold")
    for ask in verdict.asks:
        yield from ask_lines(ask)


def ask_lines(ask: Ask) -> Iterator[Text]:
    """An input as one asks for it: how to write it, the question, what it means."""
    unit = f" {ask.unit}" if ask.unit else ""
    yield Text.assemble("  ", (f"{ask.input}=", "cyan"), (ask.values, "cyan"), (unit, "dim"))
    yield Text(f"    {ask.question}")
    yield Text(f"    {ask.meaning}", style="dim")


def nearest_part(verdict: Verdict) -> Iterator[Text]:
    """Where no row applies, those that fail by the least."""
    if verdict.status != "none":
        return
    yield Text()
    yield Text("No row of the table applies to these inputs. Nearest are:", style="yellow")
    for near in verdict.nearest:
        yield Text(f"  {near.result}")
        yield Text(f"    would need {failing_words(near)}", style="dim")


def failing_words(near: Near) -> str:
    """The conditions that a row misses."""
    return "; ".join(condition_words(condition) for condition in near.failing)


def change_part(verdict: Verdict) -> Iterator[Text]:
    """Per input, which other values lead elsewhere; an input that changes nothing is not named."""
    if not verdict.changes:
        return
    yield Text()
    yield Text("What would change it", style="bold")
    for change in verdict.changes:
        now = verdict.given[change.input].words
        yield Text.assemble("  ", (change.input, "cyan"), f" {now} → {change.to}: {change_words(change, verdict)}")


def change_words(change: Change, verdict: Verdict) -> str:
    """What another value adds, drops or leaves open; where one row decides, the old answer need not be named."""
    parts = [f"“{result}”" for result in change.adds]
    dropped = [str(answer.row) for answer in verdict.answers if answer.result in change.drops]
    if verdict.hit == "all" and dropped:
        parts.append(f"no longer row {', '.join(dropped)}")
    if change.asks:
        parts.append(f"then asks {', '.join(change.asks)}")
    return "; ".join(parts) or "no row applies"
