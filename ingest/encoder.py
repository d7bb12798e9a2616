"""Text to vectors: the Encoder seam, and the one that runs an ONNX export without torch."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from mlplaybook.ingest.checksums import sha256_of
from mlplaybook.ingest.errors import WeightsRefused

Floats = NDArray[np.float32]

# What a folder of exported weights holds.
MODEL_FILE, TOKENIZER_FILE, ENCODER_FILE = "model.onnx", "tokenizer.json", "encoder.json"
# The tensors of the model, beside its graph: onnxruntime maps them from the file, so that processes share one copy of them and
# the peak of a process is 85 MB lower than with everything in one file. Exports of older versions have none.
TENSORS_FILE = "model.weights"
PROJECTION_FILE = "projection.npy"
# Texts sorted by length within this many: padding is wasted work, and all texts of a corpus do not fit in memory.
SORT_WINDOW = 64
# Measured over 4, 8, 16, 32: the same speed up to 16 (72 chunks/s on two cores), and half the memory of 16.
BATCH = 8
# A text longer than max_tokens is read in windows; the rest of a monster is left to the lexical index.
MOST_WINDOWS = 8
WORD_OR_MARK = re.compile(r"\w+|[^\w\s]")
# Word pieces per word or mark, measured over English technical prose with the MiniLM vocabulary.
PIECES_PER_WORD = 1.25


@dataclass(frozen=True, slots=True)
class Encoded:
    """One text: `sentence` (dimensions,) and `tokens` (tokens, token dimensions), float32, each row of unit length.

    Token vectors may have been projected to fewer dimensions (`mlplaybook.ingest.projection`). `spans` (tokens, 2) are the
    character ranges of the tokens in the text; special tokens have an empty range.
    """

    sentence: Floats
    tokens: Floats
    spans: NDArray[np.int32]


class Encoder(Protocol):
    """Anything that turns text into one sentence vector and its token vectors."""

    @property
    def id(self) -> str:
        """Names weights and pooling: vectors of two encoders with the same id can be compared."""

    @property
    def dimensions(self) -> int:
        """Length of a sentence vector."""

    @property
    def token_dimensions(self) -> int:
        """Length of a token vector."""

    @property
    def max_tokens(self) -> int:
        """How many tokens are read at once, special ones included."""

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors of passages, in the order given."""

    def encode_query(self, text: str) -> Encoded:
        """Vectors of a question."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special ones left out."""


def estimate_tokens(text: str) -> int:
    """Word pieces of a text where no tokenizer is at hand.

    >>> estimate_tokens("Detect drift, early.")
    7
    """
    return int(len(WORD_OR_MARK.findall(text)) * PIECES_PER_WORD + 0.999)


