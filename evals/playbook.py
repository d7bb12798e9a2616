"""The playbook's own questions asked of the search that users get, by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from mlplaybook.evals.abstention import Judged
from mlplaybook.evals.golden import Case, answerable
from mlplaybook.evals.metrics import DEPTH, grade
from mlplaybook.server.answers.assess import find
from mlplaybook.server.retrieval.index import Index

WHOLE = "all"


@dataclass(frozen=True, slots=True)
class SliceResult:
    """Means over the questions of one slice."""

    slice: str
    questions: int
    ndcg10: float
    mrr10: float
    success1: float
    success5: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """Retrieval by slice, the whole first, and for every question how sure the search was."""

    slices: tuple[SliceResult, ...]
    judged: tuple[Judged, ...]


def measure_playbook(index: Index, cases: Sequence[Case]) -> Outcome:
    """Search every question; sections are what is ranked, as `mlplaybook search` ranks them."""
    relevant = {question.id: question.relevant for question in answerable(index.catalog, tuple(cases))}
    rows: dict[str, list[tuple[float, float, float, float]]] = {WHOLE: []}
    judged = []
    for case in cases:
        found = find(index, case.question, DEPTH)
        row = grade([hit.section.id for hit in found.hits], relevant.get(case.id, {}))
        judged.append(Judged(case.id, case.slice, bool(case.gold), found.probability, found=row[3] > 0))
        if case.gold:
            rows[WHOLE].append(row)
            rows.setdefault(case.slice, []).append(row)
    ordered = [WHOLE, *sorted(name for name in rows if name != WHOLE)]
    return Outcome(tuple(summarise(name, rows[name]) for name in ordered), tuple(judged))


def summarise(name: str, rows: Sequence[tuple[float, float, float, float]]) -> SliceResult:
    """The means of a slice."""
    return SliceResult(name, len(rows), *(fmean(column) for column in zip(*rows, strict=True)))
