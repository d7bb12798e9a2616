"""How likely a unit is to be what was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mlplaybook.server.answers.kinds import Kind, kind_of, sides_of, subject_of
from mlplaybook.server.answers.relevance import same_word
from mlplaybook.server.answers.units import Unit
from mlplaybook.server.retrieval.words import WORD, query_terms

# A conditional logistic model: which unit of the first five hits holds a fact or a passage of a development question, fitted
# by benchmarks/extractive_fit.py (159 questions). A dozen further features changed the facts found by less than .01.
LATE, OVERLAP, NEARNESS, ASKED, FIRST, SECOND, ROW = 12.0, 7.0, 5.5, 7.5, 1.7, 1.0, 1.0
# Machines differ in the last bits of a product; what differs less than this is equal, so that their answers are.
DECIMALS = 4
# Set by hand, and by reading: what a kind of question lifts, in log-odds.
DEFINES, HAS_NO_NUMBER, IS_VERDICT, IS_COMPARED, IS_CODE = 3.0, -0.7, 0.3, 0.3, 6.0

DEFINITION = re.compile(
    r"^(?:(?:An?|The) )?(.{2,90}?) (?:is|are|means?|measures?|states?|denotes?|describes?|refers? to|stands? for|sums?|counts?)\b"
)
BRACKETS = re.compile(r"\([^)]*\)")
ABBREVIATION = re.compile(r"\(([\w-]+)\)")
# A subject with more words than this beside the term is another thing than the term.
QUALIFIERS = 2
VERDICT = re.compile(r"\b(?:not|never|no|only|always|cannot|enough|unless|both|yes)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The question as the choice depends on it.

    `subject` has the words of what is to be defined, `sides` the words of each side of a comparison.
    """

    kind: Kind
    subject: tuple[str, ...] = ()
    sides: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a unit, each between 0 and 1.

    `late` is the mean over the question's tokens of the best cosine with a token of the unit, 0 without vectors; `overlap`
    the share of the question's term weight that the unit and the headings above it have; `nearness` its section's score as
    a share of the best one's; `asked` the best cosine of the question with one written beside the section.
    """

    late: float
    overlap: float
    nearness: float = 1.0
    asked: float = 0.0


def create_wanted(question: str) -> Wanted:
    """What of a question matters for the choice of units."""
    kind = kind_of(question)
    subject = query_terms(subject_of(question)) if kind == "definition" else ()
    return Wanted(kind, subject, sides_of(question) if kind == "comparison" else ())


def worth_of(wanted: Wanted, evidence: Evidence, unit: Unit, text: str, place: int) -> float:
    """Log-odds, up to a constant, that a unit is wanted; `place` counts the units of its section from 0."""
    log_odds = LATE * evidence.late + OVERLAP * evidence.overlap + NEARNESS * evidence.nearness + ASKED * evidence.asked
    log_odds += FIRST * (place == 0) + SECOND * (place == 1) + ROW * (unit.kind == "row")
    return round(log_odds + lift(wanted, unit, text), DECIMALS)


def lift(wanted: Wanted, unit: Unit, text: str) -> float:
    """What the kind of the question adds to the log-odds of a unit."""
    if wanted.kind == "definition":
        return DEFINES * defines(text, wanted.subject)
    if wanted.kind == "number":
        return 0.0 if any(letter.isdigit() for letter in text) else HAS_NO_NUMBER
    if wanted.kind == "yes-no":
        return IS_VERDICT * bool(VERDICT.search(text))
    if wanted.kind == "code":
        return IS_CODE * (unit.kind == "code")
    return IS_COMPARED * (wanted.kind in {"comparison", "table"} and unit.kind == "row")


def defines(text: str, terms: Sequence[str]) -> bool:
    """Whether a sentence says what the terms are, or a row has them in its first cell.

    >>> defines("Drift detection (monitoring) is a comparison.", ["drift"]), defines("| Drift | a change |", ["drift"])
    (True, True)
    >>> defines("A sample ratio mismatch (SRM) is a fault.", ["srm"]), defines("A cheap test of drift is a plot.", ["drift"])
    (True, False)
    """
    found = DEFINITION.match(text)
    subject = text.split("|")[1] if text.startswith("|") and text.count("|") > 1 else found[1] if found else ""
    if any(short in terms for short in ABBREVIATION.findall(subject.lower())):
        return True
    words = [word.lower() for word in WORD.findall(BRACKETS.sub("", subject))]
    known = sum(any(same_word(term, word) for word in words) for term in terms)
    return bool(terms) and known >= len(terms) - len(terms) // 3 and len(words) <= len(terms) + QUALIFIERS
