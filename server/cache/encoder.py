"""An encoder that remembers questions: in this process, and in the store."""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from mlplaybook.ingest.encoder import Encoded, Encoder
from mlplaybook.server.cache.keys import embedding_key
from mlplaybook.server.cache.store import TTL, Store

# Of about 10 KB each.
REMEMBERED = 256
# A mark, then how many sentence dimensions, tokens and token dimensions follow; all numbers are little-endian.
HEADER = struct.Struct("<4sIII")
MARK = b"qv1\n"


class CachedEncoder:
    """The same vectors as the encoder's, bit for bit; documents are never kept."""

    def __init__(self, encoder: Encoder, store: Store | None, most: int = REMEMBERED) -> None:
        self._encoder = encoder
        self._store = store
        self._most = most
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, Encoded] = OrderedDict()
        self.id = encoder.id
        self.dimensions = encoder.dimensions
        self.token_dimensions = encoder.token_dimensions
        self.max_tokens = encoder.max_tokens
        self.count_tokens: Callable[[str], int] = encoder.count_tokens

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors of passages, in the order given."""
        return self._encoder.encode_documents(texts)

    def encode_query(self, text: str) -> Encoded:
        """Vectors of a question."""
        key = embedding_key(self.id, text)
        with self._lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        encoded = self._kept(key)
        if encoded is None:
            encoded = self._encoder.encode_query(text)
            if self._store is not None:
                self._store.put(key, pack(encoded), TTL["embedding"])
        with self._lock:
            self._recent[key] = encoded
            if len(self._recent) > self._most:
                self._recent.popitem(last=False)
        return encoded

    def _kept(self, key: str) -> Encoded | None:
        content = self._store.get(key) if self._store is not None else None
        encoded = unpack(content) if content is not None else None
        fits = encoded is not None and encoded.sentence.shape == (self.dimensions,)
        return encoded if fits and encoded.tokens.shape[1] == self.token_dimensions else None  # type: ignore[union-attr]


def pack(encoded: Encoded) -> bytes:
    """Vectors and spans as bytes."""
    tokens, dimensions = encoded.tokens.shape
    head = HEADER.pack(MARK, len(encoded.sentence), tokens, dimensions)
    arrays = (encoded.sentence.astype("<f4"), encoded.tokens.astype("<f4"), encoded.spans.astype("<i4"))
    return head + b"".join(array.tobytes() for array in arrays)


def unpack(content: bytes) -> Encoded | None:
    """What was packed, None for other bytes."""
    if len(content) < HEADER.size:
        return None
    mark, sentence, tokens, dimensions = HEADER.unpack_from(content)
    if mark != MARK or len(content) != HEADER.size + 4 * (sentence + tokens * dimensions + tokens * 2):
        return None
    floats = np.frombuffer(content, "<f4", sentence + tokens * dimensions, HEADER.size)
    spans = np.frombuffer(content, "<i4", tokens * 2, HEADER.size + 4 * floats.size)
    return Encoded(
        floats[:sentence].astype(np.float32),
        floats[sentence:].astype(np.float32).reshape(tokens, dimensions),
        spans.astype(np.int32).reshape(tokens, 2),
    )
