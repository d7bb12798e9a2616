"""A service that lives long: it answers at once by words, with vectors when they are loaded, and follows new generations."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.renewing import open_renewed
from mlplaybook.server.retrieval.index import Index, close_index
from mlplaybook.server.service import Service, open_service, remembering
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import Say, open_by_words, serving_name

# A generation that cannot be opened is tried again, but not with every question.
AGAIN_SECONDS = 30.0
# Loading takes the processor from the first question, which is often there already: it begins when that is answered, or now.
GRACE_SECONDS = 0.5


@dataclass(slots=True)
class Shelf:
    """An open index, how many are reading it, and whether a newer one has taken its place."""

    index: Index
    readers: int = 0
    retired: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What serves, for people and probes. `ready` is false while only words are searched because the rest is loading."""

    generation: str
    ready: bool
    loading: bool
    trouble: str = ""


class Live:
    """Lends a service on the newest generation; safe for threads.

    :param service: what outlives questions, on an index that is open already.
    :param open_newest: opens the serving generation with all it has; may build it, and take minutes.
    :param serving: the folder name of the generation that serves now, "" before there is one; asked with every question.
    :param complete: whether the index of `service` has all it can have, so that nothing needs to be loaded.
    :param grace: how many seconds loading waits for a first question to be answered.
    """

    def __init__(
        self,
        service: Service,
        open_newest: Callable[[], Index],
        serving: Callable[[], str],
        *,
        complete: bool = False,
        grace: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._open, self._serving, self._clock = open_newest, serving, clock
        self._shelf = Shelf(service.index)
        self._lock = threading.Lock()
        self._loading: threading.Thread | None = None
        self._complete, self._answered = threading.Event(), threading.Event()
        self._grace = grace
        self._trouble, self._not_before = "", 0.0
        if complete:
            self._complete.set()

    @contextmanager
    def lend(self) -> Iterator[Service]:
        """The service as it is now; its index stays open and the same until it is given back."""
        self.follow()
        with self._lock:
            shelf = self._shelf
            shelf.readers += 1
        try:
            yield replace(self._service, index=shelf.index)
        finally:
            self._answered.set()
            with self._lock:
                shelf.readers -= 1
            self._clear(shelf)

    def follow(self) -> None:
        """Begin to load in a thread when another generation serves, or when what is open lacks its vectors."""
        with self._lock:
            if self._loading or self._clock() < self._not_before:
                return
            if self._complete.is_set() and self._newest_is_open():
                return
            self._loading = threading.Thread(target=self._load, name="mlplaybook-index", daemon=True)
            self._loading.start()

    def wait(self, seconds: float) -> bool:
        """Wait until everything is loaded, at most so long; whether it is."""
        self.follow()
        return self._complete.wait(seconds)

    @property
    def state(self) -> State:
        """What serves now."""
        with self._lock:
            generation = self._shelf.index.manifest.generation
            return State(generation, self._complete.is_set(), self._loading is not None, self._trouble)

    def close(self) -> None:
        """Let go of the index."""
        with self._lock:
            self._shelf.retired = True
        self._clear(self._shelf)

    def _newest_is_open(self) -> bool:
        try:
            return self._serving() in {"", self._shelf.index.folder.name}
        except PlaybookError as error:
            # A damaged CURRENT: what is open goes on serving.
            self._trouble = str(error)
            return True

    def _load(self) -> None:
        self._answered.wait(self._grace)
        try:
            index = remembering(self._open(), self._service.store)
        except (PlaybookError, OSError) as error:
            with self._lock:
                self._trouble, self._loading = str(error), None
                self._not_before = self._clock() + AGAIN_SECONDS
            self._service.say(f"the index that served before still serves: {error}")
            return
        with self._lock:
            before, self._shelf = self._shelf, Shelf(index)
            before.retired = True
            self._trouble, self._loading = "", None
            self._complete.set()
        self._clear(before)

    def _clear(self, shelf: Shelf) -> None:
        """Close an index that was replaced, when its last reader has gone."""
        with self._lock:
            over = shelf.retired and shelf.readers == 0
            # Of two readers who leave at once, one closes.
            shelf.retired = shelf.retired and not over
        if over:
            close_index(shelf.index)


@contextmanager
def open_live(
    settings: Settings, corpus: str, say: Say, prepare: Callable[[Index], Index] = lambda index: index
) -> Iterator[Live]:
    """A live service on a corpus; it answers by words at once and begins to load the rest.

    :param prepare: what is done to an index with vectors before it serves.
    :raises CorpusMissing: nothing has been published under that name.
    """
    with open_service(settings, open_by_words(settings, corpus), say) as service:
        live = Live(
            service,
            lambda: prepare(open_renewed(settings, corpus, say)),
            lambda: serving_name(settings, corpus),
            grace=GRACE_SECONDS,
        )
        live.follow()
        try:
            yield live
        finally:
            live.close()
