"""Vectors of the cues' example sentences: shipped for the default encoder, encoded once for any other."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from mlplaybook.ingest.encoder import Encoder

EXAMPLES_FILE = "examples.json"
# Coordinates of a unit vector are kept as bytes of this many steps to 1; a cosine changes by less than 0.005.
STEPS = 127
Vectors = NDArray[np.float32]
_KNOWN: dict[tuple[str, str], Vectors] = {}


def example_vectors(texts: Sequence[str], encoder: Encoder) -> Vectors:
    """(texts, dimensions) of unit length; texts that neither the package nor this process knows are encoded."""
    shipped = load_examples(encoder.id)
    new = [t for t in dict.fromkeys(texts) if key_of(t) not in shipped and (encoder.id, t) not in _KNOWN]
    for text, encoded in zip(new, encoder.encode_documents(new) if new else (), strict=True):
        _KNOWN[(encoder.id, text)] = encoded.sentence
    return np.stack([shipped[key_of(t)] if key_of(t) in shipped else _KNOWN[(encoder.id, t)] for t in texts])


@cache
def load_examples(encoder: str) -> Mapping[str, Vectors]:
    """The shipped vectors of an encoder by key; empty for other encoders."""
    path = resources.files("mlplaybook.server.artefacts.filling") / EXAMPLES_FILE
    if not path.is_file():
        return {}
    values = json.loads(path.read_text("utf-8"))
    return {key: unpack(packed) for key, packed in values["vectors"].items()} if values["encoder"] == encoder else {}


def key_of(text: str) -> str:
    """What a text is found by."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def pack(vector: Vectors) -> str:
    """A unit vector as text."""
    longest = float(np.abs(vector).max()) or 1.0
    return base64.b64encode(np.round(vector / longest * STEPS).astype(np.int8).tobytes()).decode()


def unpack(packed: str) -> Vectors:
    """A packed vector at unit length again."""
    vector = np.frombuffer(base64.b64decode(packed), np.int8).astype(np.float32)
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
