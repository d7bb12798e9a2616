"""What a document is about: an invented service with the people, places and words that recur in its text."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchmarks.scale.grammar import Grammar, Slots, below, pick, pick_common, plural, sample

ONSETS = "b br c d dr f fl g gr h k kr l m n p pr r s st t tr v w z".split()
VOWELS = "a e i o u ai ea ou".split()
CODAS = "l n r s th lm nd rk rn st x m ck ld".split()
TOWNS, SURNAMES = 400, 4_000
# Words of each kind that a document keeps to, the title's first.
PALETTE = {"thing": 4, "part": 3, "staff": 3, "act": 3, "trouble": 3, "place": 3, "quality": 3}
FIRMS = ("Works", "and Sons", "Tools", "Brothers", "Industries", "Supply")


@dataclass(frozen=True, slots=True)
class Subject:
    """A service: its domain, its name, what kind it is and where, and its words by slot."""

    domain: str
    name: str
    kind: str
    town: str
    words: dict[str, tuple[str, ...]]

    @property
    def described(self) -> str:
        """The service by what it does, which no other document has the same."""
        return f"{self.kind} for {self.words['quality'][0]} {plural(self.words['thing'][0])} in {self.town}"


def create_subject(grammar: Grammar, random: Random, used: set[str]) -> Subject:
    """A subject whose name and description are not used yet; adds them."""
    domain = pick_common(random, tuple(grammar.domains))
    own = grammar.domains[domain]
    while True:
        words = {slot: sample(random, own[key_of(slot)], count) for slot, count in PALETTE.items()}
        words["body"] = sample(random, grammar.general["bodies"], 2)
        words["person"] = tuple(person(grammar, random) for _ in range(4))
        words["rare"] = tuple(f"{coined(random)} {pick(random, own['parts'])}" for _ in range(2))
        words["code"] = (f"{coined(random)[:2].upper()}{10 + below(random, 90)}",)
        subject = Subject(domain, coined(random).title(), pick_common(random, own["kinds"]), town(random), words)
        if not {subject.name, subject.described} & used:
            used.update((subject.name, subject.described))
            return subject


def key_of(slot: str) -> str:
    """The vocabulary's key of a slot."""
    return {"staff": "staff", "quality": "qualities"}.get(slot, f"{slot}s")


def coined(random: Random) -> str:
    """A word that nobody has used before, as a rule."""
    return "".join(pick(random, part) for part in (ONSETS, VOWELS, CODAS, VOWELS, CODAS))


@functools.cache
def coined_list(name: str, count: int) -> tuple[str, ...]:
    """So many coined words, the same in every run."""
    random = Random(name)  # noqa: S311 (to be repeated, not to be secret)
    return tuple(dict.fromkeys(coined(random).title() for _ in range(count)))


def town(random: Random) -> str:
    """One of the towns of the invented country; a few are large."""
    return pick_common(random, coined_list("towns", TOWNS))


def person(grammar: Grammar, random: Random) -> str:
    """A first and a family name."""
    return f"{pick(random, grammar.general['first'])} {pick_common(random, coined_list('surnames', SURNAMES))}"


def year(random: Random) -> str:
    """A year, lately."""
    return str(1990 + below(random, 36))


def create_slots(grammar: Grammar, random: Random, subject: Subject, value: str) -> Slots:
    """What each slot of a sentence is filled with in this document; `value` is the fact of the section."""
    own, general = subject.words, grammar.general

    def of(slot: str) -> Callable[[], str]:
        return lambda: pick_common(random, own[slot])

    def act(part: int) -> Callable[[], str]:
        return lambda: pick_common(random, own["act"]).split("/")[part]

    slots: dict[str, Callable[[], str]] = {slot: of(slot) for slot in own if slot != "act"}
    slots |= {f"{slot}s": plural_of(of(slot)) for slot in ("thing", "part", "staff")}
    slots |= {"act": act(0), "acted": act(1), "Act": lambda: act(0)().capitalize()}
    for slot in ("adjective", "adverb", "record", "reason", "month", "day", "colour"):
        slots[slot[:3] if slot[:2] == "ad" else slot] = functools.partial(pick_common, random, general[f"{slot}s"])
    slots |= {
        "it": lambda: f"the {subject.name} {subject.kind}",
        "town": lambda: pick(random, (subject.town, town(random))),
        "year": lambda: year(random),
        "count": lambda: str(2 + below(random, 58)),
        "amount": lambda: f"{10 * (10 + below(random, 900)):,}",
        "value": lambda: value,
    }
    return slots


def plural_of(noun: Callable[[], str]) -> Callable[[], str]:
    """The plural of what another slot gives."""
    return lambda: plural(noun())


def create_value(kind: str, grammar: Grammar, random: Random, subject: Subject) -> str:
    """The fact of a section: a number, a name or a word of the kind that its sentences expect."""
    general = grammar.general
    numbers = {
        "span": lambda: f"{2 + below(random, 40)} {pick(random, ('days', 'weeks', 'months', 'years'))}",
        "amount": lambda: f"{10 * (5 + below(random, 900)):,}",
        "clock": lambda: f"{5 + below(random, 5)}:{5 * below(random, 12):02d}",
        "money": lambda: f"{100 * (20 + below(random, 9_000)):,} crowns",
        "count": lambda: str(2 + below(random, 28)),
        "degrees": lambda: f"{1 + below(random, 30)} degrees",
        "percent": lambda: f"{80 + below(random, 20)} %",
        "decibel": lambda: f"{60 + below(random, 60)} decibels",
        "year": lambda: str(1880 + below(random, 140)),
        "oneIn": lambda: str(10 * (2 + below(random, 90))),
        "port": lambda: str(1_024 + below(random, 60_000)),
        "person": lambda: person(grammar, random),
        "town": lambda: pick(random, coined_list("towns", TOWNS)),
        "system": lambda: f"the {coined(random).title()} {pick(random, grammar.domains[subject.domain]['kinds'])}",
        "company": lambda: f"{coined(random).title()} {pick(random, FIRMS)}",
        "cause": lambda: pick(random, grammar.domains[subject.domain]["troubles"]),
        "weekday": lambda: pick(random, general["days"]),
        "badge": lambda: pick(random, general["colours"]),
        "colour": lambda: pick(random, general["colours"]),
        "gear": lambda: " and ".join(sample(random, general["gear"], 2)),
    }
    return numbers[kind]()
