"""Fits the weights that route sentences to fields, on the development fill cases, an eighth of the cases held out at a time.

python -m benchmarks.fill_routing [--write] [--wrong] [--quick]
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.fill_lessons import Lessons, create_lessons
from benchmarks.fill_trees import fit_trees
from mlplaybook.evals.fill_cases import (
    ENOUGH_ENTRIES,
    Document,
    Verdict,
    count,
    read_documents,
    score_document,
    share_right,
)
from mlplaybook.evals.fill_command import BINS
from mlplaybook.evals.logistic import fit_logistic
from mlplaybook.ingest.encoder import Encoded, Encoder, load_encoder
from mlplaybook.ingest.weights import find_exported
from mlplaybook.server.artefacts.filling.cues import cue_for, cues_of
from mlplaybook.server.artefacts.filling.examples import EXAMPLES_FILE, key_of, pack
from mlplaybook.server.artefacts.filling.fill import MEASURED, all_pieces, fill, routed_fields
from mlplaybook.server.artefacts.filling.forest import create_forest
from mlplaybook.server.artefacts.filling.judge import (
    SURENESS,
    WEIGHTS_FILE,
    Weights,
    is_silent,
    probabilities,
    sureness,
    text_value,
)
from mlplaybook.server.artefacts.filling.learnt import (
    LEARNT_FILE,
    TERMS,
    Learnt,
    above,
    known_scores,
    packed,
    piece_vectors,
    terms_of,
)
from mlplaybook.server.artefacts.filling.read_inputs import read_material
from mlplaybook.server.artefacts.filling.records import Piece
from mlplaybook.server.artefacts.filling.route import FEATURES, Grid, measure, put_scores, question_of
from mlplaybook.server.artefacts.library import load_template, names
from mlplaybook.server.settings import read_settings

WEIGHTS = Path(__file__).parents[1] / "server" / "artefacts" / "filling" / WEIGHTS_FILE
# Groups of cases: what is learnt, and the weights for the figures, leave one group out.
GROUPS = 8
SURE_RIDGE = 3.0
# Cases that phrases were written for. On them phrases are surer than on what other people write, so they say nothing about
# confidence.
WORDED = frozenset(
    "ad-click bottle-inspection card-fraud churn-broadband consumer-credit contract-clauses crop-segmentation energy-load "
    "flat-prices forum-moderation grocery-demand invoice-extraction music-recommender pump-maintenance server-anomaly "
    "shop-search support-bot triage-notes wakeword-edge warehouse-picking".split()
)
# Confidence from which a field is filled, and the chances from which a sentence joins and an entry counts.
THRESHOLDS = {True: (0.88, 0.03, 0.3), False: (0.88, 0.03, 0.3)}


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
    cues = {f.name: cue_for(template, f) for f in template.fields}
    pieces, raws = all_pieces(material)
    grid = measure(pieces, routed_fields(template, cues), cues, encoder, NOTHING, raws)
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


@dataclass(frozen=True, slots=True)
class Lesson:
    """A sample whose features hold the scores of what was learnt from other cases."""

    sample: Sample
    grid: Grid

    @property
    def scored(self) -> list[int]:
        """The columns of fields that are scored."""
        return [c for c, name in enumerate(self.grid.names) if name not in self.sample.document.open]


def create_lesson(sample: Sample, learnt: Learnt) -> Lesson:
    """A sample scored by what was learnt."""
    features = sample.grid.features.copy()
    put_scores(features, sample.grid.pieces, *known_scores(sample.views, sample.grid.names, learnt))
    return Lesson(sample, replace(sample.grid, features=features))


def prepare(samples: Sequence[Sample], lessons: Lessons) -> tuple[Lesson, ...]:
    """Every sample scored by what was learnt without its group of cases.

    What was learnt for the other groups has seen it, as in stacking.
    """
    made = []
    for group in folds(samples, GROUPS):
        for sample in samples:
            if sample.document.case in group and sample.grid.names and sample.grid.pieces:
                made.append(create_lesson(sample, lessons.learn(group, sample.document.template)))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Winner:
    """The best piece of a field, by trees that have not seen the case: what speaks for it, and whether it is right."""

    case: str
    signs: NDArray[np.float64]
    right: bool


@dataclass(frozen=True, slots=True)
class Crossed:
    """Trees by the group of cases that they have not seen, and the winners of that group by them."""

    forests: Mapping[frozenset[str], dict[str, Any]]
    winners: tuple[Winner, ...]


def cross(prepared: Sequence[Lesson], groups: Sequence[frozenset[str]]) -> Crossed:
    """Each group judged by trees fitted on the others."""
    forests = {
        group: fit_forest([one for one in prepared if one.sample.document.case not in group]) for group in groups
    }
    winners = [
        winner
        for group, forest in forests.items()
        for lesson in prepared
        if lesson.sample.document.case in group
        for winner in winners_of(lesson, Weights(create_forest(forest), (), *THRESHOLDS[True]))
    ]
    return Crossed(forests, tuple(winners))


def winners_of(lesson: Lesson, weights: Weights) -> Iterator[Winner]:
    """The best piece of each scored field of a document."""
    chances = probabilities(lesson.grid, weights)
    for column in lesson.scored:
        row = int(chances[:, column].argmax())
        if chances[row, column] > 0:
            right = is_right(lesson, column, row, chances, weights)
            yield Winner(lesson.sample.document.case, sureness(lesson.grid, chances, column, row), right)


def fit_forest(kept: Sequence[Lesson]) -> dict[str, Any]:
    """Boosted trees of "this piece answers this field", in which no signal counts against its sign."""
    x, y = [], []
    for lesson in kept:
        able = usable(lesson)[:, lesson.scored]
        x.append(lesson.grid.features[:, lesson.scored][able])
        y.append(lesson.sample.answers[:, lesson.scored][able])
    return fit_trees(np.concatenate(x), np.concatenate(y))


def usable(lesson: Lesson) -> NDArray[np.bool_]:
    """(pieces, fields): pairs that could belong together at all."""
    silent = np.array([is_silent(piece) for piece in lesson.grid.pieces], bool)
    usable_pairs: NDArray[np.bool_] = lesson.grid.possible & ~silent[:, None]
    return usable_pairs


def fit_sureness(winners: Sequence[Winner], left_out: frozenset[str]) -> tuple[float, ...]:
    """Constant and coefficients of "the best piece of a field is right", without some cases and those phrases were made for."""
    kept = [winner for winner in winners if winner.case not in left_out | WORDED]
    x, y = np.array([winner.signs for winner in kept]), np.array([winner.right for winner in kept])
    constant, slopes = fit_logistic(x, y, SURE_RIDGE)
    return (round(constant, 4), *(round(float(s), 4) for s in slopes))


def is_right(lesson: Lesson, column: int, row: int, chances: NDArray[np.float64], weights: Weights) -> bool:
    """Whether the best piece is one that answers the field, or words or a value that are as right."""
    name = lesson.grid.names[column]
    gold = lesson.sample.document.fields.get(name)
    if gold is None:
        return False
    wanted = next(f for f in load_template(lesson.sample.document.template).fields if f.name == name)
    if wanted.type == "mapping":
        texts = {given.source: given.text for given in lesson.sample.document.inputs}
        sure = replace(weights, sure=(1.0, *[0.0] * len(SURENESS)), accept=0.0)
        found = text_value(wanted, lesson.grid, chances, sure, texts)
        read = MEASURED[cue_for(load_template(lesson.sample.document.template), wanted).kind]
        return (
            found is not None and share_right(wanted, gold, read([e.quote for e in found.evidence])) >= ENOUGH_ENTRIES
        )
    if (row, column) in lesson.grid.values:
        return share_right(wanted, gold, lesson.grid.values[row, column]) >= ENOUGH_ENTRIES
    if lesson.sample.answers[row, column]:
        return True
    return "must" in gold and share_right(wanted, gold, lesson.grid.pieces[row].text) == 1


def leave_groups_out(
    samples: Sequence[Sample], crossed: Crossed, lessons: Lessons, encoder: Encoder | None
) -> tuple[Verdict, ...]:
    """Verdicts on every document, filled with weights and directions that no document of its group was used for."""
    verdicts: list[Verdict] = []
    for group, forest in crossed.forests.items():
        sure = fit_sureness(crossed.winners, group)
        weights = Weights(create_forest(forest), sure, *THRESHOLDS[encoder is not None], lessons.learn(group))
        for sample in samples:
            if sample.document.case in group:
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
    parser.add_argument("--quick", action="store_true", help="no held-out figures")
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
        prepared = prepare(samples, lessons)
        crossed = cross(prepared, folds(samples, GROUPS))
        if not options.quick:
            show(
                name, leave_groups_out(samples, crossed, lessons, encoder), wrong=options.wrong and encoder is not None
            )
        learnt = lessons.learn(frozenset())
        if encoder is not None and options.write:
            write_learnt(learnt)
        accept, join, entry = THRESHOLDS[encoder is not None]
        kept[name] = {
            "forest": fit_forest(prepared), "sure": list(fit_sureness(crossed.winners, frozenset())),
            "accept": accept, "join": join, "entry": entry,
        }  # fmt: skip
    if options.write:
        write_examples(load_encoder(folder))
        WEIGHTS.write_text(json.dumps(kept) + "\n", "utf-8")


def write_learnt(learnt: Learnt) -> None:
    """Keeps the directions of the fields."""
    kinds = {"meanings": learnt.meanings, "words": learnt.words}
    values = {kind: {name: packed(row) for name, row in sorted(rows.items())} for kind, rows in kinds.items()}
    path = WEIGHTS.parent / LEARNT_FILE
    path.write_text(json.dumps({"encoder": learnt.encoder, **values}, indent=0) + "\n", "utf-8")


def write_examples(encoder: Encoder) -> None:
    """Keeps the vectors of all example sentences, so that filling need not encode them."""
    texts = sorted(
        {t for name in names("templates") for cue in cues_of(name).values() for t in cue.like}
        | {question_of(f) for name in names("templates") if cues_of(name) for f in load_template(name).fields}
    )
    vectors = {key_of(t): pack(e.sentence) for t, e in zip(texts, encoder.encode_documents(texts), strict=True)}
    values = {"encoder": encoder.id, "vectors": vectors}
    (WEIGHTS.parent / EXAMPLES_FILE).write_text(json.dumps(values, indent=0) + "\n", "utf-8")


def say(line: str) -> None:
    """One line for a person."""
    sys.stdout.write(line + "\n")


def show(name: str, verdicts: Sequence[Verdict], *, wrong: bool) -> None:
    """Precision and recall by template, and what was filled wrongly."""
    groups = {
        template: [v for v in verdicts if v.template == template] for template in sorted({v.template for v in verdicts})
    }
    groups["the eight others"] = [v for v in verdicts if v.template not in {"problem-brief", "model-card"}]
    groups["all"] = list(verdicts)
    groups["the 20 older cases"] = [v for v in verdicts if v.case in WORDED]
    groups["the newer cases"] = [v for v in verdicts if v.case not in WORDED]
    for group, own in groups.items():
        score = count(own)
        say(f"{name:12} {group:20} precision {score.precision:.3f} ({score.right}/{score.filled}) "
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
