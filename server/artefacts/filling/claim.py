"""One claim of a model to one field: found, read by the field's type, and kept only as far as its quotes have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.answers.verify import normalise
from mlplaybook.server.artefacts.filling.choices_said import read_boolean, read_choice
from mlplaybook.server.artefacts.filling.numbers_said import (
    NotSaid,
    quantities_in,
    read_day,
    read_number,
    read_time,
    shortened,
)
from mlplaybook.server.artefacts.filling.quotes import Shelf
from mlplaybook.server.artefacts.filling.reply import FieldClaim
from mlplaybook.server.artefacts.filling.topics import Topics
from mlplaybook.server.artefacts.filling.values import says_nothing, with_digits
from mlplaybook.server.artefacts.filling.words_said import (
    NEAR,
    VERBATIM,
    WORD,
    Said,
    is_there,
    read_text,
    words_in,
)
from mlplaybook.server.artefacts.quantities import find_quantities
from mlplaybook.server.artefacts.records import Evidence, Field, Filled

NUMBERS = frozenset({"number", "integer", "percentage", "money"})
ENTRY = re.compile(r"\s*[\"']?(?P<key>[^:=\"']{1,80}?)[\"']?\s*[:=]\s*(?P<value>\S.*?)\s*$", re.DOTALL)
# How a model writes what has names and values.
ENTRIES = "each value is one entry, NAME: VALUE, both as the passage has them"
RECORD = "records: each value is one record, NAME: VALUE; NAME: VALUE"


@dataclass(frozen=True, slots=True)
class Judge:
    """What claims are judged with; `secret` are texts that no value may repeat."""

    shelf: Shelf
    topics: Topics
    encoder: Encoder | None = None
    secret: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is left of a claim: a value, or none; `problem` says what was dropped and why, `said` is what was claimed."""

    value: Any = None
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 0.0
    problem: str = ""
    dropped: tuple[str, ...] = ()
    said: str = ""

    @property
    def holds(self) -> bool:
        """Whether there is a value at all, be it a guess."""
        return self.value is not None


def judge(judge: Judge, wanted: Field, claim: FieldClaim) -> Kept:
    """The claim as far as its quotes have it."""
    said = "; ".join(claim.values)
    found = tuple(dict.fromkeys(filter(None, map(judge.shelf.find, claim.citations))))
    if not found:
        return refused(said, "its quote stands in no input" if claim.citations else "it came without a quote")
    facts = tuple(evidence for evidence in found if not judge.shelf.is_order(evidence))
    if not facts:
        return refused(said, "its quote is part of an order to a program")
    try:
        kept, problems = read_values(judge, wanted, claim.values, facts)
    except NotSaid as error:
        return refused(said, str(error))
    return Kept(kept.value, facts, kept.confidence, "; ".join(problems), tuple(problems))


def refused(said: str, why: str) -> Kept:
    """A claim of which nothing is left."""
    problem = f"a model's value '{shortened(said)}' was dropped: {why}"
    return Kept(problem=problem, dropped=(problem,))


def read_values(
    judge: Judge, wanted: Field, values: Sequence[str], evidence: Sequence[Evidence]
) -> tuple[Said, list[str]]:
    """The values by the field's type, and what was dropped of them; raises NotSaid when none is left."""
    if wanted.type == "mapping":
        return read_mapping(judge, values, evidence)
    if wanted.type == "list":
        member = replace(wanted, type=wanted.items or "text", items=None)
        return read_members(judge, member, values, evidence)
    if len(values) > 1 and wanted.type != "text":
        raise NotSaid("it has several values")
    quotes = [one.quote for one in evidence]
    if wanted.type == "text" and not says_nothing(" ".join(values)):
        return read_text(wanted, " ".join(values), quotes, judge.secret, quoting=True), []
    said = read_value(judge, wanted, " ".join(values), quotes)
    return of_this_field(judge, wanted, said, quotes), []


def of_this_field(judge: Judge, wanted: Field, said: Said, quotes: Sequence[str]) -> Said:
    """The value unless its quotes speak of another field; yes or no is a guess where they do not speak of this one.

    :raises NotSaid: they speak of another field of the type.
    """
    rival = judge.topics.rival(wanted.name, quotes)
    if rival:
        raise NotSaid(f"its quote speaks of {rival}")
    if wanted.type == "boolean" and not judge.topics.strength(wanted.name, quotes):
        return replace(said, confidence=NEAR / 2)
    return said


def read_members(
    judge: Judge, member: Field, values: Sequence[str], evidence: Sequence[Evidence]
) -> tuple[Said, list[str]]:
    """The members of a list that hold; several numbers in one value are members of their own."""
    kept: list[Said] = []
    problems: list[str] = []
    for text in flattened(member, values):
        try:
            if member.type == "mapping":
                entries, lost = read_mapping(judge, re.split(r";\s+|\n", text.strip("{} ")), evidence)
                problems += lost
                kept.append(entries)
            else:
                kept.append(read_value(judge, member, text, [one.quote for one in evidence]))
        except NotSaid as error:
            problems.append(refused(text, str(error)).problem)
    unique = [one for number, one in enumerate(kept) if one.value not in [other.value for other in kept[:number]]]
    if not unique:
        raise NotSaid(problems[0].partition(" was dropped: ")[2] if problems else "it is empty")
    repeated = kept if member.type in NUMBERS else unique
    return Said([one.value for one in repeated], min(one.confidence for one in kept)), problems


