"""A judge for a run: which one, what it will cost, and whether that may be spent; then a world that it sits in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal
from urllib.parse import urlsplit

from mlplaybook.evals.config import Plan
from mlplaybook.evals.gate.baseline import Baseline
from mlplaybook.evals.golden import Split
from mlplaybook.evals.judge.engine import Desk, Engine, Seat
from mlplaybook.evals.judge.estimate import SAMPLED, Estimate, Part, estimate
from mlplaybook.evals.judge.judged import ASKS, NAME, judge_of, named
from mlplaybook.evals.judge.library import load_parts
from mlplaybook.evals.judge.records import Panel
from mlplaybook.evals.judge.replies import FOLDER, Replies
from mlplaybook.evals.judge.sample import create_sample
from mlplaybook.evals.judge.till import Till
from mlplaybook.evals.records import Case
from mlplaybook.evals.suites.catalogue import read_suite, spread
from mlplaybook.evals.suites.world import World, sentence_vector
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.console.screen import say
from mlplaybook.server.llm.line import is_loopback
from mlplaybook.server.llm.open import ADDRESSES, url_of
from mlplaybook.server.settings import Settings
from mlplaybook.server.usage.book import Book
from mlplaybook.server.usage.budget import Budget, dollars
from mlplaybook.server.usage.prices import Prices, load_prices, price_of
from mlplaybook.server.usage.tokens import create_counter

Mode = Literal["off", "advisory", "gate"]
PROVIDER, KEY = "openai", "OPENAI_API_KEY"
Say = Callable[[str], None]
# Whether the estimate may be spent; asked once, before the first call.
Consent = Callable[[Estimate, str], bool]


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody said of a judge; what is empty is for the settings to say."""

    mode: Mode
    model: str = ""
    url: str = ""
    max_usd: Decimal | None = None
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """A judge that was asked for: `gate` says that it may fail a run, `max_usd` bounds what it may cost."""

    seat: Seat
    gate: bool
    max_usd: Decimal | None
    jobs: int
    settings: Settings
    consent: Consent
    say: Say = say


def create_wanted(
    choice: Choice, jobs: int, settings: Settings, environment: Mapping[str, str], consent: Consent
) -> Wanted | None:
    """The judge of options before settings, None for `off`; raises BadSetting for what is missing."""
    if choice.mode == "off":
        return None
    name = (choice.model or settings.judge_model).removeprefix(f"{PROVIDER}:")
    if not name:
        raise BadSetting("No judge is named.", "Give --judge-model NAME, or set MLPLAYBOOK_JUDGE_MODEL.")
    if name.partition(":")[0] in set(ADDRESSES) - {PROVIDER}:
        raise BadSetting(
            f"The judge {name} is not asked in OpenAI's protocol.",
            "Give the name alone, and --judge-url of a server that speaks it, such as http://127.0.0.1:11434/v1.",
        )
    variable, usual = ADDRESSES[PROVIDER]
    address = url_of((choice.url or settings.judge_url or environment.get(variable, "") or usual).strip(), PROVIDER)
    key = environment.get(KEY, "").strip()
    if not key and not is_loopback(address):
        raise BadSetting(f"The judge {name} needs a key, and {KEY} is not set.", f"Set {KEY}.")
    load_parts()
    seat = Seat(f"{PROVIDER}:{name}", name, address, key or "none", settings.judge_seconds)
    return Wanted(seat, choice.mode == "gate", choice.max_usd, jobs, settings, consent)


def name_of(seat: Seat) -> str:
    """Who judges: the model, and where."""
    return f"{seat.name} at {urlsplit(seat.url).hostname}"


def judge_cases(plan: Plan, suite: str, split: Split, wanted: Wanted | None) -> tuple[Case, ...]:
    """The cases that are judged in a suite; none without a judge. Raises BadSetting for a suite of which none are."""
    if wanted is None:
        return ()
    if suite not in plan.judging.cases:
        known = ", ".join(plan.judging.cases) or "none"
        raise BadSetting(f"No case of '{suite}' is judged.", f"Use a suite of `judge: cases:` in evals.yaml: {known}.")
    name = name_of(wanted.seat)
    return tuple(named(case, name) for case in read_suite(NAME, split, plan.judging.cases[suite]))


