"""Rules as data: what must hold of a document's values, asked with three answers: yes, no, cannot be said."""

from __future__ import annotations

import functools
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.server.artefacts.checking.dates import DATE, has_date
from mlplaybook.server.artefacts.checking.hits import Hit
from mlplaybook.server.artefacts.checking.placeholders import squeezed
from mlplaybook.server.artefacts.checking.registry import FUNCTIONS
from mlplaybook.server.artefacts.checking.source import shorten
from mlplaybook.server.artefacts.checking.values import Values, words
from mlplaybook.server.artefacts.records import Finding, Severity

HOME = "mlplaybook.server.artefacts.checking"
FILES = ("rules_planning.yaml", "rules_cards.yaml", "rules_serving.yaml", "rules_operations.yaml")
# Digits, or words that are as good as digits in a limit.
NUMBER = re.compile(
    r"\d|\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen|half|halve[sd]?|twice|"
    r"double|triple|quarter of|"
    r"third of|(?:a|any) single|no (?:better|worse|higher|lower|more|less)|(?:a|an|every|each|per) (?:second|minute|hour|day|"
    r"week|month))\b",
    re.IGNORECASE,
)
# A date is no figure.
DATED = re.compile(
    r"\b(?:in|since|from|of|until|till|by|to|before|after|during|early|late|mid)[ -](?:19|20)\d\d\b(?![.,]?\d)",
    re.IGNORECASE,
)
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "below": operator.lt, "above": operator.gt, "at-least": operator.ge, "at-most": operator.le,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: where `when` holds, `then` must hold too; a `function` finds what neither can say.

    `at` is the field that a finding names; `fails` and `passes` are values by field that show the rule.
    """

    id: str
    templates: tuple[str, ...]
    severity: Severity
    problem: str
    remedy: str
    section: str
    at: tuple[str, ...] = ()
    when: tuple[Mapping[str, Any], ...] = ()
    then: tuple[Mapping[str, Any], ...] = ()
    function: str = ""
    fails: Mapping[str, Any] | None = None
    passes: Mapping[str, Any] | None = None


@functools.cache
def read_file(name: str) -> Mapping[str, Any]:
    """The parsed file of rules; the installed rules do not change while a program runs."""
    text = resources.files(HOME).joinpath(name).read_text("utf-8")
    values: Mapping[str, Any] = quick_yaml(text)
    return values


@functools.cache
def load_rules() -> tuple[Rule, ...]:
    """Every rule, in the order of the files."""
    return tuple(create_rule(values) for file in FILES for values in read_file(file)["rules"])


@functools.cache
def load_patterns() -> Mapping[str, str]:
    """Patterns that several rules share, by name."""
    return {name: pattern for file in FILES for name, pattern in (read_file(file).get("patterns") or {}).items()}


def create_rule(values: dict[str, Any]) -> Rule:
    """One rule of a file as a record."""
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    at = given.pop("at", ())
    return Rule(**given, at=(at,) if isinstance(at, str) else at)


def apply_rule(rule: Rule, values: Values) -> Iterator[Finding]:
    """The findings of one rule."""
    if rule.function:
        for hit in FUNCTIONS[rule.function](values):
            yield create_finding(rule, hit)
        return
    for name in rule.at:
        answers = [holds(condition, name, values) for condition in rule.when]
        if all(answer is True for answer in answers):
            then = [holds(condition, name, values) for condition in rule.then]
            if any(answer is False for answer in then) or not rule.then:
                place = values.place(name)
                yield create_finding(rule, Hit(name, place.words, place.line))


def create_finding(rule: Rule, hit: Hit) -> Finding:
    """A hit in the words of its rule."""
    problem = rule.problem.replace("{detail}", hit.detail)
    return Finding(
        rule.severity, hit.field, shorten(hit.words), problem, rule.remedy, rule.section, rule.id, hit.line
    )  # fmt: skip


def holds(condition: Mapping[str, Any], at: str, values: Values) -> bool | None:
    """Whether a condition holds of a document; None where the value that it asks for is missing or of another kind."""
    name = str(condition.get("field", at))
    for key, wanted in condition.items():
        if key != "field":
            answer = ask(key, wanted, name, values)
            if answer is not True:
                return answer
    return True


def ask(key: str, wanted: Any, name: str, values: Values) -> bool | None:  # noqa: ANN401 (a rule's operand)
    """One operator of a condition; see rules.schema.json for what each means."""
    if key == "given":
        return values.given(name) is bool(wanted)
    if not values.given(name):
        return None
    if key in COMPARED:
        one = values.number(name)
        other = values.number(wanted) if isinstance(wanted, str) else float(wanted)
        return None if one is None or other is None else COMPARED[key](one, other)
    if key == "is-true":
        truth = values.truth(name)
        return None if truth is None else truth is bool(wanted)
    if key in {"entries-at-least", "entries-at-most"}:
        return count_entries(values.value(name), key, int(wanted))
    if key in {"each", "some"}:
        return ask_items(key, wanted, values.items(name))
    return ask_text(key, wanted, values.text(name) or "")


def ask_text(key: str, wanted: Any, text: str) -> bool | None:  # noqa: ANN401
    """An operator on a text."""
    if key in {"says", "omits"}:
        return bool(compiled(wanted).search(text)) is (key == "says")
    if key == "has-number":
        return bool(NUMBER.search(DATED.sub(" ", DATE.sub(" ", text)))) is bool(wanted)
    if key == "has-date":
        return has_date(text) is bool(wanted)
    if key == "shorter-than":
        return len(text.strip()) < int(wanted)
    choices = {squeezed(choice) for choice in (wanted if isinstance(wanted, list) else [wanted])}
    if key in {"is", "is-not"}:
        return (squeezed(text) in choices) is (key == "is")
    msg = f"there is no operator '{key}'"
    raise ValueError(msg)


def ask_items(key: str, wanted: Mapping[str, Any], items: Sequence[Any]) -> bool | None:
    """Whether each or some entry of a list fulfils an operator on its text."""
    if not items:
        return None
    answers = [all(ask_text(op, want, "\n".join(words(item))) for op, want in wanted.items()) for item in items]
    return all(answers) if key == "each" else any(answers)


def count_entries(value: Any, key: str, wanted: int) -> bool | None:  # noqa: ANN401
    """Whether a list or mapping has enough entries, or not too many."""
    if not isinstance(value, list | dict):
        return None
    return len(value) >= wanted if key == "entries-at-least" else len(value) <= wanted


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, or the shared one whose name stands behind an at sign; {name} within a pattern is a shared one too."""
    shared = load_patterns()
    text = shared[pattern[1:]] if re.match(r"@[a-z]", pattern) else pattern
    for name in re.findall(r"@\{(\w[\w-]*)\}", text):
        text = text.replace(f"@{{{name}}}", f"(?:{shared[name]})")
    return re.compile(text, re.IGNORECASE)
