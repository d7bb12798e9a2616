"""What a judge makes of an answer: RAGAS' metrics that need a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from mlplaybook.evals.golden import Split
from mlplaybook.evals.judge.records import Panel, Sample
from mlplaybook.evals.judge.sample import create_sample
from mlplaybook.evals.records import Case, Fingerprint, Measured, Score, failed, not_applicable, ok
from mlplaybook.evals.suites.golden_cases import golden_cases
from mlplaybook.evals.suites.world import World

NAME = "judge"
ABOUT_CONTEXTS = ("context-precision", "context-recall")
ABOUT_ANSWERS = ("faithfulness", "response-relevancy", "factual-correctness", "noise-sensitivity")
METRICS = (*ABOUT_CONTEXTS, *ABOUT_ANSWERS)
# Of one score: with three, two that agree outvote one.
ASKS = 3
BY = " by "
NO_JUDGE = "no judge was asked"


def read(split: Split) -> tuple[Case, ...]:
    """Every covered question."""
    return golden_cases(NAME, split, covered=True)


def named(case: Case, judge: str) -> Case:
    """A case with who judges it, so that scores of different judges are never taken for the same."""
    return replace(case, input={**case.input, "judge": judge})


def fingerprint_of(cases: Sequence[Case], digest: str) -> str:
    """The fingerprint of judged cases, which also says who judged them."""
    names = sorted({str(case.input["judge"]) for case in cases if "judge" in case.input})
    return f"{digest}{BY}{', '.join(names)}" if names else digest


def judge_of(fingerprint: Fingerprint) -> str:
    """Who judged, empty where nobody did."""
    return fingerprint.cases.get(NAME, "").partition(BY)[2]


def measure(world: World, case: Case) -> Measured:
    """The judge's scores; those that moved from the baseline are asked for again, and the middle one counts."""
    if world.judge is None:
        return Measured(dict.fromkeys(METRICS, not_applicable(NO_JUDGE)))
    sample = create_sample(world, case)
    fixed = without_asking(sample)
    wanted = [name for name in METRICS if name not in fixed]
    asks = [dict(world.judge.ask(sample, wanted, 0))]
    doubtful = again(world.judge, case.id, asks[0])
    if doubtful:
        asks += [dict(world.judge.ask(sample, doubtful, number)) for number in range(1, ASKS)]
    scores = {**fixed, **{name: settle([ask[name] for ask in asks if name in ask]) for name in wanted}}
    told = {name: [ask[name].value for ask in asks] for name in doubtful}
    return Measured({name: scores[name] for name in METRICS}, {"answer": sample.answer, "asked again": told})


def without_asking(sample: Sample) -> dict[str, Score]:
    """What needs no judge: nothing found is 0, and a refusal has no words to judge."""
    fixed = dict.fromkeys(ABOUT_CONTEXTS, ok(0.0)) if not sample.contexts else {}
    if not sample.answer or not sample.contexts:
        fixed.update(dict.fromkeys(ABOUT_ANSWERS, not_applicable("nothing is said")))
    return fixed


def again(panel: Panel, case: str, first: Mapping[str, Score]) -> list[str]:
    """The metrics to ask for again: all of a case that is always asked again, else those that moved, up or down.

    Asking only for what fell would raise the mean.
    """
    if case in panel.again:
        return list(first)
    before = panel.before.get(case, {})
    return [
        name
        for name, score in first.items()
        if score.value is not None and name in before and abs(score.value - before[name]) > panel.moved
    ]


def settle(asked: Sequence[Score]) -> Score:
    """The one score, or the middle of several; an error where not even two of several gave one."""
    values = [score.value for score in asked if score.value is not None]
    if len(asked) == 1:
        return asked[0]
    if len(values) < ASKS // 2 + 1:
        why = next((score.why for score in asked if score.why), "")
        return failed(f"{len(asked) - len(values)} of {len(asked)} asks failed: {why}")
    return ok(median(values))