@contextmanager
def seated(
    world: World, plan: Plan, cases: Sequence[Case], wanted: Wanted | None, baseline: Baseline | None
) -> Iterator[World]:
    """The world with the judge in it, once what it will cost was told; raises BadSetting where that may not be spent."""
    mine = [case for case in cases if case.suite == NAME]
    if wanted is None or not mine:
        yield world
        return
    seat, settings = wanted.seat, wanted.settings
    refuse_blind_gate(wanted, baseline)
    budget = create_budget(wanted)
    desk, always = create_desk(world, seat, settings), spread(mine, plan.judging.again)
    again, before = frozenset(case.id for case in always), scores_before(baseline, name_of(seat))
    made = estimate(desk, sampled(world, mine), sampled(world, always), budget.prices)
    if made.calls and not wanted.consent(made, describe(made, wanted, budget.prices, compared=bool(before))):
        raise BadSetting("The judge was not asked.", "Run without --judge, or with --yes or --max-usd.")
    till = Till(seat.name, budget)
    engine = Engine(desk, till, wanted.jobs, wanted.say)
    panel = Panel(
        name_of(seat), engine.score, again, before, plan.judging.moved, engine.stop, lambda: till.spent
    )  # fmt: skip
    try:
        yield replace(world, judge=panel)
    finally:
        engine.close()


def create_budget(wanted: Wanted) -> Budget:
    """What may be spent in this run and on this day; raises BadSetting where a limit cannot be kept."""
    settings, name = wanted.settings, wanted.seat.name
    budget = Budget(Book(settings.usage_file), load_prices(settings.prices), wanted.max_usd, settings.daily_usd)
    if budget.limited and price_of(budget.prices, name) is None:
        raise BadSetting(
            f"The price of {name} is not known, so that no limit can be kept.",
            "Add it to the file that MLPLAYBOOK_PRICES names.",
        )
    return budget


def sampled(world: World, cases: Sequence[Case]) -> Part:
    """Cases, of which a few are answered to see what judging them takes."""
    return Part(len(cases), [create_sample(world, case) for case in spread(cases, SAMPLED)])


def create_desk(world: World, seat: Seat, settings: Settings) -> Desk:
    """A seat with the world's encoder; raises BadSetting without one, for relevancy compares meanings."""
    encoder = world.index.encoder
    if encoder is None:
        raise BadSetting("A judge needs the encoder, and there is none.", "Run: mlplaybook doctor")
    replies = Replies(settings.index_folder.parent / "evals" / FOLDER)
    encode = functools.partial(sentence_vector, world)
    return Desk(seat, replies, encode, create_counter(encoder.count_tokens))


def refuse_blind_gate(wanted: Wanted, baseline: Baseline | None) -> None:
    """Raises BadSetting where a judge is to gate and there is nothing to compare with, before anything is spent."""
    name = name_of(wanted.seat)
    if not wanted.gate or scores_before(baseline, name):
        return
    what = "there is no baseline"
    if baseline is not None:
        other = judge_of(baseline.fingerprint)
        what = f"the baseline was judged by {other}" if other else "the baseline has no scores of a judge"
    raise BadSetting(
        f"--judge gate compares, and {what}.", "Run with --judge advisory, bless that run, and give it as --baseline."
    )


def scores_before(baseline: Baseline | None, name: str) -> dict[str, dict[str, float]]:
    """What the same judge said in the baseline, by case and metric; nothing where it was another one."""
    if baseline is None or judge_of(baseline.fingerprint) != name:
        return {}
    return {
        case: {metric.partition("/")[2]: score.value for metric, score in scores.items() if score.value is not None}
        for case, scores in baseline.scores.items()
        if case.partition("/")[0] == NAME
    }


def describe(made: Estimate, wanted: Wanted, prices: Prices, *, compared: bool) -> str:
    """What judging will cost, in a line; nobody knows yet which scores will have moved from a baseline."""
    price, usage = price_of(prices, wanted.seat.name), made.usage
    tokens = f"{millions(usage.prompt_tokens)} tokens sent, {millions(usage.completion_tokens)} received"
    money = "at a price that is not known"
    if price is not None and made.usd is not None:
        money = f"{dollars(made.usd)} USD at prices of {price.as_of}"
    limit = f", and never more than {dollars(wanted.max_usd)} USD" if wanted.max_usd is not None else ""
    kept = f", {made.kept:,} more are kept and cost nothing" if made.kept else ""
    asked = f"{made.cases} cases" + (f", {made.again} of them asked {ASKS} times" if made.again else "")
    more = "; more where scores moved from the baseline" if compared else ""
    return f"judge {name_of(wanted.seat)}: {asked}: about {made.calls:,} calls{kept}: {tokens}: {money}{limit}{more}"


def millions(tokens: int) -> str:
    """A number of tokens for people.

    >>> millions(5_612_345), millions(81_200), millions(300)
    ('5.6 M', '81 k', '300')
    """
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f} M"
    return f"{tokens / 1000:.0f} k" if tokens >= 1000 else str(tokens)
