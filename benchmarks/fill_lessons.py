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
from scipy.optimize import minimize

from mlplaybook.evals.fill_cases import Document
from mlplaybook.ingest.encoder import Encoder
from mlplaybook.server.artefacts.filling.cues import cues_of
from mlplaybook.server.artefacts.filling.learnt import Learnt, terms_of, with_one
from mlplaybook.server.artefacts.filling.route import Grid

Floats = NDArray[np.float64]
# Penalties of the two regressions, chosen on the first half of the cases: the softmax one is a weight of the examples.
EXAMPLES_WEIGHT, WORDS_RIDGE = 10.0, 2.0
STEPS = 60
SAID = Path(__file__).parent / "fill_sentences.yaml"
VOICES = Path(__file__).parent / "fill_sentences"


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
class Rows:
    """Sentences of one case, or the written ones (case ""): vectors (none without an encoder), terms and answers."""

    case: str
    vectors: NDArray[np.float32] | None
    terms: NDArray[np.float32]
    answers: NDArray[np.bool_]


@dataclass(slots=True)
class Lessons:
    """Rows by template, with the names of its fields."""

    encoder: str
    names: dict[str, tuple[str, ...]]
    rows: dict[str, list[Rows]]
    known: dict[tuple[str, frozenset[str]], Learnt] = field(default_factory=dict)

    def learn(self, left_out: frozenset[str], template: str = "") -> Learnt:
        """The directions of a template's fields, or of all, without some cases."""
        meanings: dict[str, NDArray[np.float32]] = {}
        words: dict[str, NDArray[np.float32]] = {}
        for one in [template] if template else self.rows:
            own = self.learn_template(one, left_out)
            meanings.update(own.meanings)
            words.update(own.words)
        return Learnt(self.encoder, meanings, words)

    def learn_template(self, template: str, left_out: frozenset[str]) -> Learnt:
        """The directions of one template's fields."""
        key = (template, left_out & {rows.case for rows in self.rows[template]})
        if key not in self.known:
            kept = [rows for rows in self.rows[template] if rows.case not in left_out]
            meanings = {} if any(r.vectors is None for r in kept) else directions(kept, self.names[template])
            self.known[key] = Learnt(self.encoder, meanings, word_directions(kept, self.names[template]))
        return self.known[key]


def directions(rows: Sequence[Rows], names: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
    """A softmax regression of the field that a sentence answers, or none; what answers two counts for both."""
    x, y = [], []
    for one in rows:
        assert one.vectors is not None
        sentence, answered = np.nonzero(one.answers)
        silent = np.flatnonzero(~one.answers.any(axis=1))
        x += [one.vectors[sentence], one.vectors[silent]]
        y += [answered, np.full(len(silent), len(names))]
    solved = fit_softmax(with_one(np.concatenate(x)).astype(np.float64), np.concatenate(y), len(names) + 1)
    against = (solved[:, :-1] - solved[:, -1:]).astype(np.float32)
    return {name: against[:, column] for column, name in enumerate(names)}


def fit_softmax(x: Floats, y: NDArray[np.int_], classes: int) -> Floats:
    """(columns, classes) that make the classes of the rows likely; all but the last column is held small."""
    right = np.eye(classes)[y]

    def loss(flat: Floats) -> tuple[float, Floats]:
        held = flat.reshape(x.shape[1], classes)
        scores = x @ held
        scores -= scores.max(axis=1, keepdims=True)
        raised = np.exp(scores)
        chances = raised / raised.sum(axis=1, keepdims=True)
        penalty = 0.5 * float((held[:-1] ** 2).sum())
        missed = -EXAMPLES_WEIGHT * float(np.log(chances[np.arange(len(y)), y] + 1e-12).sum())
        slope = EXAMPLES_WEIGHT * x.T @ (chances - right)
        slope[:-1] += held[:-1]
        return (missed + penalty) / len(y), slope.ravel() / len(y)

    start = np.zeros(x.shape[1] * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS, "maxcor": 8})
    solved: Floats = found.x.reshape(x.shape[1], classes)
    return solved


def word_directions(rows: Sequence[Rows], names: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
    """Ridge regressions of "this sentence answers the field" on words, one a field; the constant has no penalty."""
    x = with_one(np.concatenate([one.terms for one in rows])).astype(np.float64)
    y = np.concatenate([one.answers for one in rows]).astype(np.float64)
    inputs = x.T @ x + np.diag([*[WORDS_RIDGE] * (x.shape[1] - 1), 1e-6])
    solved = np.linalg.solve(inputs, x.T @ y).astype(np.float32)
    return {name: solved[:, column] for column, name in enumerate(names)}


def create_lessons(samples: Sequence[Known], encoder: Encoder | None) -> Lessons:
    """All that can be learnt from; without an encoder words only."""
    lessons = Lessons(encoder.id if encoder else "", {}, {})
    for sample in samples:
        template, names = sample.document.template, sample.grid.names
        if not names or not sample.grid.pieces:
            continue
        if template not in lessons.names:
            lessons.names[template] = names
            lessons.rows[template] = written(template, names, encoder)
        vectors = sample.views[0] if len(sample.views) > 1 else None
        lessons.rows[template].append(Rows(sample.document.case, vectors, sample.views[-1], sample.answers))
    return lessons


def written(template: str, names: tuple[str, ...], encoder: Encoder | None) -> list[Rows]:
    """The example sentences of a template, and those that answer no field."""
    said = sentences(template)
    texts = [text for name in (*names, "") for text in said.get(name, ())]
    if not texts:
        return []
    answers = np.array([[name == other for other in names] for name in (*names, "") for _ in said.get(name, ())], bool)
    vectors = np.stack([e.sentence for e in encoder.encode_documents(texts)]) if encoder is not None else None
    return [Rows("", vectors, np.stack([terms_of(text) for text in texts]), answers)]


@cache
def sentences(template: str) -> Mapping[str, Sequence[str]]:
    """Sentences by field: those of the cues and those written for learning; under "" what answers none."""
    found: dict[str, list[str]] = {name: list(cue.like) for name, cue in cues_of(template).items()}
    for name, texts in (*yaml.safe_load(SAID.read_text("utf-8")).get(template, {}).items(), *voices(template)):
        found.setdefault("" if name == "none" else name, []).extend(texts)
    return found


def voices(template: str) -> Iterable[tuple[str, Sequence[str]]]:
    """The sentences of a template's own file."""
    path = VOICES / f"{template}.yaml"
    values = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else {}
    return [(name, lines.splitlines()) for name, lines in values.items()]
