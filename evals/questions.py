"""Labelled questions: a BEIR-format folder, or a JSONL file of questions with their answers or their documents."""

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
    """Questions with the corpus file that they are asked of, None where documents are only named.

    `uncovered` are questions without a relevant document.
    """

    corpus: Path | None
    questions: tuple[Question, ...]
    uncovered: tuple[str, ...] = ()


def read_labelled(path: Path, scratch: Path) -> LabelledSet:
    """A folder with corpus.jsonl, queries.jsonl and qrels/*.tsv, or a file of `{"question", ...}` lines.

    With an `answer` a line, the answers become the corpus (written below `scratch`) and each question's own answer is what
    is relevant. With `relevant`, a list of document ids, an empty one says that the corpus does not cover the question.

    :raises BadSource: a file is missing or a line is not what it should be.
    """
    try:
        return read_beir(path) if path.is_dir() else read_file(path, scratch)
    except OSError as error:
        cause = f"{error.filename or path} cannot be read: {error.strerror or error}."
        raise BadSource(cause, "Name a BEIR folder, or a JSONL file of question and answer pairs.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        cause = f"{path} is not a labelled set: {error}."
        raise BadSource(cause, "See docs/retrieval.md for the forms.") from error


def read_beir(folder: Path) -> LabelledSet:
    """Questions in the order of queries.jsonl; those without a relevant document apart."""
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
    uncovered = tuple(text for name, text in texts.items() if name not in qrels)
    return LabelledSet(folder / "corpus.jsonl", questions, uncovered)


def read_file(path: Path, scratch: Path) -> LabelledSet:
    """Questions with the ids of their documents where any line names some, else pairs."""
    records = list(read_lines(path))
    return read_named(records) if any("relevant" in record for record in records) else read_pairs(records, scratch)


def read_named(records: list[dict[str, Any]]) -> LabelledSet:
    """One question a line, with the ids of the documents that answer it."""
    questions = (
        Question(f"q{number}", str(record["question"]), {str(name): 1.0 for name in record.get("relevant", ())})
        for number, record in enumerate(records)
    )
    every = tuple(questions)
    uncovered = tuple(question.text for question in every if not question.relevant)
    return LabelledSet(None, tuple(question for question in every if question.relevant), uncovered)


def read_pairs(records: list[dict[str, Any]], scratch: Path) -> LabelledSet:
    """One question a line, its answer being the only relevant document."""
    corpus = scratch / "corpus.jsonl"
    with corpus.open("w", encoding="utf-8") as file:
        for number, record in enumerate(records):
            file.write(json.dumps({"_id": f"a{number}", "title": "", "text": record["answer"]}) + "\n")
    questions = (Question(f"q{n}", record["question"], {f"a{n}": 1.0}) for n, record in enumerate(records))
    return LabelledSet(corpus, tuple(questions))


def read_not_covered(path: Path) -> tuple[str, ...]:
    """The questions of a JSONL file of `{"question"}`; raises BadSource for any other."""
    try:
        return tuple(str(record["question"]) for record in read_lines(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        cause = f"{path} has no questions that can be read: {error}."
        raise BadSource(cause, 'Write {"question": "..."} a line.') from error


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL file."""
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            yield json.loads(line)
