"""Which model a text is about: its name, the version that runs, and since when, by what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlplaybook.server.artefacts.filling.cues import DATE
from mlplaybook.server.artefacts.filling.read_inputs import Material
from mlplaybook.server.artefacts.filling.records import Found, evidence_of
from mlplaybook.server.artefacts.filling.values import read_date
from mlplaybook.server.artefacts.records import Field

IDENTIFIED = 0.9
# A registered name is in small letters with a hyphen; English words with one are told apart by what stands around them.
NAME = re.compile(
    r"(?<![\w./@#-])(?:[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+|(?<=[`*\"“'_])[a-z][a-z0-9]{4,}(?=[`*\"”'_]))(?![\w@]|[./-]\w)"
)
VERSION = re.compile(r"(?<![\w.,-])v?(?P<number>\d+(?:\.\d+)+)(?![\w%]|[.,-]\w|\s?%)")
NAMED = re.compile(r"\b(?:registry|register|called|named|name)\W+(?:is |as |in the [\w ]+: ?)?\W*$")
AFTER_NAME = re.compile(r"[`*\"'”_]*,?\s+\(?(?:in\s)?(?:release |version |v)?\d+\.\d+")
CALLED = re.compile(
    r"\b(?:registry|register(?:ed)?|model|called|named?|described?|detector|forecast\w*|classifier|"
    r"recogniser|recommender|scorer|"
    r"answers as|goes by|known as|card)\b",
    re.IGNORECASE,
)
DATA = re.compile(
    r"\b(?:sets?|dataset|data|snapshot|freeze|table|tables|tested|corpus|extract|files?|queue|mail|"
    r"channel|evaluated|measured|scored|"
    r"learn\w*|trained|training|holdout|judged|report|dump)\b[^.;]{0,24}$",
    re.IGNORECASE,
)
GONE = re.compile(
    r"\b(?:old|older|previous\w*|before|former|earlier|withdrawn|dark|retired|announced|plan\w*|next|"
    r"upcoming|mistake|prototype|bug|"
    r"not be cited|forget|competitor|vendor|against|than|summer|recalled|conference|paper|reported|rc\d*|"
    r"beta|candidate|will|predecessor|replaces?d?|"
    r"python|cuda|numpy|torch|sklearn|onnx|api|driver)\b",
    re.IGNORECASE,
)
RUNS = re.compile(
    r"\b(?:deposited|went (?:out|live)|gone (?:out|live)|in service|got|released?|live|rolled out|"
    r"installed|switched on|launched|in use|"
    r"running|runs|in production|deployed|shipped|promoted|handed over|put (?:on|in)to?|answers as|"
    r"discussed here|this card|published|"
    r"took over|current(?:ly)?|entered)\b",
    re.IGNORECASE,
)
NOT_RELEASE = re.compile(
    r"\b(?:trained|training|recorded|taken|collected|snapshot|extract|dump|until|tested|freeze|reviewed|"
    r"meeting|retired|dark|planned|"
    r"announced|will|vendor|competitor|learnt?|fitted|hearings?|data|rows|next)\b",
    re.IGNORECASE,
)
TODAY = re.compile(r"\b(?:as of|since) (?:this morning|today|now)\b|\bfrom today\b", re.IGNORECASE)
MAIL_DATE = re.compile(rf"^(?:Date|Sent)\s?:[^\n]*?(?P<value>{DATE})", re.IGNORECASE | re.MULTILINE)
# A name needs two signs, and one more than any other.
ENOUGH, AHEAD = 3, 2


def identified(wanted: Field, material: Material) -> Found | None:
    """The name, version or date of the model that the texts are about; None when nothing or more than one thing fits."""
    part = wanted.name.rpartition(".")[2]
    if part == "date":
        return since(material)
    found = best(names(material), ENOUGH, AHEAD) if part.endswith("name") else best(versions(material), 1, 1)
    if found is None:
        return None
    source, start, end = found
    text = material.texts[source]
    return Found(text[start:end], (evidence_of(source, text, start, end),), IDENTIFIED)


Place = tuple[str, int, int]


def best(scored: dict[str, tuple[int, Place]], enough: int, ahead: int) -> Place | None:
    """The place of the value that is enough, and ahead of all others."""
    ordered = sorted(scored.values(), key=lambda entry: -entry[0])
    if not ordered or ordered[0][0] < enough or (len(ordered) > 1 and ordered[0][0] < ordered[1][0] + ahead):
        return None
    return ordered[0][1]


def prose(material: Material) -> Iterator[tuple[str, str]]:
    """The texts that hold sentences."""
    sources = {piece.source for piece in material.pieces}
    return ((source, text) for source, text in material.texts.items() if source in sources)


def names(material: Material) -> dict[str, tuple[int, Place]]:
    """What speaks for each word that could be a registered name."""
    found: dict[str, tuple[int, Place]] = {}
    for source, text in prose(material):
        for match in NAME.finditer(text):
            start, end = match.span()
            around = text[max(0, text.rfind("\n", 0, start), start - 60) : end + 40]
            sure = 2 * bool(AFTER_NAME.match(text, end)) + 2 * (text[start - 1 : start] in {"`", "*", '"', "“", "_"})
            sure += 2 * bool(
                re.search(
                    r"\b(?:registry|register|called|named|name)\W+(?:is |as |in the [\w ]+: ?)?\W*$", text[:start][-40:]
                )
            )
            score = sure + 2 * bool(sure and CALLED.search(around)) - (text[end : end + 1] == " " and not sure)
            score -= 4 * bool(DATA.search(text[max(0, start - 40) : start])) + 2 * bool(
                GONE.search(text[end : end + 12])
            )
            before, place = found.get(match[0], (0, (source, start, end)))
            found[match[0]] = (max(before, before + score if score < 0 else max(before, score) + bool(before)), place)
    return found


def versions(material: Material) -> dict[str, tuple[int, Place]]:
    """What speaks for each version being the one that runs."""
    found: dict[str, tuple[int, Place]] = {}
    for source, text in prose(material):
        for match in VERSION.finditer(text):
            before = text[max(0, match.start() - 40) : match.start()]
            named = re.search(r"\b(?:version|release|rel\.?|build)[\s:=]*[`*\"']?$", before, re.IGNORECASE)
            attached = re.search(r"(?:^|[^\w@])[a-z][a-z0-9]*(?:[-_][a-z0-9]+)+[`*\"']*,?\s*$", before)
            if not (named or attached):
                continue
            clause = clause_of(text, match.start(), match.end())
            score = 1 + bool(attached) + bool(RUNS.search(clause)) - 4 * bool(GONE.search(clause))
            key, place = match["number"], (source, match.start("number"), match.end("number"))
            held, kept = found.get(key, (score, place))
            found[key] = (max(held, score), kept)
    return {key: entry for key, entry in found.items() if entry[0] > 0}


def since(material: Material) -> Found | None:
    """The one day since when the model runs: in a sentence that says so, or that of the mail which announces it."""
    days: dict[str, Found] = {}
    for source, text in prose(material):
        for match in re.finditer(DATE, text, re.IGNORECASE):
            clause = clause_of(text, match.start(), match.end())
            day = read_date(match[0])
            if day and RUNS.search(clause) and not NOT_RELEASE.search(clause):
                days.setdefault(
                    day, Found(day, (evidence_of(source, text, *line_of(text, *match.span())),), IDENTIFIED)
                )
        mail = MAIL_DATE.search(text)
        if mail and TODAY.search(text) and (day := read_date(mail["value"])):
            days.setdefault(day, Found(day, (evidence_of(source, text, *mail.span()),), IDENTIFIED))
    return next(iter(days.values())) if len(days) == 1 else None


def line_of(text: str, start: int, end: int) -> tuple[int, int]:
    """The line that holds a place."""
    stop = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if stop < 0 else stop


def clause_of(text: str, start: int, end: int) -> str:
    """The words around a place, to the next full stop, semicolon, bracket or line's end."""
    left = max(text.rfind(mark, 0, start) for mark in (". ", ";", "(", "\n\n", "? ", ": ", "|"))
    rights = [at for mark in (". ", ";", ")", "\n\n", "(", "|", ".\n") if (at := text.find(mark, end)) >= 0]
    return text[left + 1 : min(rights, default=len(text))]
