"""The value that a sentence, row or setting holds for a field, once it is known to speak of it: by type, unit and shape alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from mlplaybook.server.artefacts.filling.cues import Cue
from mlplaybook.server.artefacts.filling.extract import UNIT_IN_KEY, converts, option_of
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.records import Piece
from mlplaybook.server.artefacts.filling.values import (
    NUMBER_WORDS,
    Parsed,
    check_range,
    in_unit,
    parse_value,
    read_date,
    read_duration,
    says_nothing,
    tidy,
)
from mlplaybook.server.artefacts.quantities import Quantity, convert, find_quantities, parse_quantity
from mlplaybook.server.artefacts.records import Field

NUMERIC = frozenset({"number", "integer", "percentage", "money"})
# Types that need a value of their own form; words of any kind are text.
TYPED = NUMERIC | {"date", "duration", "enum", "boolean"}
YES_SAID = re.compile(
    r"\b(?:yes|true|on|enabled?|active|always|done|pass(?:ed|es)|held|kept|met|ok|okay|in place|automatic(?:ally)?|fine)\b"
    r"|[✓✔☑☒]",
    re.I,
)
# So many words are a sentence, which says that something is so.
ENOUGH_WORDS = 6
# Times of answers and starts; days and hours are waiting for something else.
SHORT_TIMES = frozenset({"ms", "msec", "millisecond", "milliseconds", "s", "sec", "secs", "second", "seconds"})
SECONDS = {"ms": SHORT_TIMES, "s": SHORT_TIMES | {"min", "mins", "minute", "minutes"}}
NO = re.compile(
    r"\b(?:not?|never|none|nobody|nothing|false|off|disabled?|inactive|failed|without|cannot|lost)\b|n['’]t\b", re.I
)
# Numbers that count nothing: years, dates, clock times, versions, percentiles, numbers within names.
NO_AMOUNT = re.compile(
    r"\b(?:per |for (?:every |each )?|a )?1,?000(?= (?:predictions|answers|calls|queries|requests|scores|forecasts)\b)|"
    r"\b\d{4}-\d\d(?:-\d\d)?\b|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b|\b\d{1,2}:\d\d\b|\bv?\d+(?:\.\d+){2,}\b|\bp\d\d\b|@\d+\b|"
    r"\b[a-z_]+[-_]\d[\w.]*|\b[A-Z]{2,}-\d+|\b\d{1,2}(?:st|nd|rd|th)\b|\b\d{1,2} (?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December)\b|(?<=[A-Za-z] )(?:19|20)\d\d\b(?!\s?(?:%|ms|s\b|rows|users|calls|requests))",
    re.IGNORECASE,
)
PERCENTILE = re.compile(
    r"\b(?:p ?\d\d|\d\d(?:st|nd|rd|th) percentile|"
    r"(?:95|99|50|nineteen|90) (?:of|in|out of) (?:a |each |every )?(?:100|hundred|20|twenty)|"
    r"(?:99|95|50) ?(?:%|per ?cent))\b",
    re.IGNORECASE,
)
WORD_AMOUNT = re.compile(
    rf"\b(?:{'|'.join(word for word in NUMBER_WORDS if word not in {'a', 'an', 'half'})})\b", re.IGNORECASE
)
FRACTIONS = (
    (re.compile(r"\bhalf an? (hour|minute|second|day|year)\b", re.I), r"0.5 \1"),
    (re.compile(r"\ban? hour and a half\b", re.I), "1.5 hours"),
    (re.compile(r"\b(?:a )?quarter of an (hour)\b", re.I), r"15 minutes"),
    (re.compile(r"\bthree quarters of an? (minute|hour)\b", re.I), r"0.75 \1"),
    (re.compile(r"\ban? (second|minute|hour|day|week|fortnight|month|year)\b", re.I), r"1 \1"),
    (re.compile(r"\b(\d+|one|two|three|four) fortnights?\b", re.I), r"14 days"),
)
ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth twentieth".split(), 1
    )
} | {"twenty-first": 21, "twenty-second": 22, "twenty-third": 23, "twenty-fourth": 24, "twenty-fifth": 25, "twenty-sixth": 26,
     "twenty-seventh": 27, "twenty-eighth": 28, "twenty-ninth": 29, "thirtieth": 30, "thirty-first": 31}  # fmt: skip
ORDINAL = re.compile(rf"\b({'|'.join(sorted(ORDINALS, key=len, reverse=True))})\b(?= (?:of )?[A-Z])", re.IGNORECASE)
PER_THOUSAND = re.compile(
    r"\b(?P<part>\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten)\s(?:in|of|out of|per|from)\s(?:a |every |each )?"
    r"(?P<whole>1,?000|10,?000|100|thousand|hundred|ten thousand)\b",
    re.IGNORECASE,
)
WHOLES = {"thousand": 1000.0, "hundred": 100.0, "ten thousand": 10000.0}


def value_in(wanted: Field, cue: Cue, piece: Piece, value: Any = None) -> Any:  # noqa: ANN401
    """The one value of a typed field in a piece, None when it holds none or several; `value` is that of a setting.

    >>> from mlplaybook.server.artefacts.filling.cues import Cue
    >>> wait = Field("x.timeout_ms", "integer", True, "", "", 1, 1, "", unit="ms")
    >>> value_in(wait, Cue(), Piece("n", "After two seconds we hang up.", 0, 29, "sentence", 1))
    2000
    """
    if value is not None and not isinstance(value, str):
        parsed = parse_value(wanted, with_unit(wanted, piece, value))
        return parsed.value if parsed.good else None
    if says_nothing(squash(piece.body)):
        return None
    if wanted.type == "boolean":
        return said_yes(cue, piece)
    if wanted.type == "enum":
        return chosen(wanted, cue, piece)
    for words in narrowed(piece):
        found = scalar_in(wanted, words)
        if found is not None:
            return found
    return None


def with_unit(wanted: Field, piece: Piece, value: Any) -> Any:  # noqa: ANN401
    """A setting's number with the unit that its key names, where the field has a dimension."""
    unit = next((UNIT_IN_KEY[word] for word in reversed(piece.label.split()) if word in UNIT_IN_KEY), "")
    if not unit or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{value} {unit}" if converts(wanted, unit) else value


