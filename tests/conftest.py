"""The smallest world: an encoder whose meaning is shared words, and pages written by the test."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from mlplaybook.ingest.build import Job, Report, ingest
from mlplaybook.ingest.encoder import Encoded, Floats, unit
from mlplaybook.server.retrieval.index import Index, open_index

WORDS = re.compile(r"\w+")
ID = "words@test"

DRIFT = """---
id: drift
title: Drift detection
description: How to see drift.
last-reviewed: 2026-11-01
sources:
  - key: siddiqi-2006
    title: Credit Risk Scorecards
    url: https://example.org/book
---
# Drift detection

Drift detection compares the data of today with the data of training.

## Which cut-offs raise an alert?

A population stability index above 0.2 raises an alert.[^siddiqi-2006] An index below 0.1 counts as stable.

Three checks come first:

- Compare the row counts of both windows.
- Look for a changed unit or a new category.
- Ask the owner of the upstream table.

| Index | Meaning |
|---|---|
| below 0.1 | stable |
| above 0.2 | shifted |

## How is the index computed in Python?

The index sums the differences of bin shares.

```python
import numpy as np
print(np.log(2))
```
"""
LEAKAGE = """# Preventing leakage

Leakage is information that the model will not have in production.

## When should data be split?

Split the rows by time before any scaling is fitted.
"""


class WordEncoder:
    """Every word has a random direction of its own; a text is the mean of its words.

    In 128 dimensions two words have a cosine of about 0.09, so that a word that is not there is not met by accident.
    """

    id = ID
    dimensions = token_dimensions = 128
    max_tokens = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        for text in texts:
            self.encoded.append(text)
            yield self.encode_query(text)

    def encode_query(self, text: str) -> Encoded:
        found = list(WORDS.finditer(text))
        tokens = np.stack([direction(m[0].lower()) for m in found]) if found else np.zeros((1, 128), np.float32)
        spans = np.array([m.span() for m in found] or [(0, 0)], np.int32)
        return Encoded(unit(tokens.sum(axis=0)), tokens, spans)

    def count_tokens(self, text: str) -> int:
        return len(WORDS.findall(text))


def direction(word: str) -> Floats:
    """A unit vector that depends on the word alone."""
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return unit(np.random.default_rng(seed).standard_normal(128).astype(np.float32))


WritePages = Callable[[Mapping[str, str]], Path]
Ingest = Callable[..., Report]
Open = Callable[..., Index]


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def write_pages(tmp_path: Path) -> WritePages:
    """Write files below a source folder and return it."""

    def write(pages: Mapping[str, str]) -> Path:
        for name, text in pages.items():
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return tmp_path / "source"

    return write


@pytest.fixture
def job(tmp_path: Path, encoder: WordEncoder) -> Callable[..., Job]:
    """A job on the source folder."""

    def create(**changes: object) -> Job:
        values: dict[str, object] = {
            "source": tmp_path / "source",
            "corpus": "handbook",
            "index": tmp_path / "index",
            "encoder_id": ID,
            "encoder": lambda: encoder,
        }
        return Job(**{**values, **changes})  # type: ignore[arg-type]

    return create


@pytest.fixture
def handbook(write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder) -> Index:
    """Two pages, ingested and opened."""
    write_pages({"drift.md": DRIFT, "data/leakage.md": LEAKAGE})
    ingest(job())
    return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))
