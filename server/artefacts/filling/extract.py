"""Values of one field out of settings, labelled lines and turns of phrase: what can be read exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mlplaybook.server.artefacts.filling.cues import Cue, Patterns
from mlplaybook.server.artefacts.filling.doubt import clause_at, doubts_about, doubts_of
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.read_inputs import Material
from mlplaybook.server.artefacts.filling.records import Found, Leaf, Piece, evidence_of
from mlplaybook.server.artefacts.filling.values import Parsed, parse_value, plain, says_nothing
from mlplaybook.server.artefacts.records import Evidence, Field

# A key that names the field is surer than a labelled line, and that than a turn of phrase. On the development cases nearly all
# of them were right; other people's words will differ, so the confidence stays below.
KEY, LABEL, PHRASE = 0.97, 0.95, 0.93
# Blocks of a settings file that are about something else than what runs now.
ELSEWHERE = re.compile(
    r"\b(?:examples?|samples?|staging|pilot|plan(?:ned)?|previous|old|history|competitor|vendor|draft|legacy|next|archived?|dev|"
    r"sandbox|candidate|deprecated|former|last year|template|dummy|todo)\b"
)
UNIT_IN_KEY: dict[str, str] = {
    **dict.fromkeys(("ms", "milliseconds", "millis"), "ms"), **dict.fromkeys(("s", "sec", "secs", "seconds"), "s"),
    **dict.fromkeys(("min", "mins", "minutes"), "min"), **dict.fromkeys(("h", "hours", "hrs"), "h"),
    **dict.fromkeys(("d", "days"), "days"), **dict.fromkeys(("weeks",), "weeks"), **dict.fromkeys(("months",), "months"),
    **dict.fromkeys(("pct", "percent", "percentage"), "%"), "mb": "MB", "gb": "GB", "kb": "KB",
}  # fmt: skip
DISTURBING = frozenset({"hope", "wish", "other", "open", "plan", "example", "ignore"})
LONGEST_QUOTE = 240


def exact_values(wanted: Field, cue: Cue, material: Material) -> tuple[Found, ...]:
    """Every value that a key, a label or a turn of phrase names, surest first."""
    for read in (from_keys, from_labels, from_phrases):
        found = tuple(read(wanted, cue, material))
        if found:
            return found
    return ()


def from_keys(wanted: Field, cue: Cue, material: Material) -> Iterator[Found]:
    """Values of settings whose dotted key means the field; the first pattern that finds one decides."""
    own = plain(wanted.name)
    named = [leaf for leaf in material.leaves if own.endswith(plain(leaf.dotted)) and exact_name(wanted, leaf)]
    for leaves in (named, *(matching(material.leaves, pattern, cue.under) for pattern in cue.paths)):
        found = [value for leaf in leaves if (value := value_of_leaf(wanted, cue, leaf, material)) is not None]
        if found:
            yield from found
            return


def exact_name(wanted: Field, leaf: Leaf) -> bool:
    """Whether a key is the field's own dotted name, or its last two parts or more."""
    own, said = wanted.name.lower().split("."), leaf.dotted.lower().split(".")
    depth = min(len(own), len(said))
    return own[-depth:] == said[-depth:] and (depth > 1 or len(own) == 1)


def matching(leaves: Iterable[Leaf], pattern: re.Pattern[str], under: Patterns) -> list[Leaf]:
    """The leaves whose key means the field and which stand in no block about something else."""
    found = []
    for leaf in leaves:
        words = key_words(leaf)
        if not pattern.search(words) or ELSEWHERE.search(words) or is_epoch(leaf):
            continue
        if under and not any(p.search(words.rpartition(" / ")[0] or words) for p in under):
            continue
        found.append(leaf)
    return found


def is_epoch(leaf: Leaf) -> bool:
    """Whether a leaf is a number of one epoch in a log."""
    return leaf.path[0] in {"epochs", "report"}


def key_words(leaf: Leaf) -> str:
    """A dotted key as words, its levels cut by slashes.

    >>> key_words(Leaf("c", ("serving", "p99_ms"), 5, 0, 0, 0))
    'serving / p99 ms'
    """
    parts = (re.sub(r"(?<=[a-z])(?=[A-Z])|[_\-.]+", " ", part).lower().strip() for part in leaf.path)
    return " / ".join(part for part in parts if not part.isdigit())


def value_of_leaf(wanted: Field, cue: Cue, leaf: Leaf, material: Material) -> Found | None:
    """A leaf's value as the field's type, None when it is not of it."""
    if leaf.value is None or (
        isinstance(leaf.value, str) and says_nothing(leaf.value) and leaf.value.lower() not in {"none", "no"}
    ):
        return None
    parsed = shaped(cue, typed_leaf(wanted, cue, leaf))
    if not parsed.good:
        return None
    return Found(
        parsed.value, (evidence_of(leaf.source, material.texts[leaf.source], leaf.key_start, leaf.char_end),), KEY
    )