class OnnxEncoder:
    """all-MiniLM-L6-v2, or any other exported sentence-transformers model, on onnxruntime."""

    def __init__(
        self,
        session: Any,  # noqa: ANN401 (onnxruntime has no types)
        tokenizer: Tokenizer,
        counter: Tokenizer,
        facts: dict[str, Any],
        projection: Floats | None = None,
    ) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._counter = counter
        self.id: str = facts["id"]
        self.dimensions: int = facts["dimensions"]
        self._projection = projection
        self.token_dimensions: int = facts["dimensions"] if projection is None else projection.shape[1]
        self.max_tokens: int = facts["max_tokens"]
        self._pool_first: bool = facts["pooling"] == "cls"
        self._query_prompt: str = facts.get("query_prompt", "")
        self._inputs = {entry.name for entry in session.get_inputs()}

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors of passages, in the order given; at most SORT_WINDOW of them are held at once."""
        for start in range(0, len(texts), SORT_WINDOW):
            yield from self._encode_window(texts[start : start + SORT_WINDOW])

    def encode_query(self, text: str) -> Encoded:
        """Vectors of a question, with the model's query prompt where it has one."""
        return next(self.encode_queries([text]))

    def encode_queries(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors of questions that came at the same time, bit for bit those of each alone, in the order given."""
        return self._encode_window([self._query_prompt + text for text in texts])

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, special ones left out."""
        # Only a batch is counted without the interpreter's lock: a whole corpus takes a second, in which nobody else could work.
        return len(self._counter.encode_batch_fast([text], add_special_tokens=False)[0])

    def _encode_window(self, texts: Sequence[str]) -> Iterator[Encoded]:
        encodings = [[first, *first.overflowing][:MOST_WINDOWS] for first in self._tokenizer.encode_batch(list(texts))]
        flat = [(number, encoding) for number, windows in enumerate(encodings) for encoding in windows]
        flat.sort(key=lambda item: len(item[1].ids))
        parts: list[list[tuple[Any, Floats]]] = [[] for _ in texts]
        for start in range(0, len(flat), BATCH):
            batch = flat[start : start + BATCH]
            for (number, encoding), states in zip(batch, self._run([e for _, e in batch]), strict=True):
                parts[number].append((encoding, states))
        for windows in parts:
            windows.sort(key=lambda part: part[0].offsets[1][0] if len(part[0].offsets) > 1 else 0)
            yield self._join(windows)

    def _run(self, encodings: Sequence[Any]) -> Iterator[Floats]:
        longest = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(encodings), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (states,) = self._session.run(
            ["last_hidden_state"], {name: value for name, value in feeds.items() if name in self._inputs}
        )
        for row, encoding in enumerate(encodings):
            yield states[row, : len(encoding.ids)]

    def _join(self, windows: Sequence[tuple[Any, Floats]]) -> Encoded:
        states = np.concatenate([part for _, part in windows])
        spans = np.concatenate([np.asarray(encoding.offsets, np.int32).reshape(-1, 2) for encoding, _ in windows])
        pooled = states[0] if self._pool_first else states.mean(axis=0)
        tokens = unit(states)
        return Encoded(unit(pooled), tokens if self._projection is None else unit(tokens @ self._projection), spans)


def unit(vectors: Floats) -> Floats:
    """The same directions at length 1; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Floats = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled


def load_encoder(folder: Path) -> OnnxEncoder:
    """The encoder in a folder of exported weights; raises WeightsRefused when a file is missing or is not what was exported."""
    try:
        facts = json.loads((folder / ENCODER_FILE).read_text("utf-8"))
        for name in {MODEL_FILE, TOKENIZER_FILE, *facts["sha256"]}:
            if sha256_of(folder / name) != facts["sha256"][name]:
                cause = f"{folder / name} is not the file that was exported (SHA-256 differs)."
                raise WeightsRefused(cause, f"Delete {folder} and run: mlplaybook ingest")
        tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        counter = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        projected = PROJECTION_FILE in facts["sha256"]
        projection = np.load(folder / PROJECTION_FILE, allow_pickle=False) if projected else None
    except (OSError, ValueError, KeyError) as error:
        cause = f"The encoder in {folder} cannot be read: {error}."
        raise WeightsRefused(cause, f"Delete {folder} and run: mlplaybook ingest") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(facts["max_tokens"])
    counter.no_padding()
    counter.no_truncation()
    return OnnxEncoder(create_session(folder / MODEL_FILE), tokenizer, counter, facts, projection)


def encoder_id(folder: Path) -> str:
    """The id of exported weights without loading them; raises WeightsRefused when the folder cannot be read."""
    try:
        return str(json.loads((folder / ENCODER_FILE).read_text("utf-8"))["id"])
    except (OSError, ValueError, KeyError) as error:
        cause = f"The encoder in {folder} cannot be read: {error}."
        raise WeightsRefused(cause, f"Delete {folder} and run: mlplaybook ingest") from error


def create_session(model: Path) -> Any:  # noqa: ANN401 (onnxruntime has no types)
    """A CPU session whose threads sleep when they wait: spinning ones cost others on a shared machine and gain nothing."""
    # onnxruntime 1.31 starts sending usage data when it is imported, unless it is told not to before that.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
