"""What tokens cost: a dated price list that a file of one's own may replace, and money as exact decimals."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from pathlib import Path

import yaml

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.records import Usage

PRICES_FILE = "prices.yaml"
SETTING = "MLPLAYBOOK_PRICES"
MILLION = Decimal(1_000_000)
# In dollars per million tokens; the dearest model on the list costs 75, so that a figure beyond this is a slip.
DEAREST = Decimal(10_000)
RATES = ("prompt", "cached", "write", "completion")
FIELDS = frozenset({*RATES, "long", "as-of", "source"})
MODEL = re.compile(r"[a-z0-9_-]+:\S+")
DATE = re.compile(r"20\d\d-(0[1-9]|1[0-2])(-\d\d)?")
# Providers name the model that answered by its snapshot, such as gpt-6-sol-2026-09-22 or claude-haiku-5-5-20261007.
SNAPSHOT = re.compile(r"-(20\d\d-\d\d-\d\d|20\d{6})$")


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars per million tokens of each class."""

    prompt: Decimal
    cached: Decimal
    write: Decimal
    completion: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, since when and by whose word; above `above` prompt tokens the whole request costs `beyond`."""

    rate: Rate
    as_of: str
    source: str
    above: int | None = None
    beyond: Rate | None = None

    def rate_for(self, prompt_tokens: int) -> Rate:
        """What a request that sends so many tokens is charged at."""
        return self.beyond if self.beyond and self.above is not None and prompt_tokens > self.above else self.rate


Prices = Mapping[str, Price]


def load_prices(own: Path | None = None) -> Prices:
    """The shipped prices, with entries of an own file in their place or beside them.

    :raises BadSetting: the file cannot be read; the message names the entry and what is wrong with it.
    """
    if own is None:
        return shipped_prices()
    try:
        text = own.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{SETTING}={own} cannot be read: {error}.", f"Correct or unset {SETTING}.") from error
    return {**shipped_prices(), **read_prices(text, str(own))}


@functools.cache
def shipped_prices() -> Prices:
    """The list that comes with the program, read once: that takes longer than to find an answer that was kept."""
    return read_prices(files(__package__).joinpath(PRICES_FILE).read_text("utf-8"), PRICES_FILE)


def price_of(prices: Prices, model: str) -> Price | None:
    """The price of `provider:model`: by its name, by that without a snapshot's date, or by the longest `name*` that fits."""
    for name in (model, SNAPSHOT.sub("", model)):
        if name in prices:
            return prices[name]
    fitting = [name for name in prices if name.endswith("*") and model.startswith(name[:-1])]
    return prices[max(fitting, key=len)] if fitting else None


def cost(usage: Usage, model: str, prices: Prices) -> Decimal | None:
    """US dollars of a call, None where the model's price is not known.

    >>> prices = {"openai:x": Price(Rate(Decimal(2), Decimal("0.2"), Decimal(2), Decimal(10)), "2026-11", "")}
    >>> cost(Usage(prompt_tokens=4000, completion_tokens=400, cached_tokens=2000), "openai:x", prices)
    Decimal('0.0084')
    """
    price = price_of(prices, model)
    if price is None:
        return None
    rate = price.rate_for(usage.prompt_tokens)
    cached = min(usage.cached_tokens, usage.prompt_tokens)
    written = min(usage.written_tokens, usage.prompt_tokens - cached)
    fresh = usage.prompt_tokens - cached - written
    sent = fresh * rate.prompt + cached * rate.cached + written * rate.write
    return (sent + usage.completion_tokens * rate.completion) / MILLION


def worst_cost(prompt_tokens: int, max_tokens: int, model: str, prices: Prices) -> Decimal | None:
    """The most that a call can cost, in US dollars: nothing was kept, all is written, and the reply takes all it may."""
    price = price_of(prices, model)
    if price is None:
        return None
    rate = price.rate_for(prompt_tokens)
    return (prompt_tokens * max(rate.prompt, rate.write) + max_tokens * rate.completion) / MILLION


def read_prices(text: str, origin: str) -> dict[str, Price]:
    """The prices in a file; `origin` names it in errors."""
    try:
        record = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise mistake(origin, f"it is no YAML: {' '.join(str(error).split())}") from error
    models = record.get("models") if isinstance(record, dict) else None
    if not isinstance(models, dict) or set(record) != {"models"}:
        raise mistake(origin, "it is not one mapping `models:` from provider:model to prices")
    return {name_of(model, origin): create_price(model, entry, origin) for model, entry in models.items()}


def name_of(model: object, origin: str) -> str:
    """The key of an entry."""
    if not isinstance(model, str) or not MODEL.fullmatch(model):
        raise mistake(origin, f"{model!r} is not written as provider:model")
    return model


def create_price(model: str, entry: object, origin: str) -> Price:
    """One entry."""
    where = f"{origin}, {model}"
    if not isinstance(entry, dict):
        raise mistake(where, f"{entry!r} is no mapping of prices")
    strange = sorted(str(name) for name in entry if name not in FIELDS)
    if strange:
        raise mistake(where, f"there is no field {', '.join(strange)}; there are {', '.join(sorted(FIELDS))}")
    as_of = str(entry.get("as-of", ""))
    if not DATE.fullmatch(as_of):
        raise mistake(where, f"as-of is {as_of!r}, not a date such as 2026-11 or 2026-11-21")
    above, beyond = create_long(entry.get("long"), where)
    return Price(create_rate(entry, where), as_of, str(entry.get("source", "")), above, beyond)


def create_long(entry: object, where: str) -> tuple[int | None, Rate | None]:
    """From how many prompt tokens on the request costs what."""
    if entry is None:
        return None, None
    above = entry.get("above") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(above, int) or isinstance(above, bool) or above < 0:
        raise mistake(where, f"long is {entry!r}, without a number of tokens `above`")
    strange = sorted(str(name) for name in entry if name not in {*RATES, "above"})
    if strange:
        raise mistake(where, f"long has no field {', '.join(strange)}")
    return above, create_rate(entry, f"{where}, long")


def create_rate(entry: Mapping[str, object], where: str) -> Rate:
    """The four prices; those of kept tokens are that of fresh ones where they are not given."""
    given = {name: dollars(entry[name], name, where) for name in RATES if name in entry}
    missing = [name for name in ("prompt", "completion") if name not in given]
    if missing:
        raise mistake(where, f"{' and '.join(missing)} is not given")
    return Rate(**{"cached": given["prompt"], "write": given["prompt"], **given})


def dollars(value: object, name: str, where: str) -> Decimal:
    """A price as an exact decimal."""
    try:
        amount = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= DEAREST:
        raise mistake(where, f"{name} is {value!r}, not dollars per million tokens from 0 to {DEAREST:,}")
    return amount


def mistake(where: str, what: str) -> BadSetting:
    """The error for a price list."""
    return BadSetting(f"Prices cannot be read from {where}: {what}.", f"Correct the file that {SETTING} names.")