def typed_leaf(wanted: Field, cue: Cue, leaf: Leaf) -> Parsed:
    """The value with the unit that its key names."""
    value = leaf.value
    if wanted.type == "text":
        return Parsed(", ".join(str(v) for v in value) if isinstance(value, list) else str(value))
    if wanted.type == "enum":
        parsed = parse_value(wanted, value)
        return parsed if parsed.good else option_of(wanted, cue.values, f"{value}")
    if wanted.type == "boolean":
        return boolean_of(cue, wanted, leaf)
    if wanted.type == "mapping" and isinstance(value, str) and re.search(r"\.(?:json|ya?ml|proto|avsc)$", value):
        return Parsed({"$ref": value})
    unit = next((UNIT_IN_KEY[word] for word in reversed(key_words(leaf).split()) if word in UNIT_IN_KEY), "")
    if unit and isinstance(value, int | float) and not isinstance(value, bool):
        return parse_value(wanted, f"{value} {unit}") if converts(wanted, unit) else parse_value(wanted, value)
    return parse_value(wanted, value)


def shaped(cue: Cue, parsed: Parsed) -> Parsed:
    """A value in words only when it looks as the field's values do, written the one way they are written."""
    if not parsed.good or not isinstance(parsed.value, str):
        return parsed
    value = next((said for words, said in cue.same.items() if plain(words) == plain(parsed.value)), parsed.value)
    if cue.shape and not any(p.search(value) for p in cue.shape):
        return Parsed(problem=f"'{value}' does not look like a value of the field")
    return Parsed(value)


def converts(wanted: Field, unit: str) -> bool:
    """Whether a unit in a key changes the number: not when the field has no unit or counts something."""
    return wanted.type in {"duration", "percentage"} or (bool(wanted.unit) and parse_value(wanted, f"1 {unit}").good)


def boolean_of(cue: Cue, wanted: Field, leaf: Leaf) -> Parsed:
    """Yes or no of a setting; a value in words says yes unless it says no."""
    parsed = parse_value(wanted, leaf.value)
    if parsed.good or not isinstance(leaf.value, str):
        return parsed
    if any(p.search(leaf.value) for p in cue.denies) or re.match(
        r"(?:no|not|none|never|off)\b", leaf.value, re.IGNORECASE
    ):
        return Parsed(value=False)
    return Parsed(value=True)


def option_of(wanted: Field, values: dict[str, Patterns] | Any, words: str) -> Parsed:  # noqa: ANN401
    """The one option of an enum that words mean."""
    found = [option for option, patterns in values.items() if any(p.search(words) for p in patterns)]
    found = found or [
        str(o) for o in wanted.allowed if re.search(rf"\b{re.escape(str(o).replace('_', ' '))}\b", words, re.I)
    ]
    if len(found) != 1:
        return Parsed(problem=f"'{words}' is none of {', '.join(str(option) for option in wanted.allowed)}")
    return Parsed(next(option for option in wanted.allowed if str(option) == found[0]))


def from_labels(wanted: Field, cue: Cue, material: Material) -> Iterator[Found]:
    """Values of `Key: value` lines and table rows whose label means the field."""
    patterns = cue.paths
    for pattern in patterns:
        found = [
            value
            for piece in material.pieces
            if piece.label and labelled(piece, pattern) and labelled_line(piece, wanted)
            and (value := value_of_label(wanted, cue, piece, material)) is not None
        ]  # fmt: skip
        if found:
            yield from found
            return


def labelled(piece: Piece, pattern: re.Pattern[str]) -> bool:
    """Whether a label means the field; before a sentence all of it has to."""
    match = pattern.search(label_words(piece.label))
    return match is not None and (piece.kind != "sentence" or match.start() == 0)


def label_words(label: str) -> str:
    """A label as it is compared with names."""
    return squash(re.sub(r"[*_`…]|\.\.\.|^\d+[.)]", " ", label)).lower().strip(" -.?")


def labelled_line(piece: Piece, wanted: Field) -> bool:
    """Whether a piece is a row, a list item or a line of its own, so that its label is a name and no beginning of a sentence."""
    return piece.kind in {"row", "item"} or len(piece.label.split()) <= 3 or wanted.type != "text"


def value_of_label(wanted: Field, cue: Cue, piece: Piece, material: Material) -> Found | None:
    """The words after a label as the field's type; of a table row the first cell."""
    start, end = piece.body_start, piece.char_end
    text = material.texts[piece.source]
    if piece.kind == "row":
        cell = text[start:end].split("|")[0]
        end = start + len(cell.rstrip())
    words = text[start:end]
    if says_nothing(words) or "open" in doubts_of(piece) or "example" in doubts_of(piece):
        return None
    if wanted.type == "enum":
        parsed = parse_value(wanted, squash(words))
        parsed = parsed if parsed.good else option_of(wanted, cue.values, words)
    elif wanted.type == "text":
        parsed = Parsed(squash(words))
    else:
        parsed = parse_value(wanted, squash(words))
    parsed = shaped(cue, parsed)
    if not parsed.good or (cue.needs and not any(p.search(words) for p in cue.needs)):
        return None
    quote = (start, end) if wanted.type == "text" else (piece.char_start, end)
    return Found(parsed.value, (evidence_of(piece.source, text, *quote),), LABEL)


