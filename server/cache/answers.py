"""An answer from the cache, or worked out once and kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from mlplaybook.server.answers.records import Answer
from mlplaybook.server.cache.codec import decode_answer, encode_answer
from mlplaybook.server.cache.flight import WAIT_SECONDS, Flights
from mlplaybook.server.cache.store import TTL, Store
from mlplaybook.server.tracing import names
from mlplaybook.server.tracing.spans import NOOP, Tracer, cache_span

# Whether an answer that was kept may be given.
Holds = Callable[[Answer], bool]


def anything(answer: Answer) -> bool:
    """Whatever is kept is given."""
    return True


def cached_answer(
    store: Store | None,
    flights: Flights[Answer],
    key: str,
    work: Callable[[], Answer],
    wait: float = WAIT_SECONDS,
    late: Callable[[], Answer] | None = None,
    *,
    holds: Holds = anything,
    tracer: Tracer = NOOP,
) -> Answer:
    """What is kept under the key and `holds`, or what `work` gives; several threads that ask for one key work once.

    An answer that cost nothing now, whether it was kept or another thread worked on it, has `stamp.cached` and else every
    byte and timing of the original. An exception is shared and not kept. `wait` and `late` are those of `Flights.run`.
    """

    def found_or_made() -> Answer:
        found = lookup(store, key, holds, tracer)
        return found if found is not None else keep(store, key, work())

    answer, shared = flights.run(key, found_or_made, wait, late)
    return mark(answer) if shared else answer


def lookup(store: Store | None, key: str, holds: Holds = anything, tracer: Tracer = NOOP) -> Answer | None:
    """The answer under a key, marked as cached; one that does not hold counts as none, as do bytes of another version."""
    with cache_span(tracer, "answer") as span:
        found = read_kept(store, key)
        given = found is not None and holds(found)
        span.set(**{names.CACHE_HIT: given})
    return mark(found) if found is not None and given else None


def read_kept(store: Store | None, key: str) -> Answer | None:
    """What is kept under a key, as far as it is an answer of this version."""
    content = store.get(key) if store is not None else None
    try:
        return decode_answer(content) if content is not None else None
    except ValueError:
        return None


def keep(store: Store | None, key: str, answer: Answer) -> Answer:
    """Put an answer that may be kept into the store; returns it as it is."""
    if store is not None and may_be_kept(answer):
        store.put(key, encode_answer(answer), TTL["answer"])
    return answer


def may_be_kept(answer: Answer) -> bool:
    """Whether asking again would give no better answer.

    Nothing that is degraded is kept, and no refusal of a model: a second attempt may find what the first one did not.
    """
    return not answer.degraded and not (answer.mode == "llm" and answer.status == "abstained")


def mark(answer: Answer) -> Answer:
    """The same answer, said to come from the cache."""
    return dataclasses.replace(answer, stamp=dataclasses.replace(answer.stamp, cached=True))
