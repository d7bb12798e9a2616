"""The kind of machine-learning task that a description asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mlplaybook.server.artefacts.filling.cues import Cue
from mlplaybook.server.artefacts.filling.doubt import doubts_of
from mlplaybook.server.artefacts.filling.extract import agreed, from_keys, from_labels
from mlplaybook.server.artefacts.filling.prose import squash
from mlplaybook.server.artefacts.filling.read_inputs import Material
from mlplaybook.server.artefacts.filling.records import Found, Piece, evidence_of
from mlplaybook.server.artefacts.records import Evidence, Field

NAMED, MEANT = 0.97, 0.85
# Tasks by their own names; these words leave no choice.
BY_NAME = {
    "classification": r"\b(?:token |binary |multi-?class |text |image )?classif(?:ication|ier)\b",
    "regression": r"\bregression\b(?!\s+(?:test|suite|gate|check))",
    "ranking": (
        r"\blearning to rank\b|\branking (?:task|problem|model|then)\b|\byes,? ranking\b|"
        r"\bthe order matters\b|\border (?:is what )?matters\b"
    ),
    "clustering": r"\bclustering\b",
    "anomaly_detection": r"\banomaly detection\b|\bnovelty detection\b",
    "recommendation": r"\brecommender\b|\brecommendation(?:s| system| engine)\b",
}
# Where words fit two tasks, the first one is what the action needs.
STRONGER = (
    "anomaly_detection",
    "generation",
    "clustering",
    "recommendation",
    "ranking",
    "regression",
    "classification",
)
SPEAKS_OF_OUTPUT = re.compile(
    r"\b(?:model|predict\w*|forecast\w*|estimat\w*|output|comes? out|score[sd]?|learn|it should|"
    r"should (?:write|tell|know|say)|we want|label|target|whether|how (?:many|much|long|likely)|for each)\b",
    re.IGNORECASE,
)
# A number that is a probability makes no regression.
CHANCE = re.compile(r"\bhow likely\b|\b(?:probability|chance|likelihood|risk)\b", re.IGNORECASE)
DISTURBING = frozenset({"wish", "other", "open", "example", "ignore", "old"})


def task_type(wanted: Field, cue: Cue, material: Material, target: Sequence[Evidence]) -> Found | None:
    """The task by a key or label, by its own name in a sentence, else by the words that define what is predicted."""
    for read in (from_keys, from_labels):
        found, _ = agreed(tuple(read(wanted, cue, material)))
        if found is not None:
            return found
    named = by_name(material)
    if named is not None:
        return named
    for words in target_sentences(material, target):
        found = meant(cue, words, material)
        if found is not None:
            return found
    return None


def by_name(material: Material) -> Found | None:
    """The one task that sentences call by its name, None when there are none or several."""
    hits: dict[str, Piece] = {}
    for piece in material.pieces:
        if DISTURBING & doubts_of(piece):
            continue
        for task, pattern in BY_NAME.items():
            match = re.search(pattern, piece.text, re.IGNORECASE)
            if match and not re.search(
                r"\b(?:not|no|never|isn't|without)\b[^.,;]{0,12}$", piece.text[: match.start()], re.I
            ):
                hits.setdefault(task, piece)
    if len(hits) != 1:
        return None
    ((task, piece),) = hits.items()
    return Found(
        task, (evidence_of(piece.source, material.texts[piece.source], piece.char_start, piece.char_end),), NAMED
    )


def target_sentences(material: Material, target: Sequence[Evidence]) -> list[Evidence]:
    """The evidence of the prediction target, then sentences that speak of the model's output."""
    return [
        *target,
        *(
            evidence_of(p.source, material.texts[p.source], p.char_start, p.char_end)
            for p in material.pieces
            if not target and SPEAKS_OF_OUTPUT.search(p.text) and not DISTURBING & doubts_of(p) and p.kind != "question"
        ),
    ]


def meant(cue: Cue, words: Evidence, material: Material) -> Found | None:
    """The strongest task that a sentence's words fit."""
    del material
    said = squash(words.quote)
    fitting = [task for task in STRONGER if any(p.search(said) for p in cue.values.get(task, ()))]
    if CHANCE.search(said):
        fitting = [task for task in fitting if task != "regression"]
    return Found(fitting[0], (words,), MEANT) if fitting else None
