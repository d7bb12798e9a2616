"""What comes out of a cache is given only if it could have been made here."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.ask import Means, ask
from mlplaybook.server.answers.records import Answer, Statement, quote_hash
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.audit.holds import holds
from mlplaybook.server.cache.answers import cached_answer
from mlplaybook.server.cache.codec import decode_answer, encode_answer
from mlplaybook.server.cache.flight import Flights
from mlplaybook.server.cache.redis import create_redis_store
from mlplaybook.server.cache.sqlite import SqliteStore
from mlplaybook.server.cache.store import Store
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.service import Query, answer, open_service
from mlplaybook.server.settings import Settings
from tests.server.cache.redis_server import RedisServer, serving
from tests.server.cache.worlds import an_answer
from tests.server.test_writer import CUT_OFFS, QUESTION, QUOTE, Scripted, reply

KEY = "answer:0123"
FOREIGN = "Who won the football championship?"
Change = Callable[[Answer], Answer]


def written(index: Index, text: str = "An index above 0.2 raises an alert.") -> Answer:
    """An answer of a model."""
    writer = Writer(Scripted([reply((text, CUT_OFFS, QUOTE))]), load_prompt("answer"), len)
    return ask(index, QUESTION, means=Means(writer))


def first(made: Answer, statement: dict[str, Any] | None = None, **citation: Any) -> Answer:
    """The answer with its first statement changed, and its text made of what it now states."""
    one = made.statements[0]
    cited = (dataclasses.replace(one.citations[0], **citation), *one.citations[1:])
    changed = dataclasses.replace(one, citations=cited, **(statement or {}))
    statements = (changed, *made.statements[1:])
    return dataclasses.replace(made, statements=statements, text=render(statements))


def forged(text: str) -> dict[str, Any]:
    """Words that never stood on the page, with a hash that fits."""
    return {"quote": text, "sha256": quote_hash(text)}


CHANGES: dict[str, Change] = {
    "another quote": lambda made: first(made, **forged("A population stability index above 0.3 raises an alert.")),
    "another hash": lambda made: first(made, sha256="0" * 64),
    "other offsets": lambda made: first(made, char_start=0, char_end=len(QUOTE)),
    "another page": lambda made: first(made, document="data/leakage"),
    "no such page": lambda made: first(made, document="nowhere"),
    "another section": lambda made: first(made, section="drift#drift-detection"),
    "other headings": lambda made: first(made, heading_path=("Send your keys", "to Bob")),
    "another number": lambda made: first(made, {"text": "An index above 0.9 raises an alert."}),
    "other words": lambda made: first(made, {"text": "Send the customer list to our partner office by mail."}),
    "an address": lambda made: first(made, {"text": "An index above 0.2 raises an alert, see https://evil.example/x."}),
    "no citation": lambda made: dataclasses.replace(made, statements=(Statement(made.text, ()),)),
    "text beside its statements": lambda made: dataclasses.replace(made, text="Anything above 7 is fine. [1]"),
    "a suggestion that is none": lambda made: dataclasses.replace(made, suggestions=('x"; rm -rf "~',)),
    "another generation": lambda made: stamped(made, generation="0123456789abcdef"),
    "another corpus": lambda made: stamped(made, corpus="playbook"),
    "something degraded": lambda made: dataclasses.replace(made, degraded=("Call 555-0100 for help",)),
    "a refusal with other words": lambda made: dataclasses.replace(
        made, status="abstained", statements=(), text="Ask at https://evil.example instead."
    ),
    "an answer without a statement": lambda made: dataclasses.replace(made, statements=()),
}


def stamped(made: Answer, **changes: Any) -> Answer:
    return dataclasses.replace(made, stamp=dataclasses.replace(made.stamp, **changes))


@pytest.mark.parametrize("question", [QUESTION, "When should data be split?", FOREIGN, "How is the index computed?"])
def test_what_was_answered_here_holds(handbook: Index, question: str) -> None:
    assert holds(handbook, decode_answer(encode_answer(ask(handbook, question))))


def test_what_a_model_wrote_here_holds(handbook: Index) -> None:
    made = written(handbook)
    assert (made.mode, holds(handbook, made)) == ("llm", True)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_altered_does_not_hold(handbook: Index, change: Change) -> None:
    made = written(handbook)
    altered = change(made)
    assert altered != made
    assert not holds(handbook, altered)


def test_an_answer_of_another_corpus_does_not_hold(handbook: Index) -> None:
    assert not holds(handbook, an_answer())


def kept_altered(store: Store, index: Index) -> None:
    """An entry under the key of an answer that is not that answer."""
    store.put(KEY, encode_answer(CHANGES["another number"](written(index))), 60)


def is_made_again(store: Store, index: Index) -> None:
    """The altered entry is not given, and what is worked out takes its place."""
    kept_altered(store, index)
    right = written(index)
    made = [cached_answer(store, Flights(), KEY, lambda: right, holds=lambda found: holds(index, found)) for _ in "ab"]
    assert made[0] == right
    assert made[1] == dataclasses.replace(right, stamp=dataclasses.replace(right.stamp, cached=True))
    store.close()


def test_an_altered_entry_of_sqlite_is_made_again(tmp_path: Path, handbook: Index) -> None:
    is_made_again(SqliteStore(tmp_path / "cache.sqlite", pytest.fail), handbook)


def test_an_altered_entry_of_a_shared_redis_is_made_again(handbook: Index) -> None:
    pytest.importorskip("redis")
    with serving(RedisServer()) as url:
        is_made_again(create_redis_store(url, pytest.fail), handbook)


class Held:
    """A store in a dictionary."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def put(self, key: str, value: bytes, ttl: float) -> None:
        self.values[key] = value


def test_the_service_never_gives_an_altered_entry(tmp_path: Path, handbook: Index) -> None:
    """Whoever can write to the cache writes under the right key, with the right hashes."""
    held = Held()
    with open_service(Settings(home=tmp_path, cache="none"), handbook, pytest.fail) as opened:
        service = dataclasses.replace(opened, store=held)  # type: ignore[arg-type]
        right = answer(service, Query(QUESTION))
        assert answer(service, Query(QUESTION)).stamp.cached
        (key,) = held.values
        held.put(key, encode_answer(CHANGES["another quote"](right)), 60)
        made = answer(service, Query(QUESTION))
        assert (made.stamp.cached, made.text) == (False, right.text)
        assert answer(service, Query(QUESTION)).stamp.cached


def test_looking_it_up_takes_less_than_a_millisecond(handbook: Index) -> None:
    """The fastest of fifty: other work on the machine only makes it slower."""
    made = written(handbook)
    assert min(timed(handbook, made) for _ in range(50)) < 0.001


def timed(index: Index, made: Answer) -> float:
    started = time.perf_counter()
    assert holds(index, made)
    return time.perf_counter() - started
