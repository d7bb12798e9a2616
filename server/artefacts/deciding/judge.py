"""A decision table asked with what is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from mlplaybook.server.artefacts.deciding.changes import find_changes
from mlplaybook.server.artefacts.deciding.diagram import NO_ROW, Value, find_outcome, matches
from mlplaybook.server.artefacts.deciding.read_given import read_given, with_unit
from mlplaybook.server.artefacts.deciding.records import Answer, Ask, Condition, Given, Near, Possible, Verdict
from mlplaybook.server.artefacts.nearest import words_of
from mlplaybook.server.artefacts.records import Decision, Input, Row

# Rows that fail are shown by the fewest conditions that fail.
NEAREST = 3
NOTHING_APPLIES = "No row applies"
Rest = Literal["", "no", "none"]
TAKEN: Mapping[Rest, Given] = {"no": Given(False, "no"), "none": Given(None, "does not apply")}


def judge(decision: Decision, given: Mapping[str, Any], rest: Rest = "") -> Verdict:
    """What the table answers, and why.

    :param given: input to value, as text ("80ms") or typed; None or "-" is an input that does not apply.
    :param rest: what is taken, and noted, of inputs not given: "no" takes each yes/no input as no, "none" takes no input
        that is not given to apply, "" asks for those that can still change the result.
    :raises BadName: an input that the table does not have.
    :raises BadDocument: a value that its input does not take.
    """
    read = read_given(decision, given)
    taken = {e.name: TAKEN[rest] for e in decision.inputs if rest and e.name not in read and takes(e, rest)}
    read |= taken
    known = {name: value.value for name, value in read.items()}
    outcome = find_outcome(decision, known)
    answers = tuple(answer_of(decision, row, read) for row in outcome.certain)
    return Verdict(
        decision.id, decision.title, decision.page, decision.hit, len(decision.rows),
        "open" if outcome.asks else ("decided" if answers else "none"), answers,
        tuple(possible_of(decision, row, read) for row in outcome.possible),
        tuple(ask_of(entry) for entry in decision.inputs if entry.name in outcome.asks),
        find_changes(decision, known, outcome),
        () if answers or outcome.asks else nearest_rows(decision, read),
        {entry.name: read[entry.name] for entry in decision.inputs if entry.name in read},
        tuple(e.name for e in decision.inputs if e.name not in read and e.name not in outcome.asks),
        (*notes_of(given, read, decision), *([f"taken as {rest}: {', '.join(taken)}"] if taken else [])),
    )  # fmt: skip


def takes(entry: Input, rest: Rest) -> bool:
    """Whether an input that was not given takes the value of `rest`."""
    return rest == "none" or entry.type == "boolean"


def answer_of(decision: Decision, index: int, read: Mapping[str, Given]) -> Answer:
    """A row that fires, with the values that made it fire."""
    row = decision.rows[index]
    return Answer(index + 1, row.result, row.reason, row.section, conditions_of(decision, row, read), row.details)


def possible_of(decision: Decision, index: int, read: Mapping[str, Given]) -> Possible:
    """A row that can still fire."""
    if index == NO_ROW:
        return Possible(0, NOTHING_APPLIES)
    row = decision.rows[index]
    return Possible(index + 1, row.result, tuple(c for c in conditions_of(decision, row, read) if c.input not in read))


def conditions_of(decision: Decision, row: Row, read: Mapping[str, Given]) -> tuple[Condition, ...]:
    """A row's conditions in words, beside what was given."""
    inputs = {entry.name: entry for entry in decision.inputs}
    return tuple(
        Condition(name, in_words(inputs[name], condition), read[name].words if name in read else "")
        for name, condition in row.when.items()
    )


def in_words(entry: Input, condition: str) -> str:
    """A condition as people read it: '< 100 ms', 'yes', 'a or b', 'not a'."""
    words = condition.strip()
    if words in {"true", "false"}:
        return "yes" if words == "true" else "no"
    if words.startswith(("= ", "in ")):
        return " or ".join(choice.strip() for choice in words.partition(" ")[2].split(","))
    return words if words.startswith("not ") else with_unit(words, entry)


def ask_of(entry: Input) -> Ask:
    """An input as a question."""
    values = {"boolean": "yes|no", "number": "NUMBER", "enum": "|".join(entry.allowed)}[entry.type]
    return Ask(entry.name, entry.question, entry.meaning, entry.type, values, entry.unit, entry.allowed)


def nearest_rows(decision: Decision, read: Mapping[str, Given]) -> tuple[Near, ...]:
    """The rows with the fewest conditions that fail."""
    rows: list[Near] = []
    for index, row in enumerate(decision.rows):
        failing = tuple(
            c
            for c, (name, condition) in zip(conditions_of(decision, row, read), row.when.items(), strict=True)
            if not fires(condition, read.get(name))
        )
        rows.append(Near(index + 1, row.result, failing))
    return tuple(sorted(rows, key=lambda near: (len(near.failing), near.row))[:NEAREST])


def fires(condition: str, given: Given | None) -> bool:
    """Whether a condition holds of what was given."""
    value: Value = given.value if given else None
    return matches(condition, value)


def notes_of(given: Mapping[str, Any], read: Mapping[str, Given], decision: Decision) -> tuple[str, ...]:
    """What was read into the inputs: short names, corrected spellings, numbers that may be meant otherwise."""
    full = {entry.name for entry in decision.inputs}
    typed = {name.strip() for name in given}
    short = [f"{name} was taken for {guess}" for name, guess in shortened(typed - full, read)]
    return (*short, *(value.note for value in read.values() if value.note))


def shortened(typed: set[str], read: Mapping[str, Given]) -> list[tuple[str, str]]:
    """Short names beside the inputs that they were taken for."""
    return [(t, n) for t in sorted(typed) for n in read if set(words_of(t)) < set(words_of(n))]