def flattened(member: Field, values: Sequence[str]) -> Iterator[str]:
    """The members one by one."""
    for text in values:
        if member.type in NUMBERS:
            digits = with_digits(text)
            yield from (digits[one.char_start : one.char_end] for one in find_quantities(digits))
        else:
            yield text


def read_mapping(judge: Judge, values: Sequence[str], evidence: Sequence[Evidence]) -> tuple[Said, list[str]]:
    """Entries `NAME: VALUE` of which a single quote has the value, and the quote or its passage the name."""
    entries: dict[str, Any] = {}
    problems: list[str] = []
    for text in values:
        match = ENTRY.match(text)
        if match is None:
            problems.append(refused(text, "it is no NAME: VALUE").problem)
            continue
        try:
            entries[match["key"].strip()] = read_entry(judge, match["key"], match["value"], evidence)
        except NotSaid as error:
            problems.append(refused(text, str(error)).problem)
    if not entries:
        raise NotSaid(problems[0].partition(" was dropped: ")[2] if problems else "it is empty")
    return Said(entries, VERBATIM), problems


def read_entry(judge: Judge, key: str, text: str, evidence: Sequence[Evidence]) -> Any:  # noqa: ANN401 (a number or words)
    """The value of an entry, from one quote that has it with its name; raises NotSaid."""
    wanted = Field(key, "text", False, "", key, "", "", "")
    names = [word for word in re.split(r"[\W_]+", normalise(key).lower()) if word]
    why = NotSaid(f"'{shortened(key)}' stands in no quote")
    for one in evidence:
        parts = words_in([one.quote.replace("_", " ")])
        there = [name for name in names if is_there(name, parts)]
        around = words_in([judge.shelf.context(one).replace("_", " ")])
        if not there or not all(is_there(name, around) for name in names):
            continue
        try:
            return (
                number_of(text, one.quote)
                if is_number(text)
                else read_text(wanted, text, [one.quote], judge.secret).value
            )
        except NotSaid as error:
            why = error
    raise why


def is_number(text: str) -> bool:
    """Whether a value is a number, perhaps with a unit."""
    found = find_quantities(text)
    return len(found) == 1 and len(WORD.findall(text)) <= len(re.findall(r"\d+", text)) + 1


def number_of(text: str, quote: str) -> float | int | str:
    """The number as the quote has it, with its unit where it has one; raises NotSaid."""
    (wanted,) = find_quantities(text)
    if not any(one.amount == wanted.amount and wanted.unit in {"", one.unit} for one in quantities_in(quote)):
        raise NotSaid(f"its number {shortened(text)} stands in no quote")
    if wanted.unit and wanted.dimension != "share":
        return text
    return int(wanted.amount) if wanted.amount == int(wanted.amount) and "." not in text else wanted.amount


def read_value(judge: Judge, wanted: Field, text: str, quotes: Sequence[str]) -> Said:
    """One value by its type; raises NotSaid."""
    if says_nothing(text) and wanted.type != "enum":
        raise NotSaid("it says nothing")
    if wanted.type == "enum":
        return read_choice(wanted, text, quotes, judge.encoder)
    if wanted.type == "boolean":
        return read_boolean(text, quotes)
    if wanted.type in NUMBERS:
        return Said(read_number(wanted, text, quotes), VERBATIM)
    if wanted.type == "duration":
        return Said(read_time(text, quotes), VERBATIM)
    if wanted.type == "date":
        return Said(read_day(text, quotes), VERBATIM)
    return read_text(wanted, text, quotes, judge.secret)


def filled_from(kept: Kept, wanted: Field) -> Filled:
    """What a kept claim makes of its field: filled, or assumed where it is only a guess."""
    sure = kept.confidence >= NEAR
    return Filled(
        value=kept.value,
        status="filled" if sure else "assumed",
        evidence=kept.evidence,
        confidence=round(kept.confidence, 3),
        guidance=wanted.section,
        question=wanted.question,
        problem=kept.problem or ("" if sure else "no quote has this choice in words; a model took it to be meant"),
    )


def asked_as(wanted: Field) -> Mapping[str, object]:
    """A field as the prompt shows it."""
    members = RECORD if wanted.items == "mapping" else wanted.items or "text"
    kinds = {"mapping": f"mapping: {ENTRIES}", "list": f"list of {members}"}
    many = wanted.type in {"list", "mapping"}
    choices = [str(choice) for choice in wanted.allowed] if wanted.type == "enum" or many else []
    return {
        "name": wanted.name, "type": kinds.get(wanted.type, wanted.type), "unit": wanted.unit, "choices": choices,
        "many": many, "meaning": wanted.meaning, "question": wanted.question,
    }  # fmt: skip