def from_phrases(wanted: Field, cue: Cue, material: Material) -> Iterator[Found]:
    """Values that turns of phrase frame, in sentences that are no wish, no plan and about nothing else."""
    if not (cue.find or cue.values or cue.affirms or cue.denies or cue.phrases) or cue.kind == "task":
        return
    for piece in material.pieces:
        if piece.kind != "question" and readable(cue, piece):
            found = read_phrase(wanted, cue, piece, material.texts[piece.source])
            if found is not None:
                yield found


def readable(cue: Cue, piece: Piece) -> bool:
    """Whether a sentence may speak of the field at all."""
    words = squash(piece.text)
    if cue.only and not any(p.search(words) for p in cue.only):
        return False
    return not any(p.search(words) for p in cue.vetoes)


def doubtful(piece: Piece, match: re.Match[str]) -> bool:
    """Whether the clause that a phrase stands in is a wish, a plan, an example or about something else."""
    if match.re.groupindex.get("value"):
        return bool(DISTURBING & doubts_about(piece, clause_at(piece, *match.span("value"))))
    return bool(DISTURBING & doubts_of(piece))


def read_phrase(wanted: Field, cue: Cue, piece: Piece, text: str) -> Found | None:
    """The value in one sentence."""
    words = squash(piece.text)
    unsure = bool(DISTURBING & doubts_of(piece))
    for pattern, value in () if unsure else cue.phrases:
        if pattern.search(words):
            return Found(value, (quote_of(piece, text, None),), PHRASE)
    if unsure and wanted.type in {"boolean", "enum"}:
        return None
    if wanted.type == "boolean":
        for patterns, answer in ((cue.denies, False), (cue.affirms, True)):
            if any(p.search(words) for p in patterns):
                return Found(answer, (quote_of(piece, text, None),), PHRASE)
        return None
    if wanted.type == "enum":
        parsed = option_of(wanted, cue.values, words) if cue.values else Parsed(problem="no patterns")
        return Found(parsed.value, (quote_of(piece, text, None),), PHRASE) if parsed.good else None
    for pattern in cue.find:
        match = pattern.search(piece.text)
        if match and not doubtful(piece, match) and (found := typed_match(wanted, cue, match, piece, text)) is not None:
            return found
    return None


def typed_match(wanted: Field, cue: Cue, match: re.Match[str], piece: Piece, text: str) -> Found | None:
    """The framed words as the field's type."""
    words = squash(match["value"]).strip(" ,;:")
    start = piece.char_start + match.start("value")
    if wanted.type == "text":
        words = (
            match["value"].strip(" ,;:\n*`'\"“”").rstrip(".")
            if len(match["value"].split()) < 4
            else match["value"].strip()
        )
        if says_nothing(words) or not shaped(cue, Parsed(words)).good:
            return None
        start = text.index(words, start)
        value = shaped(cue, Parsed(squash(words))).value
        return Found(value, (evidence_of(piece.source, text, start, start + len(words)),), PHRASE)
    if wanted.type == "mapping":
        return Found({"$ref": words}, (quote_of(piece, text, match),), PHRASE)
    parsed = parse_value(wanted, words)
    return Found(parsed.value, (quote_of(piece, text, match),), PHRASE) if parsed.good else None


def quote_of(piece: Piece, text: str, match: re.Match[str] | None) -> Evidence:
    """The sentence as evidence, or of a long one what was matched."""
    if match is None or len(piece.text) <= LONGEST_QUOTE:
        return evidence_of(piece.source, text, piece.char_start, piece.char_end)
    return evidence_of(piece.source, text, piece.char_start + match.start(), piece.char_start + match.end())


def agreed(found: Sequence[Found]) -> tuple[Found | None, str]:
    """The value that all readings agree on with all their evidence, or which ones contradict each other."""
    if not found:
        return None, ""
    groups: dict[str, list[Found]] = {}
    for one in found:
        groups.setdefault(comparable(one.value), []).append(one)
    if len(groups) > 1:
        said = [f"{entries[0].value!r} ({entries[0].evidence[0].source})" for entries in groups.values()]
        return None, f"the inputs say {' and '.join(said[:3])}"
    same = next(iter(groups.values()))
    evidence = tuple(dict.fromkeys(e for one in same for e in one.evidence))[:3]
    return Found(same[0].value, evidence, max(one.confidence for one in same)), ""


def comparable(value: Any) -> str:  # noqa: ANN401
    """A value as it is compared: case, space and signs do not matter."""
    return plain(str(value)) if not isinstance(value, int | float) else str(float(value))
