"""Labelled questions: a BEIR-format folder, or a JSONL file of question and answer pairs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlplaybook.ingest.errors import BadSource


@dataclass(frozen=True, slots=True)
class Question:
    """A question and its qrels: document ids with gains above 0."""

    id: str
    text: str
    relevant: dict[str, float]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Questions with the corpus file that they are asked of."""

    corpus: Path
    questions: tuple[Question, ...]


def read_labelled(path: Path, scratch: Path) -> LabelledSet:
    """A folder with corpus.jsonl, queries.jsonl and qrels/*.tsv, or a file of `{"question", "answer"}` lines.

    For pairs, the answers become the corpus (written below `scratch`) and each question's own answer is what is relevant.

    :raises BadSource: a file is missing or a line is not what it should be.
    """
    try:
        return read_beir(path) if path.is_dir() else read_pairs(path, scratch)
    except OSError as error:
        cause = f"{error.filename or path} cannot be read: {error.strerror or error}."
        raise BadSource(cause, "Name a BEIR folder, or a JSONL file of question and answer pairs.") from error
    except (ValueError, KeyError) as error:
        cause = f"{path} is not a labelled set: {error}."
        raise BadSource(cause, "See docs/retrieval.md for the two forms.") from error


def read_beir(folder: Path) -> LabelledSet:
    """Questions that have at least one relevant document, in the order of queries.jsonl."""
    qrels: dict[str, dict[str, float]] = {}
    for file in sorted((folder / "qrels").glob("*.tsv")):
        for row in csv.DictReader(file.read_text("utf-8").splitlines(), delimiter="\t"):
            gain = float(row["score"])
            if gain > 0:
                qrels.setdefault(row["query-id"], {})[row["corpus-id"]] = gain
    texts = {str(record["_id"]): str(record["text"]) for record in read_lines(folder / "queries.jsonl")}
    questions = tuple(Question(name, text, qrels[name]) for name, text in texts.items() if name in qrels)
    if not questions:
        msg = "no query has a relevant document"
        raise ValueError(msg)
    return LabelledSet(folder / "corpus.jsonl", questions)


def read_pairs(path: Path, scratch: Path) -> LabelledSet:
    """One question a line, its answer being the only relevant document."""
    records = list(read_lines(path))
    corpus = scratch / "corpus.jsonl"
    with corpus.open("w", encoding="utf-8") as file:
        for number, record in enumerate(records):
            file.write(json.dumps({"_id": f"a{number}", "title": "", "text": record["answer"]}) + "\n")
    questions = (Question(f"q{n}", record["question"], {f"a{n}": 1.0}) for n, record in enumerate(records))
    return LabelledSet(corpus, tuple(questions))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
