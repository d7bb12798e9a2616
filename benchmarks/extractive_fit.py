"""Fits the weights of server/answers/worth.py on the development questions; needs scipy.

    python -m benchmarks.extractive_fit

A conditional logistic model: among the units of the five sections that a question finds, which one holds a fact or a passage
of its answer? Prints the weights, and from ten-fold cross-validation over questions the share of facts in the best units up
to so many words. The test questions are not looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.extractive import SHOWN
from mlplaybook.evals.golden import Case, read_cases
from mlplaybook.server.answers.assess import find
from mlplaybook.server.answers.company import pieces_of
from mlplaybook.server.answers.passages import Passage, read_passage
from mlplaybook.server.answers.verify import normalise
from mlplaybook.server.answers.worth import Wanted
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.settings import read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import open_corpus

NAMES = ("LATE", "OVERLAP", "NEARNESS", "ASKED", "FIRST", "SECOND", "ROW")
FOLDS, PENALTY = 10, 0.02
BUDGETS = (70, 100, 130)
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one question: features (units, 7), whether each is right, its words, and which facts it has."""

    features: Matrix
    right: NDArray[np.bool_]
    words: list[int]
    facts: NDArray[np.bool_]


def read_units(index: Index, case: Case) -> Units:
    """What a question's hits hold; only units that can be wanted for their own sake."""
    found = find(index, case.question, SHOWN)
    best = max(hit.scores.total for hit in found.hits)
    features, right, words, facts = [], [], [], []
    for passage in (read_passage(index, hit, found.relevance, Wanted("plain"), best) for hit in found.hits):
        for number in sorted(piece.wanted for piece in pieces_of(0, passage, "plain") if len(piece.units) <= 2):
            has = [normalise(fact).lower() in normalise(passage.raw(number)).lower() for fact in case.facts]
            features.append(features_of(passage, number))
            facts.append(has)
            right.append(any(has) or holds_gold(passage, number, case))
            words.append(passage.costs[number])
    return Units(np.array(features), np.array(right), words, np.array(facts))


def features_of(passage: Passage, number: int) -> list[float]:
    """What `worth_of` multiplies with its weights."""
    shown = passage.evidence[number]
    place = [float(number == 0), float(number == 1), float(passage.units[number].kind == "row")]
    return [shown.late, shown.overlap, shown.nearness, shown.asked, *place]


def holds_gold(passage: Passage, number: int, case: Case) -> bool:
    """Whether a unit shares characters with a passage of the answer."""
    document, unit = passage.hit.document, passage.units[number]
    starts = [(document.text.find(gold.quote), gold) for gold in case.gold if gold.page == document.id]
    return any(start >= 0 and unit.start < start + len(gold.quote) and start < unit.end for start, gold in starts)


def fit(questions: Sequence[Units]) -> Matrix:
    """Weights that make the right units of each question likely among all of its units.

    Two units with features 1 and 0, of which the first is right: the weight is positive.
    """
    every = np.concatenate([units.features for units in questions])
    scale = every.std(axis=0) + 1e-9
    groups = [(units.features / scale, units.right) for units in questions if units.right.any()]

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, slope = 0.0, np.zeros_like(weights)
        for features, right in groups:
            odds = np.exp(features @ weights - (features @ weights).max())
            chosen = odds * right
            total -= float(np.log(chosen.sum() / odds.sum()))
            slope -= features.T @ (chosen / chosen.sum() - odds / odds.sum())
        penalty = PENALTY * float(weights @ weights)
        return total / len(groups) + penalty, slope / len(groups) + 2 * PENALTY * weights

    found = minimize(loss, np.zeros(every.shape[1]), jac=True, method="L-BFGS-B")
    return np.asarray(found.x / scale)


def facts_within(units: Units, weights: Matrix, budget: int) -> float:
    """Share of the facts in the best units, taken while there are words left."""
    has = np.zeros(units.facts.shape[1], bool)
    used = 0
    for number in np.argsort(-(units.features @ weights), kind="stable"):
        if used < budget and (not used or used + units.words[number] <= 1.1 * budget):
            has |= units.facts[number]
            used += units.words[number]
    return float(has.mean())


def main() -> None:
    """Fit, cross-validate and print."""
    one_thread_for_products()
    index = open_corpus(read_settings(), "playbook", lambda line: None, lambda done, total: None)
    questions = [read_units(index, case) for case in read_cases("dev") if case.gold]
    shares = np.zeros(len(BUDGETS))
    for fold in range(FOLDS):
        weights = fit([units for n, units in enumerate(questions) if n % FOLDS != fold])
        shares += [sum(facts_within(units, weights, budget) for units in questions[fold::FOLDS]) for budget in BUDGETS]
    for name, weight in zip(NAMES, fit(questions), strict=True):
        sys.stdout.write(f"{name:9}{weight:6.2f}\n")
    for budget, share in zip(BUDGETS, shares / len(questions), strict=True):
        sys.stdout.write(f"facts in the best {budget} words, cross-validated: {share:.3f}\n")


if __name__ == "__main__":
    main()
