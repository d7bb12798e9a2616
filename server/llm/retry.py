"""Another attempt where one may help."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from mlplaybook.server.llm.deadline import Deadline
from mlplaybook.server.llm.records import Kind, ModelFailed, Stream

# The same request may succeed a moment later. The rest would fail again.
PASSING: frozenset[Kind] = frozenset({"refused", "timeout", "rate-limit", "server"})


@dataclass(frozen=True, slots=True)
class Retries:
    """At most so many attempts, with pauses of random length below `base`, 2 `base`, 4 `base` ... `cap` seconds.

    A random pause from zero up ("full jitter") keeps those who failed together from coming back together. `jitter` is
    between 0 and 1.
    """

    attempts: int = 3
    base: float = 0.5
    cap: float = 8.0
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random


def retry(
    attempt: Callable[[], Stream],
    retries: Retries,
    deadline: Deadline,
    patience: float = float("inf"),
    passing: frozenset[Kind] = PASSING,
) -> Stream:
    """What an attempt yields; another attempt if it failed before its first text in a way that may pass.

    Nobody waits longer than `patience` seconds, nor until the deadline.

    :raises ModelFailed: the last attempt's.
    """
    for number in itertools.count(1):
        try:
            yield from attempt()
        except ModelFailed as failed:
            seconds = pause(number, failed.retry_after, retries)
            helps = failed.kind in passing and not failed.began
            if not helps or number >= retries.attempts or seconds > patience or seconds >= deadline.left():
                raise
        else:
            return
        retries.sleep(seconds)


def pause(number: int, asked: float | None, retries: Retries) -> float:
    """Seconds to wait after attempt `number`: never less than what the provider asked for.

    >>> pause(3, None, Retries(jitter=lambda: 0.5))
    1.0
    >>> pause(1, 7.0, Retries(jitter=lambda: 0.5))
    7.25
    """
    spread = retries.jitter() * min(retries.cap, retries.base * 2.0 ** (number - 1))
    return (asked or 0.0) + spread