def narrowed(piece: Piece) -> Iterator[str]:
    """The words of a piece that may hold its value: of a row the first cell, then all, then all without brackets."""
    if piece.kind == "row":
        yield squash(piece.body.split("|")[0])
    yield squash(piece.body)
    yield squash(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", piece.body))


def scalar_in(wanted: Field, words: str) -> Any:  # noqa: ANN401
    """The one date, duration or number of the field's kind in words."""
    if wanted.type == "date":
        return read_date(ordinals(words)) or None
    if wanted.type == "duration":
        found = {read_duration(text) for text in time_words(words)} - {""}
        return next(iter(found)) if len(found) == 1 else None
    return number_in(wanted, words) if wanted.type in NUMERIC else None


def said_yes(cue: Cue, piece: Piece) -> bool | None:
    """Whether a sentence about a yes-or-no field says yes; None where it only names the matter."""
    words = squash(piece.body)
    if piece.box:
        return piece.box == "x"
    if any(p.search(words) for p in cue.denies):
        return False
    if any(p.search(words) for p in cue.affirms):
        return True
    if NO.search(words):
        return False
    return True if YES_SAID.search(words) or len(words.split()) >= ENOUGH_WORDS else None


def chosen(wanted: Field, cue: Cue, piece: Piece) -> Any:  # noqa: ANN401
    """The option that words name, mean or measure."""
    for words in dict.fromkeys((*narrowed(piece), re.sub(r"_", " ", squash(piece.text)))):
        parsed = parse_value(wanted, words)
        parsed = parsed if parsed.good else option_of(wanted, cue.values, words)
        if parsed.good:
            return parsed.value
        option = by_length(wanted, words)
        if option is not None:
            return option
    return None


RATES = {"hour": "1 h", "hourly": "1 h", "day": "1 d", "daily": "1 d", "night": "1 d", "nightly": "1 d", "morning": "1 d",
         "week": "7 d", "weekly": "7 d", "month": "30 d", "monthly": "30 d"}  # fmt: skip


def by_length(wanted: Field, words: str) -> Any:  # noqa: ANN401
    """The option that is as long as the time which words name: `7d` for "over a week"."""
    lengths = {seconds_of(str(option)) or seconds_of(RATES.get(str(option), "")): option for option in wanted.allowed}
    if None in lengths:
        return None
    said = {seconds_of(read_duration(text)) for text in time_words(words)} - {None}
    if not said:
        said = {seconds_of(RATES[w]) for w in re.findall(r"[a-z]+", words.lower()) if w in RATES}
    return lengths.get(next(iter(said))) if len(said) == 1 else None


def seconds_of(words: str) -> float | None:
    """The length of a duration in seconds."""
    quantity = parse_quantity(words) if words else None
    return convert(quantity, "s") if quantity and quantity.dimension == "time" else None


def time_words(words: str) -> list[str]:
    """Each time in words: those in digits, else numbers in words, else "half an hour" and the like."""
    for text in readings(words):
        found = [text[q.char_start : q.char_end] for q in find_quantities(text) if q.dimension == "time"]
        if found:
            return found
    return []


def readings(words: str) -> tuple[str, ...]:
    """The words as they are, with numbers in words as digits, and with fractions of time units as numbers."""
    spelled = digits(words)
    fractions = words
    for pattern, written in FRACTIONS:
        fractions = pattern.sub(written, fractions)
    return tuple(dict.fromkeys((words, spelled, digits(fractions))))


def digits(words: str) -> str:
    """Numbers in words as digits."""
    return WORD_AMOUNT.sub(lambda m: str(NUMBER_WORDS[m[0].lower()]), words)


def ordinals(words: str) -> str:
    """Days in words as digits: "the ninth of June" as "the 9 of June"."""
    return ORDINAL.sub(lambda m: str(ORDINALS[m[1].lower()]), words)


def number_in(wanted: Field, words: str) -> Any:  # noqa: ANN401
    """The one number of the field's kind, in digits, else in words."""
    if wanted.unit == "ratio" and (shares := list(rates(words))):
        return tidy(shares[0]) if len(set(shares)) == 1 else None
    words = NO_AMOUNT.sub(" ", PERCENTILE.sub(" ", words))
    for text in readings(words):
        found = [(q, number) for q in find_quantities(text) if (number := fitting(wanted, q)) is not None]
        measured = [(q, n) for q, n in found if q.dimension]
        unit = needs_unit(wanted) or (wanted.type == "money" and measured)
        numbers = list(dict.fromkeys(n for _, n in (measured if unit and measured else found)))
        if len(numbers) == 1:
            return checked(wanted, numbers[0]) if measured or bare(words) or not needs_unit(wanted) else None
        if numbers:
            return None
    return None


def checked(wanted: Field, number: float) -> Any:  # noqa: ANN401
    """The number where it is within the field's range and whole where it has to be."""
    if wanted.type == "integer" and number != int(number):
        return None
    parsed = check_range(wanted, Parsed(tidy(number)))
    return parsed.value if parsed.good else None


def rates(words: str) -> Iterator[float]:
    """Shares said as "3 in 1,000"."""
    for match in PER_THOUSAND.finditer(words):
        part = float(digits(match["part"]))
        whole = match["whole"].lower().replace(",", "")
        yield part / (WHOLES.get(whole) or float(whole))


def bare(words: str) -> bool:
    """Whether words are little more than a number, as a cell or a setting is."""
    return len(words.split()) <= 4


def needs_unit(wanted: Field) -> bool:
    """Whether a number in a sentence counts only with a unit: times, sizes, shares, money."""
    unit = wanted.unit.split(" ")[0].lower()
    return wanted.type in {"percentage"} or unit in {"ms", "s", "mb", "%", "days", "months"}


def fitting(wanted: Field, quantity: Quantity) -> float | None:
    """The amount in the field's unit; a time is no count."""
    unit = wanted.unit.split(" ")[0].lower()
    if not needs_unit(wanted) and wanted.type != "money" and quantity.dimension not in {"", "share"}:
        return None
    if (
        quantity.dimension == "share"
        and unit not in {"ratio", "%", "percentage", "percentage points"}
        and wanted.type not in {"percentage", "number"}
    ):
        return None
    if unit in {"ms", "s"} and quantity.dimension == "time" and quantity.unit not in SECONDS[unit]:
        return None
    if unit == "ratio" and quantity.dimension == "share":
        return convert(quantity, "ratio")
    return in_unit(wanted, quantity)


def short_words(cue: Cue, words: str) -> str:
    """The one token of words that looks as the field's values do; "" where there is none, or several."""
    patterns = cue.word or tuple(p for p in cue.shape if p.pattern.startswith("^"))
    if not patterns:
        return ""
    tokens = dict.fromkeys(token.strip("`*\"'“”().,;:!?") for token in re.split(r"[\s|]+|(?<=[\w])=(?=\S)", words))
    found = [token for token in tokens if token and any(p.search(token) for p in patterns)]
    return found[0] if len(found) == 1 else ""


def whole_numbers(words: str) -> list[int] | None:
    """The numbers that a line counts up: `seeds 5 / 6 / 7`."""
    found = [int(word) for word in re.findall(r"(?<![\w.-])\d{1,9}(?![\w.%-]*[\w%])", words)]
    return found or None


def enumerated(words: Sequence[str]) -> list[str] | None:
    """The entries of one line that lists names: `age, weight, hour and depot`; None when it is a sentence."""
    if len(words) != 1:
        return None
    entries = [
        e.strip(" .`") for e in re.split(r"\s*[,;|]\s*(?:and\s+)?|\s+and\s+|\s+plus\s+", words[0]) if e.strip(" .`")
    ]
    return entries if len(entries) > 2 and all(len(e.split()) <= 3 for e in entries) else None
