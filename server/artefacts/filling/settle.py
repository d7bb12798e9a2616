"""What becomes of a field when a model and the extraction have both looked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlplaybook.server.answers.locate import fold
from mlplaybook.server.artefacts.filling.claim import Kept, filled_from
from mlplaybook.server.artefacts.filling.numbers_said import shortened
from mlplaybook.server.artefacts.filling.words_said import VERBATIM
from mlplaybook.server.artefacts.records import Field, Filled

# What was only extracted, and left out by a model that read the same words, stands from this confidence on.
CONFIDENT = 0.7


def settle(wanted: Field, kept: Sequence[Kept], extracted: Filled) -> Filled:
    """One field: the model's value where it holds, the extracted one where the model was silent, neither where they differ.

    :param kept: what was left of each claim of the model to the field, none when it was silent.
    """
    there = extracted.status == "filled"
    holding = [one for one in kept if one.holds]
    if not kept:
        return silent(wanted, extracted) if there else extracted
    if not holding:
        return refused_by_all(wanted, kept, extracted)
    first = holding[0]
    if any(not agree(wanted, first.value, other.value) for other in holding[1:]):
        return missing(wanted, "; ".join(quoted(one.value) for one in holding) + " contradict each other")
    said = joined(wanted, holding)
    if not there:
        return replace(filled_from(said, wanted), by="llm")
    if agree(wanted, said.value, extracted.value):
        sure = replace(said, confidence=max(said.confidence, extracted.confidence, VERBATIM))
        return replace(filled_from(with_entries(said=sure, extracted=extracted), wanted), by="llm")
    if filled_from(said, wanted).status == "assumed":
        problem = f"a model took it to be {quoted(said.value)}, without the words for it"
        return replace(extracted, by="extractive", problem=problem)
    return missing(wanted, f"a model found {quoted(said.value)}, extracted was {quoted(extracted.value)}")


def silent(wanted: Field, extracted: Filled) -> Filled:
    """An extracted value that a model did not find."""
    if extracted.confidence >= CONFIDENT:
        return replace(extracted, by="extractive")
    return missing(wanted, f"extracted was {quoted(extracted.value)}, which a model did not find")


def refused_by_all(wanted: Field, kept: Sequence[Kept], extracted: Filled) -> Filled:
    """A field of which every claim was dropped: open, unless the extraction is sure of other words, or found the same."""
    problem = "; ".join(dict.fromkeys(one.problem for one in kept))
    if extracted.status in {"invalid", "assumed"}:
        return replace(extracted, problem=extracted.problem or problem)
    if extracted.status == "filled":
        same_value = any(same(one.said, extracted.value) for one in kept)
        words = wanted.type in {"text", "list"} and extracted.confidence >= CONFIDENT
        if same_value or words:
            return replace(extracted, by="extractive", problem="" if same_value else problem)
        return missing(wanted, f"{problem}; extracted was {quoted(extracted.value)}")
    return missing(wanted, problem)


def missing(wanted: Field, problem: str) -> Filled:
    """An open field with its question and why it is open."""
    return Filled(None, "missing", guidance=wanted.section, question=wanted.question, problem=problem)


def quoted(value: Any) -> str:  # noqa: ANN401 (a field holds anything)
    """A value within a sentence."""
    return f"'{shortened(str(value))}'"


def joined(wanted: Field, holding: Sequence[Kept]) -> Kept:
    """Claims that agree as one: lists and mappings together, the evidence of all."""
    first = holding[0]
    if len(holding) == 1:
        return first
    value = first.value
    if wanted.type == "list":
        value = list(first.value)
        value += [item for one in holding[1:] for item in one.value if item not in value]
    elif wanted.type == "mapping":
        value = {key: entry for one in reversed(holding) for key, entry in one.value.items()}
    # Of a text the first is shown: what follows on a later page may be about something else.
    several = wanted.type in {"list", "mapping"}
    evidence = tuple(dict.fromkeys(e for one in (holding if several else holding[:1]) for e in one.evidence))
    problem = "; ".join(dict.fromkeys(one.problem for one in holding if one.problem))
    return replace(
        first, value=value, evidence=evidence, confidence=max(one.confidence for one in holding), problem=problem
    )


def with_entries(said: Kept, extracted: Filled) -> Kept:
    """The entries of a mapping that only the extraction has, added."""
    if not isinstance(said.value, dict) or not isinstance(extracted.value, Mapping):
        return said
    known = {name_of(key) for key in said.value}
    more = {key: entry for key, entry in extracted.value.items() if name_of(key) not in known}
    evidence = tuple(dict.fromkeys((*said.evidence, *(extracted.evidence if more else ()))))
    return replace(said, value={**said.value, **more}, evidence=evidence)


def agree(wanted: Field, one: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two values of a field can stand beside each other.

    Two texts can always, as two sentences may both answer; numbers, dates, choices and the like have to be equal, and
    mappings where they have a name in common.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        values = {name_of(key): entry for key, entry in other.items()}
        return all(same(entry, values[name_of(key)]) for key, entry in one.items() if name_of(key) in values)
    if wanted.type in {"text", "list"} and type(one) is type(other):
        return True
    return same(one, other)


def same(one: Any, other: Any) -> bool:  # noqa: ANN401
    """Whether two single values are equal, whatever their typography."""
    if isinstance(one, bool) or isinstance(other, bool):
        return str(one).lower() == str(other).lower()
    return fold(str(one)).text.casefold().strip(" .") == fold(str(other)).text.casefold().strip(" .") or bool(
        one == other
    )


def name_of(key: str) -> str:
    """A mapping's key as it is compared."""
    return "".join(character for character in str(key).casefold() if character.isalnum())
