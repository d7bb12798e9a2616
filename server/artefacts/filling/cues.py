"""How people say what a field asks for: `phrases/<template>.yaml`, and for fields without an entry their own names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from mlplaybook.ingest.quick_yaml import quick_yaml
from mlplaybook.server.artefacts.records import Field, Template

Patterns = tuple[re.Pattern[str], ...]
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\.?"
)
DAY_WORDS = rf"(?:\d{{1,2}}(?:st|nd|rd|th|\.)?(?: of)? {MONTH},? 20\d\d|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? 20\d\d)"
DATE = (
    rf"(?:20\d\d[-/]\d\d[-/]\d\d|\d{{1,2}}[/-]{MONTH}[/-]20\d\d|\d{{1,2}}[./]\d{{1,2}}[./]20\d\d|{DAY_WORDS}"
    rf"|{MONTH} 20\d\d|20\d\d-\d\d)"
)
NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
NUMBER_WORD = (
    rf"(?:{NUMBER}|(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|twenty|thirty|sixty"
    r"|ninety)\b)"
)
UNITS = r"(?:ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|d|days?|weeks?|months?|years?)\b"
CURRENCY = (
    r"(?:€|£|\$|usd|eur|gbp|chf|pln|czk|sek|nok|dkk|dollars?|euros?|pounds?|francs?|crowns?|kroner|kronor|zloty|yen|rupees|cents?"
    r"|pence)"
)
MACROS: Mapping[str, str] = {
    "{n}": NUMBER,
    "{num}": NUMBER_WORD,
    "{pct}": rf"(?:{NUMBER}\s?(?:%|per ?cent\b|percent\b))",
    "{month}": MONTH,
    "{date}": DATE,
    "{fast}": rf"(?:{NUMBER}\s?-?(?:ms|milliseconds?|s|secs?|seconds?)\b)",
    "{dur}": rf"(?:{NUMBER}\s?-?{UNITS})",
    "{numdur}": rf"(?:{NUMBER_WORD}\s?-?{UNITS})",
    "{money}": rf"(?:[$€£¥₹]\s?{NUMBER}|{NUMBER}\s?k?\s?(?:thousand |million |m )?{CURRENCY}(?!\w))",
    "{amount}": rf"(?:[$€£¥₹]\s?)?{NUMBER}(?:\s?{CURRENCY}(?!\w))?",
    "{ver}": r"(?:v?\d+(?:\.\d+)+)",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """The turns of phrase of one field.

    `keys` are lower-case names; `paths` match keys of settings and labels, below a key that matches one of `under`. `find`
    takes its group `value`. `values` are the patterns of an enum's options, `affirms` and `denies` those of a boolean,
    `phrases` patterns with the value they stand for. `only` must be in a sentence for these, `vetoes` must not. A value in
    words has to match one of `shape`, and is written as `same` says; out of a sentence that answers the field the word is taken
    that matches one of `word`. `kind` names the reader of a value that is put together.
    """

    keys: tuple[str, ...] = ()
    says: Patterns = ()
    hints: Patterns = ()
    vetoes: Patterns = ()
    needs: Patterns = ()
    only: Patterns = ()
    paths: Patterns = ()
    under: Patterns = ()
    find: Patterns = ()
    shape: Patterns = ()
    word: Patterns = ()
    affirms: Patterns = ()
    denies: Patterns = ()
    like: tuple[str, ...] = ()
    values: Mapping[str, Patterns] = field(default_factory=dict)
    phrases: tuple[tuple[re.Pattern[str], Any], ...] = ()
    kind: str = ""
    title: bool = False
    same: Mapping[str, str] = field(default_factory=dict)


PATTERNS = {"says", "hints", "needs", "only", "paths", "under", "find", "shape", "word", "affirms", "denies"}


@cache
def cues_of(template: str) -> Mapping[str, Cue]:
    """The cues of a template's fields by name; fields without an entry are not in it."""
    folder = resources.files("mlplaybook.server.artefacts.filling") / "phrases"
    path = folder / f"{template}.yaml"
    if not path.is_file():
        return {}
    values: Mapping[str, Mapping[str, Any]] = quick_yaml(path.read_text("utf-8"))
    return {name: create_cue(entry or {}) for name, entry in values.items()}


def create_cue(entry: Mapping[str, Any]) -> Cue:
    """An entry of a cue file with its patterns compiled."""
    compiled = {name: compile_all(patterns) for name, patterns in entry.items() if name in PATTERNS}
    return Cue(
        keys=tuple(str(key).lower() for key in entry.get("keys", ())),
        vetoes=compile_all(entry.get("not", ())),
        like=tuple(entry.get("like", ())),
        values={str(option): compile_all(patterns) for option, patterns in (entry.get("values") or {}).items()},
        phrases=tuple((compile_one(pattern), value) for pattern, value in (entry.get("phrases") or {}).items()),
        kind=entry.get("kind", ""),
        title=bool(entry.get("title")),
        same={str(words): str(value) for words, value in (entry.get("same") or {}).items()},
        **compiled,
    )


def compile_all(patterns: Sequence[str]) -> Patterns:
    """Patterns with their macros written out; a space stands for any space."""
    return tuple(compile_one(pattern) for pattern in patterns)


@cache
def compile_one(pattern: str) -> re.Pattern[str]:
    """One pattern.

    >>> bool(compile_one("fell to {pct}").search("it fell to 8.1 %"))
    True
    """
    for macro, words in MACROS.items():
        pattern = pattern.replace(macro, words)
    return re.compile(re.sub(r"(?<!\[)(?<!\\) (?![?*+{])", r"\\s+", pattern), re.IGNORECASE)


def cue_for(template: Template, wanted: Field) -> Cue:
    """What is known about a field: its entry, or its name's last words as a key of settings and labels."""
    return cues_of(template.id).get(wanted.name) or own_cue(wanted.name)


@cache
def own_cue(name: str) -> Cue:
    """A cue out of a field's dotted name: its last part, and for a short one the part before it too.

    >>> cue = own_cue("rag_pipeline.retrieval.top_k")
    >>> [bool(p.search("retrieval / top k")) for p in cue.paths]
    [True]
    """
    parts = [re.sub(r"[_-]+", " ", part) for part in name.lower().split(".")]
    last = re.escape(parts[-1])
    parent = re.escape(parts[-2]) if len(parts) > 2 else ""
    pattern = rf"\b{parent} / (?:.* / )?{last}$" if parent else rf"(?:^|/ ){last}$"
    return Cue(keys=(parts[-1],), paths=(re.compile(pattern, re.IGNORECASE),))
