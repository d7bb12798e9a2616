"""Directions of fields among sentences, learnt from example sentences and from the pieces of the cases whose field is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from mlplaybook.evals.fill_cases import Document
from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.artefacts.filling.cues import cues_of
from mlplaybook.server.artefacts.filling.learnt import Learnt, terms_of, with_one
from mlplaybook.server.artefacts.filling.route import Grid

Floats = NDArray[np.float64]
# Penalties of the two regressions, chosen on the first half of the cases.
RIDGE = {"meanings": 4.0, "words": 2.0}
SAID = Path(__file__).parent / "fill_sentences.yaml"


class Known(Protocol):
    """What is learnt from of one document."""

    @property
    def document(self) -> Document:
        """The document."""

    @property
    def views(self) -> tuple[NDArray[np.float32], ...]:
        """Its pieces as vectors and as terms."""

    @property
    def answers(self) -> NDArray[np.bool_]:
        """(pieces, fields): which piece answers which field."""

    @property
    def grid(self) -> Grid:
        """Its pieces and the names of its fields."""


@dataclass(slots=True)
class Sums:
    """What a least-squares fit needs of some rows: inputs by inputs, and inputs by fields."""

    inputs: Floats
    targets: Floats

    @classmethod
    def of(cls, x: NDArray[np.float32], y: NDArray[np.float64]) -> Sums:
        """The sums of rows `x` (rows, dimensions) with their fields `y` (rows, fields)."""
        rows = with_one(x).astype(np.float64)
        return cls(rows.T @ rows, rows.T @ y)


@dataclass(slots=True)
class Lessons:
    """Sums by template, kind and case; the case "" is the example sentences."""

    encoder: str
    names: dict[str, tuple[str, ...]]
    sums: dict[tuple[str, str], dict[str, Sums]]
    known: dict[tuple[str, str, frozenset[str]], Mapping[str, NDArray[np.float32]]] = field(default_factory=dict)

    def learn(self, left_out: frozenset[str], template: str = "") -> Learnt:
        """The directions of a template's fields, or of all, without some cases."""
        found: dict[str, dict[str, NDArray[np.float32]]] = {"meanings": {}, "words": {}}
        for (one, kind), cases in self.sums.items():
            if template in {"", one}:
                key = (one, kind, left_out.intersection(cases))
                if key not in self.known:
                    self.known[key] = directions(cases, key[2], self.names[one], RIDGE[kind])
                found[kind].update(self.known[key])
        return Learnt(self.encoder, found["meanings"], found["words"])


def directions(
    cases: Mapping[str, Sums], left_out: frozenset[str], names: Sequence[str], ridge: float
) -> Mapping[str, NDArray[np.float32]]:
    """Ridge regressions of "this sentence answers the field" on sentences, one a field; the constant has no penalty."""
    kept = [sums for case, sums in cases.items() if case not in left_out]
    if not kept:
        return {}
    inputs = np.sum([s.inputs for s in kept], axis=0) + np.diag([*[ridge] * (len(kept[0].inputs) - 1), 1e-6])
    solved = np.linalg.solve(inputs, np.sum([s.targets for s in kept], axis=0)).astype(np.float32)
    return {name: solved[:, column] for column, name in enumerate(names)}


def create_lessons(samples: Sequence[Known], encoder: Encoder | None) -> Lessons:
    """All that can be learnt from; without an encoder words only."""
    lessons = Lessons(encoder.id if encoder else "", {}, {})
    for sample in samples:
        template, case, names = sample.document.template, sample.document.case, sample.grid.names
        if not names:
            continue
        if template not in lessons.names:
            lessons.names[template] = names
            add_sentences(lessons, template, names, encoder)
        for kind, view in kinds_of(sample.views):
            if len(view):
                store(lessons, template, kind, case, view, sample.answers.astype(np.float64))
    return lessons


def kinds_of(views: Sequence[NDArray[np.float32]]) -> Iterable[tuple[str, NDArray[np.float32]]]:
    """The view that each kind is learnt from: the words alone, and the terms."""
    return (("meanings", views[0]), ("words", views[-1])) if len(views) > 1 else (("words", views[-1]),)


def add_sentences(lessons: Lessons, template: str, names: tuple[str, ...], encoder: Encoder | None) -> None:
    """The example sentences of a template, and those that answer no field."""
    said = sentences(template)
    texts = [text for name in (*names, "") for text in said.get(name, ())]
    if not texts:
        return
    y = np.array([[name == other for other in names] for name in (*names, "") for _ in said.get(name, ())], np.float64)
    store(lessons, template, "words", "", np.stack([terms_of(text) for text in texts]), y)
    if encoder is not None:
        store(lessons, template, "meanings", "", np.stack([e.sentence for e in encoder.encode_documents(texts)]), y)


def store(lessons: Lessons, template: str, kind: str, case: str, x: NDArray[np.float32], y: Floats) -> None:
    """Adds the rows of one document to its case."""
    cases = lessons.sums.setdefault((template, kind), {})
    new = Sums.of(x, y)
    if case in cases:
        new = Sums(new.inputs + cases[case].inputs, new.targets + cases[case].targets)
    cases[case] = new


@cache
def sentences(template: str) -> Mapping[str, Sequence[str]]:
    """Sentences by field: those of the cues and those of `fill_sentences.yaml`; under "" what answers none."""
    written = yaml.safe_load(SAID.read_text("utf-8")).get(template, {})
    found: dict[str, list[str]] = {name: list(cue.like) for name, cue in cues_of(template).items()}
    for name, texts in written.items():
        found.setdefault("" if name == "none" else name, []).extend(texts)
    return found


def known_scores(
    views: Sequence[NDArray[np.float32]], names: Sequence[str], learnt: Learnt
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(pieces, fields) by meaning and by words, as `learnt.scores` gives them."""
    zero = np.zeros((len(views[-1]), len(names)), np.float32)
    by_words, by_meaning = zero.copy(), zero.copy()
    terms, vectors = with_one(views[-1]), [with_one(v) for v in views[:-1]]
    for column, name in enumerate(names):
        if name in learnt.words:
            by_words[:, column] = terms @ learnt.words[name]
        if vectors and name in learnt.meanings:
            by_meaning[:, column] = sum(v @ learnt.meanings[name] for v in vectors) / len(vectors)
    return by_meaning, by_words
