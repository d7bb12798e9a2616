"""Fits the weights that route sentences to fields, on the development fill cases, a quarter of the cases held out at a time.

python -m benchmarks.fill_routing [--write] [--wrong]
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.fill_lessons import Lessons, create_lessons, known_scores
from mlplaybook.evals.fill_cases import Document, Verdict, count, read_documents, score_document
from mlplaybook.evals.fill_command import BINS
from mlplaybook.evals.logistic import fit_logistic
from mlplaybook.ingest.encoder import Encoded, Encoder, load_encoder
from mlplaybook.ingest.weights import find_exported
from mlplaybook.server.artefacts.filling.cues import cue_for, cues_of
from mlplaybook.server.artefacts.filling.doubt import DOUBTS
from mlplaybook.server.artefacts.filling.examples import EXAMPLES_FILE, key_of, pack
from mlplaybook.server.artefacts.filling.fill import fill, is_routed
from mlplaybook.server.artefacts.filling.judge import WEIGHTS_FILE, Weights
from mlplaybook.server.artefacts.filling.learnt import (
    LEARNT_FILE,
    TERMS,
    Learnt,
    above,
    packed,
    piece_vectors,
    terms_of,
)
from mlplaybook.server.artefacts.filling.read_inputs import read_material
from mlplaybook.server.artefacts.filling.records import Piece
from mlplaybook.server.artefacts.filling.route import FEATURES, Grid, measure, put_scores
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.settings import read_settings

WEIGHTS = Path(__file__).parents[1] / "server" / "artefacts" / "filling" / WEIGHTS_FILE
# Chosen on the curve of the first half of the newer cases, whose words no rule was written for.
RIDGE = 6.0
# Groups of cases: those held out for the figures, and those that what is learnt is held out for while weights are fitted.
OUTER, INNER = 4, 11
# Of the pairs that do not belong together, one in so many is fitted on; the constant makes up for the others.
THINNED = 4
AGAINST = {"veto", "unmet", "question", "rival", "rival_heading", "short", *DOUBTS}
SIGNS = np.array([-1.0 if name in AGAINST else 1.0 for name in FEATURES])
THRESHOLDS = {True: (0.8, 0.06, 0.3), False: (0.85, 0.06, 0.3)}


NOTHING = Learnt("", {}, {})


@dataclass(frozen=True, slots=True)
class Sample:
    """One document measured: its features without what is learnt, which piece answers which field, and what is learnt from.

    `views` are (pieces, dimensions): vectors of the words alone and below their heading (none without an encoder), and terms.
    """

    document: Document
    grid: Grid
    answers: NDArray[np.bool_]
    views: tuple[NDArray[np.float32], ...]


class Remembering:
    """An encoder that encodes no text twice."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Encoded] = {}
        self.id = encoder.id

    def encode_documents(self, texts: Sequence[str]) -> Iterator[Encoded]:
        """Vectors in the order given."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode_documents(new), strict=True))
        return (self._known[text] for text in texts)


def create_sample(document: Document, encoder: Encoder | None) -> Sample:
    """A document's pieces with their features and their gold."""
    template = load_template(document.template)
    material = read_material(document.inputs)
    routed = {f.name: cue_for(template, f) for f in template.fields if is_routed(f, cue_for(template, f))}
    grid = measure(material.pieces, routed, encoder, NOTHING)
    answers = np.zeros((len(grid.pieces), len(grid.names)), bool)
    for column, name in enumerate(grid.names):
        quotes = document.fields.get(name, {}).get("quote", [])
        for quote in [quotes] if isinstance(quotes, str) else quotes:
            for source, text in material.texts.items():
                for start, end in places(quote, text):
                    answers[:, column] |= np.array([overlaps(p, source, start, end) for p in grid.pieces], bool)
    vectors = piece_vectors(grid.pieces, encoder) if encoder is not None and grid.pieces and grid.names else ()
    terms = [terms_of(piece.text, above(piece)) for piece in grid.pieces]
    return Sample(document, grid, answers, (*vectors, np.array(terms, np.float32).reshape(-1, TERMS)))


def places(quote: str, text: str) -> list[tuple[int, int]]:
    """Where a quote stands, whatever the line breaks in it."""
    pattern = r"\s+(?:[-*]\s+)?".join(re.escape(word) for word in quote.split())
    return [match.span() for match in re.finditer(pattern, text)][:1]


def overlaps(piece: Piece, source: str, start: int, end: int) -> bool:
    """Whether a piece holds a part of a span that is more than a word or two of it."""
    shared = min(piece.char_end, end) - max(piece.char_start, start)
    return piece.source == source and shared > 0 and shared >= min(12, end - start)


def fit(samples: Sequence[Sample], lessons: Lessons, left_out: frozenset[str], *, encoder: bool) -> Weights:
    """Weights fitted on all samples but those of some cases; what is learnt scores each case without having seen it."""
    x, y = [], []
    groups = folds(samples, INNER)
    for sample in samples:
        scored = [n not in sample.document.open for n in sample.grid.names]
        if len(sample.grid.pieces) and sample.document.case not in left_out and sample.grid.names:
            own = next(fold for fold in groups if sample.document.case in fold)
            learnt = lessons.learn(left_out | own, sample.document.template)
            features = sample.grid.features.copy()
            pieces, names = sample.grid.pieces, sample.grid.names
            put_scores(features, pieces, *known_scores(sample.views, names, learnt))
            x.append(features[:, scored].reshape(-1, len(FEATURES)))
            y.append(sample.answers[:, scored].reshape(-1))
    rows, truth = np.concatenate(x), np.concatenate(y)
    taken = truth | (np.arange(len(truth)) % THINNED == 0)
    constant, slopes = fit_signed(rows[taken], truth[taken])
    constant -= float(np.log(THINNED))
    learnt = lessons.learn(left_out)
    return Weights(round(constant, 4), tuple(round(float(s), 4) for s in slopes), *THRESHOLDS[encoder], learnt)


