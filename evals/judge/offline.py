"""RAGAS' metrics that need no model, on the answers that users get."""

from __future__ import annotations

import functools

from mlplaybook.evals.golden import Split
from mlplaybook.evals.judge.library import MISSING, NAME, is_installed, load_parts
from mlplaybook.evals.judge.sample import create_sample
from mlplaybook.evals.records import Case, Measured, not_applicable, ok
from mlplaybook.evals.suites.golden_cases import golden_cases
from mlplaybook.evals.suites.retrieval import relevant_sections
from mlplaybook.evals.suites.world import SHOWN, World, search, sentence_vector

METRICS = ("context-precision", "context-recall", "similarity", "rouge-l")


def read(split: Split) -> tuple[Case, ...]:
    """Every covered question."""
    return golden_cases(NAME, split, covered=True)


def measure(world: World, case: Case) -> Measured:
    """One answer; where nothing is found or said, that counts as nothing and not as not applicable."""
    if not is_installed():
        return Measured(dict.fromkeys(METRICS, not_applicable(MISSING)))
    parts, sample = load_parts(), create_sample(world, case)
    found = [hit.section.id for hit in search(world, case.input["question"], SHOWN).hits]
    relevant = relevant_sections(world, case)
    precision, recall = parts.context_scores(found, relevant) if found else (0.0, 0.0)
    encoder, said = world.index.encoder, bool(sample.answer)
    encode = functools.partial(sentence_vector, world)
    alike = parts.similarity(sample.reference, sample.answer, encode) if said and encoder else 0.0
    scores = {
        "context-precision": ok(precision),
        "context-recall": ok(recall),
        "similarity": ok(alike) if encoder else not_applicable("there is no encoder"),
        "rouge-l": ok(parts.rouge_l(sample.reference, sample.answer) if said else 0.0),
    }
    return Measured(scores, {"answer": sample.answer, "expected": sorted(relevant), "found": found})
