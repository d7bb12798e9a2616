"""Markdown pages about invented services: the same for the same seed, and the smaller corpus begins the larger one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from benchmarks.scale.grammar import Aspect, Grammar, Slots, below, fill, pick, plural, read_grammar
from benchmarks.scale.subjects import Subject, create_slots, create_subject, create_value
from mlplaybook.ingest.plain import slug

SEED = 1
FEWEST_ASPECTS, MORE_ASPECTS = 6, 6
# A part of a section beside its sentences, below that share of the dice.
FORMS = (("list", 0.2), ("table", 0.32), ("code", 0.4), ("", 1.0))


@dataclass(frozen=True, slots=True)
class Fact:
    """One section: what it is about, under which heading, and what it says there."""

    aspect: Aspect
    heading: str
    value: str


@dataclass(frozen=True, slots=True)
class Page:
    """A document; `id` is its path below the corpus folder without suffix."""

    id: str
    text: str
    subject: Subject
    facts: tuple[Fact, ...]

    @property
    def chunks(self) -> int:
        """One for what stands under the title and one a fact: each is short enough to stay whole."""
        return 1 + len(self.facts)


def create_pages(seed: int = SEED) -> Iterator[Page]:
    """Pages without end."""
    grammar, used = read_grammar(), set[str]()
    for number in count():
        random = Random(f"{seed}/{number}")  # noqa: S311 (to be repeated, not to be secret)
        yield create_page(grammar, random, create_subject(grammar, random, used))


def first_pages(chunks: int, seed: int = SEED) -> Iterator[Page]:
    """The fewest pages that give at least so many chunks."""
    total = 0
    for page in create_pages(seed):
        yield page
        total += page.chunks
        if total >= chunks:
            return


def write_pages(folder: Path, chunks: int, seed: int = SEED) -> int:
    """Write pages below a folder, one folder a domain; returns how many."""
    written = 0
    for written, page in enumerate(first_pages(chunks, seed), start=1):  # noqa: B007
        path = folder / f"{page.id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.text, "utf-8")
    return written


def create_page(grammar: Grammar, random: Random, subject: Subject) -> Page:
    """A page with a lead and some of the aspects, in any order."""
    aspects = list(grammar.aspects)
    chosen = [aspects.pop(below(random, len(aspects))) for _ in range(FEWEST_ASPECTS + below(random, MORE_ASPECTS))]
    facts = tuple(
        Fact(aspect, pick(random, aspect.headings), create_value(aspect.value, grammar, random, subject))
        for aspect in chosen
    )
    parts = [f"# {subject.name} {subject.described}", create_lead(grammar, random, subject)]
    for fact in facts:
        parts += [f"## {fact.heading}", create_section(grammar, random, subject, fact)]
    identifier = f"{subject.domain}/{slug(f'{subject.name} {subject.kind}')}"
    return Page(identifier, "\n\n".join(parts) + "\n", subject, facts)


def create_lead(grammar: Grammar, random: Random, subject: Subject) -> str:
    """What the service is."""
    slots = create_slots(grammar, random, subject, "")
    first = {**slots, "things": lambda: plural(subject.words["thing"][0]), "town": lambda: subject.town}
    first["quality"] = lambda: subject.words["quality"][0]
    return " ".join(fill(random, line, first if number == 0 else slots) for number, line in enumerate(grammar.lead[:5]))


def create_section(grammar: Grammar, random: Random, subject: Subject, fact: Fact) -> str:
    """The fact among two or three sentences of its aspect and others that fit anywhere, and at times a list, table or code."""
    slots = create_slots(grammar, random, subject, fact.value)
    roll = random.random()
    form = next(name for name, share in FORMS if roll < share)
    more, common = list(fact.aspect.more), list(grammar.common)
    lines = [more.pop(below(random, len(more))) for _ in range(1 if form else 2 + below(random, 2))]
    lines += [common.pop(below(random, len(common))) for _ in range(1 if form else 1 + below(random, 2))]
    lines.insert(below(random, 3), pick(random, fact.aspect.says))
    text = " ".join(fill(random, line, slots) for line in lines)
    return "\n\n".join([text, create_form(form, grammar, random, subject, slots)]) if form else text


def create_form(form: str, grammar: Grammar, random: Random, subject: Subject, slots: Slots) -> str:
    """A list of steps, a table of things or a block of settings."""
    if form == "list":
        items = list(grammar.items)
        steps = [fill(random, items.pop(below(random, len(items))), slots) for _ in range(4)]
        return "\n".join(f"{place}. {step}" for place, step in enumerate(steps, start=1))
    if form == "table":
        head, rows = f"| {slots['adj']()} thing | mark | a day |\n|---|---|---|", subject.words["thing"]
        return "\n".join([head, *(f"| {thing} | {slots['colour']()} | {slots['amount']()} |" for thing in rows)])
    names = (*subject.words["rare"], *subject.words["part"][:2])
    settings = [f"{slug(name).replace('-', '_')}_{pick(random, UNITS)}: {slots['count']()}" for name in names]
    return "\n".join(["```yaml", *settings, "```"])


UNITS = ("seconds", "limit", "pieces", "retries", "level")
