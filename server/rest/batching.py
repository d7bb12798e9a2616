"""Questions that come at the same time are encoded together: whoever finds the encoder busy joins the next batch."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

from mlplaybook.ingest.encoder import BATCH, Encoded, Encoder
from mlplaybook.server.retrieval.index import Index


@runtime_checkable
class QueryEncoder(Encoder, Protocol):
    """An encoder that takes several questions at once."""

    def encode_queries(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors of questions, in the order given."""


@dataclass(slots=True, eq=False)
class Ticket:
    """A question that waits; whoever holds it is woken when it is encoded, or to encode the next batch."""

    text: str
    woken: threading.Event = field(default_factory=threading.Event)
    leads: bool = False
    encoded: Encoded | None = None
    error: BaseException | None = None


class BatchingEncoder:
    """The same vectors as the encoder's; a question that comes alone waits for nobody.

    There is no thread of its own: of those who wait, the first one encodes for up to `most` of them.
    """

    def __init__(self, encoder: QueryEncoder, most: int = BATCH) -> None:
        self._encoder, self._most = encoder, most
        self._lock = threading.Lock()
        self._waiting: deque[Ticket] = deque()
        self._busy = False
        self.id = encoder.id
        self.dimensions = encoder.dimensions
        self.token_dimensions = encoder.token_dimensions
        self.max_tokens = encoder.max_tokens
        self.count_tokens: Callable[[str], int] = encoder.count_tokens

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors of passages, in the order given."""
        return self._encoder.encode_documents(texts)

    def encode_query(self, text: str) -> Encoded:
        """Vectors of a question; from any thread, which waits for them."""
        mine = Ticket(text)
        with self._lock:
            self._waiting.append(mine)
            if not self._busy:
                self._busy = mine.leads = True
        if not mine.leads:
            mine.woken.wait()
        if mine.leads:
            self._lead()
        if mine.error is not None:
            raise mine.error
        assert mine.encoded is not None
        return mine.encoded

    def _lead(self) -> None:
        """Encode for the first ones in the queue, then have the next one lead."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            every = list(self._encoder.encode_queries([ticket.text for ticket in batch]))
            for ticket, encoded in zip(batch, every, strict=True):
                ticket.encoded = encoded
        except BaseException as error:
            for ticket in batch:
                ticket.error = error
        with self._lock:
            self._busy = bool(self._waiting)
            if self._busy:
                self._waiting[0].leads = True
                self._waiting[0].woken.set()
        for ticket in batch:
            ticket.woken.set()


def batching(index: Index) -> Index:
    """The index with an encoder that takes several questions at once, where its encoder can."""
    encoder = index.encoder
    return replace(index, encoder=BatchingEncoder(encoder)) if isinstance(encoder, QueryEncoder) else index