def fit_signed(x: NDArray[np.float64], y: NDArray[np.bool_]) -> tuple[float, NDArray[np.float64]]:
    """Constant and slopes, where what speaks for a field may not count against it, and the other way round.

    A column whose slope comes out with the wrong sign is left out, and the others are fitted again.
    """
    kept = x.std(axis=0) > 0
    while True:
        constant, slopes = fit_logistic(x[:, kept], y, RIDGE)
        full = np.zeros(len(FEATURES))
        full[kept] = slopes
        wrong = (full * SIGNS < 0) & kept
        if not wrong.any():
            return constant, full
        kept &= ~wrong


def leave_one_out(samples: Sequence[Sample], lessons: Lessons, encoder: Encoder | None) -> tuple[Verdict, ...]:
    """Verdicts on every document, filled with weights that no document of its fold of cases was fitted on."""
    verdicts: list[Verdict] = []
    for fold in folds(samples, OUTER):
        weights = fit(samples, lessons, fold, encoder=encoder is not None)
        for sample in samples:
            if sample.document.case in fold:
                template = load_template(sample.document.template)
                verdicts += score_document(
                    sample.document, fill(template, sample.document.inputs, {}, encoder, weights)
                )
    return tuple(verdicts)


def folds(samples: Sequence[Sample], count: int) -> tuple[frozenset[str], ...]:
    """Cases in groups, dealt out in the order of their names."""
    cases = sorted({sample.document.case for sample in samples})
    return tuple(frozenset(cases[number::count]) for number in range(count))


def main() -> None:
    """Prints held-out figures with and without the encoder; --write keeps the weights fitted on all cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--models", type=Path)
    options = parser.parse_args()
    folder = options.models or find_exported(read_settings().weights).folder
    if folder is None:
        sys.exit("No encoder; run: mlplaybook ingest")
    documents = read_documents("dev")
    kept: dict[str, object] = {"version": 1, "cases": len({d.case for d in documents}), "features": list(FEATURES)}
    for name, encoder in (("with_encoder", Remembering(load_encoder(folder))), ("words_only", None)):
        samples = [create_sample(document, encoder) for document in documents]
        lessons = create_lessons(samples, encoder)
        verdicts = leave_one_out(samples, lessons, encoder)
        show(name, verdicts, wrong=options.wrong and encoder is not None)
        weights = fit(samples, lessons, frozenset(), encoder=encoder is not None)
        say(json.dumps({n: round(c, 2) for n, c in zip(FEATURES, weights.coefficients, strict=True)}))
        if encoder is not None and weights.learnt is not None and options.write:
            write_learnt(weights.learnt)
        kept[name] = {
            "constant": weights.constant, "coefficients": list(weights.coefficients), "accept": weights.accept,
            "join": weights.join, "entry": weights.entry,
        }  # fmt: skip
    if options.write:
        write_examples(load_encoder(folder))
        WEIGHTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def write_learnt(learnt: Learnt) -> None:
    """Keeps the directions of the fields."""
    kinds = {"meanings": learnt.meanings, "words": learnt.words}
    values = {kind: {name: packed(row) for name, row in sorted(rows.items())} for kind, rows in kinds.items()}
    path = WEIGHTS.parent / LEARNT_FILE
    path.write_text(json.dumps({"encoder": learnt.encoder, **values}, indent=0) + "\n", "utf-8")


def write_examples(encoder: Encoder) -> None:
    """Keeps the vectors of all example sentences, so that filling need not encode them."""
    texts = sorted({t for name in names("templates") for cue in cues_of(name).values() for t in cue.like})
    vectors = {key_of(t): pack(e.sentence) for t, e in zip(texts, encoder.encode_documents(texts), strict=True)}
    values = {"encoder": encoder.id, "vectors": vectors}
    (WEIGHTS.parent / EXAMPLES_FILE).write_text(json.dumps(values, indent=0) + "\n", "utf-8")


def say(line: str) -> None:
    """One line for a person."""
    sys.stdout.write(line + "\n")


def show(name: str, verdicts: Sequence[Verdict], *, wrong: bool) -> None:
    """Precision and recall by template, and what was filled wrongly."""
    for template in (*dict.fromkeys(v.template for v in verdicts), ""):
        score = count([v for v in verdicts if template in {"", v.template}])
        say(f"{name:12} {template or 'all':20} precision {score.precision:.3f} ({score.right}/{score.filled}) "
              f"recall {score.recall:.3f} ({score.right}/{score.wanted}) unproven {score.unproven}")  # fmt: skip
    filled = [v for v in verdicts if v.filled.status == "filled"]
    for low, high in itertools.pairwise(BINS):
        inside = [v for v in filled if low <= v.filled.confidence < high]
        if inside:
            share = sum(v.right for v in inside) / len(inside)
            say(f"{name:12} confidence {low:.2f} to {high:.2f}: {len(inside)} fields, {share:.3f} right")
    for verdict in verdicts if wrong else ():
        if verdict.filled.status == "filled" and not verdict.right:
            kind = "wrong" if verdict.wanted else "absent"
            say(
                f"{kind} {verdict.case} {verdict.field.name} {verdict.filled.confidence} {verdict.filled.value!r}"[:300]
            )
    for verdict in verdicts if wrong else ():
        if verdict.wanted and verdict.filled.status != "filled":
            say(f"missed {verdict.case} {verdict.field.name} {verdict.filled.problem}"[:200])


if __name__ == "__main__":
    main()
