"""Which version of a prompt a request gets: the one it asks for, its share of a split, the pinned one, the default."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from mlplaybook.prompts.errors import BadPin

PIN = re.compile(r"\s*([a-z][a-z0-9-]*)@([1-9]\d{0,5})\s*")
SHARE = re.compile(r"\s*([a-z][a-z0-9-]*@[1-9]\d{0,5})\s*:\s*(\d{1,3}(?:\.\d{1,2})?)\s*%\s*")
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Pin:
    """One version by name."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Share:
    """A version and the per cent of keys that get it."""

    pin: Pin
    percent: Decimal


def parse_pin(text: str) -> Pin:
    """`name@version`; raises BadPin naming what was given.

    >>> parse_pin("answer@1")
    Pin(name='answer', version=1)
    """
    found = PIN.fullmatch(text)
    if found is None:
        raise BadPin(f"'{text.strip()}' names no version of a prompt.", "Write it as answer@1.")
    return Pin(found[1], int(found[2]))


def parse_pins(text: str) -> dict[str, int]:
    """Pins with commas between them, by name; raises BadPin.

    >>> parse_pins("answer@2, condense@1")
    {'answer': 2, 'condense': 1}
    """
    pins = [parse_pin(part) for part in text.split(",") if part.strip()]
    made = {pin.name: pin.version for pin in pins}
    if len(made) < len(pins):
        raise BadPin(f"'{text.strip()}' pins a prompt twice.", "Name each prompt once.")
    return made


def parse_split(text: str) -> tuple[Share, ...]:
    """Shares with commas between them, such as `answer@2: 10%, condense@2: 2.5%`; raises BadPin."""
    shares = []
    for part in filter(str.strip, text.split(",")):
        found = SHARE.fullmatch(part)
        if found is None:
            raise BadPin(f"'{part.strip()}' is no share of a split.", "Write it as answer@2: 10%.")
        shares.append(Share(parse_pin(found[1]), Decimal(found[2])))
    for name in {share.pin.name for share in shares}:
        total = sum(share.percent for share in shares if share.pin.name == name)
        if total > WHOLE:
            raise BadPin(f"The shares of '{name}' are {total}% together.", "Give out at most 100%.")
    return tuple(shares)


def choose_version(name: str, pins: Mapping[str, int], split: str, key: str, asked: int | None = None) -> int | None:
    """The version that a request gets, None for the default.

    What the request itself `asked` for wins, then a split, then a pin of the settings. The same key always gets the same
    version, and a key that was in a share stays in it when the share grows; without a key there is no split.

    :raises BadPin: the split cannot be understood.
    """
    if asked is not None:
        return asked
    return share_of(parse_split(split), name, key) or pins.get(name)


def share_of(shares: Sequence[Share], name: str, key: str) -> int | None:
    """The version whose share the key falls into; shares of a name lie one behind the other from 0 on."""
    if not key:
        return None
    place = place_of(name, key)
    end = Decimal(0)
    for share in shares:
        if share.pin.name == name:
            end += share.percent
            if place < end:
                return share.pin.version
    return None


def place_of(name: str, key: str) -> Decimal:
    """Where a key lies between 0 and 100, in hundredths: SHA-256 of `name:key`, as a number, modulo 10,000.

    >>> place_of("answer", "dave")
    Decimal('4.03')
    """
    number = int.from_bytes(hashlib.sha256(f"{name}:{key}".encode("utf-8", "surrogatepass")).digest())
    return Decimal(number % 10_000) / WHOLE
