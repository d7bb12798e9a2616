"""Fits server/answers/abstention.json on the development questions; needs scikit-learn.

    python benchmarks/abstention.py [--write]

Prints AUROC by kind, from ten-fold cross-validation repeated five times, then the coefficients. The test questions are not
looked at. The lexical model is set by hand and left as it is.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from mlplaybook.evals.abstention import Judged, auroc_of, false_answers, false_refusals, not_covered
from mlplaybook.evals.golden import Case, read_cases
from mlplaybook.server.answers.abstain import ANSWERED, PARTIAL
from mlplaybook.server.answers.assess import find
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Method
from mlplaybook.server.settings import read_settings
from mlplaybook.server.wiring import open_corpus

FILE = Path(__file__).parents[1] / "server" / "answers" / "abstention.json"
KINDS = {
    "asked": ("dense", "coverage", "weakest", "asked"),
    "plain": ("dense", "coverage", "weakest"),
}
# Questions in the field with a false premise, or about what is newer than the pages, are rarer than the rest, and no search
# score tells them from covered ones; at full weight they would cost covered questions their answer.
HALF_WEIGHT = ("false-premise", "out-of-date")
# As many hits as a search shows, folds and repetitions of the cross-validation, and the inverse of the ridge penalty.
SHOWN, FOLDS, REPEATED, STRENGTH = 5, 10, 5, 30.0


def fit(index: Index, cases: tuple[Case, ...], kind: str) -> dict[str, float]:
    """Coefficients of one kind of index; its cross-validation is printed."""
    method = Method() if kind == "asked" else Method(asked_weight=0.0)
    found = [find(index, case.question, SHOWN, method=method).signals for case in cases]
    x = np.array([[getattr(signals, name) or 0.0 for name in KINDS[kind]] for signals in found])
    y = np.array([bool(case.gold) for case in cases])
    weight = np.array([0.5 if case.slice in HALF_WEIGHT else 1.0 for case in cases])
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    folds = (StratifiedKFold(FOLDS, shuffle=True, random_state=seed) for seed in range(REPEATED))
    params = {"sample_weight": weight}
    rounds = [cross_val_predict(model, x, y, cv=fold, method="predict_proba", params=params) for fold in folds]
    p = np.mean(rounds, axis=0)[:, 1]
    judged = [Judged(c.id, c.slice, bool(c.gold), float(value)) for c, value in zip(cases, p, strict=True)]
    for name in ("", *sorted({entry.slice for entry in not_covered(judged)})):
        answered = false_answers(judged, ANSWERED, name)
        sys.stderr.write(f"{kind:6} {name or 'all':14} AUROC {auroc_of(judged, name):.3f}, answered {answered:.1%}\n")
    doubted, refused = false_refusals(judged, ANSWERED), false_refusals(judged, PARTIAL)
    sys.stderr.write(f"{kind:6} covered, but not answered {doubted:.1%}, of these abstained {refused:.1%}\n")
    model.fit(x, y, sample_weight=weight)
    weights = dict(zip(KINDS[kind], model.coef_[0], strict=True))
    return {"constant": round(float(model.intercept_[0]), 3), **{k: round(float(v), 3) for k, v in weights.items()}}


def main() -> None:
    """Fit both kinds and print, or write, the file."""
    index = open_corpus(read_settings(), "playbook", lambda line: None, lambda done, total: None)
    index = dataclasses.replace(index, tuned=None)
    record = json.loads(FILE.read_text("utf-8"))
    cases = read_cases("dev")
    record["encoder"] = index.manifest.encoder
    record["models"] |= {kind: fit(index, cases, kind) for kind in KINDS}
    text = json.dumps(record, indent=2) + "\n"
    if "--write" in sys.argv:
        FILE.write_text(text, "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
