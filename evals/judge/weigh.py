"""A judgement in which a judge has its say, and never the last word when it fails, hesitates or contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mlplaybook.evals.config import Plan
from mlplaybook.evals.gate.baseline import Baseline
from mlplaybook.evals.gate.gate import REGRESSED, Judgement, Verdict, judge_run
from mlplaybook.evals.judge.judged import NAME, judge_of
from mlplaybook.evals.records import Result, Run


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of the scores that were asked for again, how many came out as another verdict."""

    asked: int
    differ: int

    @property
    def rate(self) -> float:
        """The share; 0 where nothing was asked again."""
        return self.differ / self.asked if self.asked else 0.0


def weigh(run: Run, plan: Plan, baseline: Baseline | None = None, *, gate: bool = False) -> Judgement:
    """The judgement of a run, judged by a model or not; only with `gate` can what the model says fail it.

    A judge's errors make a run that it should gate impossible to evaluate, never worse; a regression that was found without it
    stays one.
    """
    theirs = tuple(result for result in run.results if result.case.suite == NAME)
    if not theirs:
        return judge_run(run, plan, baseline)
    ours = tuple(result for result in run.results if result.case.suite != NAME)
    plain = judge_run(part_of(run, ours), plan, baseline) if ours else Judgement(())
    judged = weigh_judge(part_of(run, theirs), plan, baseline, gate=gate)
    problems, notes = plain.problems, plain.notes + judged.notes
    if gate and plain.exit_code != REGRESSED:
        problems += judged.problems
    else:
        notes += judged.problems
    return Judgement(plain.verdicts + judged.verdicts, plain.flips + judged.flips, problems, notes)


def part_of(run: Run, results: tuple[Result, ...]) -> Run:
    """A run of some suites, with the fingerprints of their cases."""
    suites = {result.case.suite for result in results}
    cases = {name: made for name, made in run.fingerprint.cases.items() if name in suites}
    return replace(run, results=results, fingerprint=replace(run.fingerprint, cases=cases))


def weigh_judge(run: Run, plan: Plan, baseline: Baseline | None, *, gate: bool) -> Judgement:
    """The judge's part by itself: its own family of tests, and what it said of its own work."""
    metrics = {name: replace(one, gate=gate) if is_judged(name) else one for name, one in plan.metrics.items()}
    known = baseline if baseline and any(map(is_judged, baseline.scores)) else None
    judged = judge_run(run, replace(plan, metrics=metrics), known)
    now, then = judge_of(run.fingerprint), judge_of(known.fingerprint) if known else ""
    if known and now != then:
        judged = replace(judged, problems=(f"it is {now}, and that of the baseline was {then}",))
    found = agreement(run, plan.judging.moved)
    verdicts = judged.verdicts
    if judged.problems:
        verdicts = tuple(doubted(verdict, judged.problems[0]) for verdict in verdicts)
    elif found.rate > plan.judging.disagree:
        why = f"the judge gave {found.differ} of {found.asked} scores otherwise when asked again"
        verdicts = tuple(doubted(verdict, why) for verdict in verdicts)
    notes: tuple[str, ...] = (f"judge {now}: {told(run, found)}",)
    if baseline is not None and known is None:
        notes += ("judge: the baseline has no scores of a judge to compare with",)
    return Judgement(verdicts, judged.flips, tuple(f"judge: {one}" for one in judged.problems), notes)


def is_judged(name: str) -> bool:
    """Whether a metric or a case is the judge's."""
    return name.partition("/")[0] == NAME


def doubted(verdict: Verdict, why: str) -> Verdict:
    """A fail that is only a warning."""
    if verdict.outcome != "fail":
        return verdict
    return replace(verdict, outcome="warn", why=f"{verdict.why}; not gated: {why}")


def agreement(run: Run, moved: float) -> Agreement:
    """How often the judge differs from itself by more than `moved`."""
    asked = differ = 0
    for result in run.results:
        again: Mapping[str, list[float | None]] = result.output.get("asked again", {})
        for values in again.values():
            given = [value for value in values if value is not None]
            asked += len(given) > 1
            differ += len(given) > 1 and max(given) - min(given) > moved
    return Agreement(asked, differ)


def told(run: Run, found: Agreement) -> str:
    """What the judge cost, and how far it is to be trusted."""
    used = run.usage
    money = "at a price that is not known" if used.usd is None else f"{used.usd:.4f} USD"
    errors = sum(score.status == "error" for result in run.results for score in result.scores.values())
    parts = [f"{used.calls:,} calls, {used.tokens:,} tokens, {money}, {used.cache_hits:,} replies from the cache"]
    if found.asked:
        parts.append(f"asked again, it gave {found.differ} of {found.asked} scores otherwise ({found.rate:.0%})")
    if errors:
        parts.append(f"{errors} scores failed")
    return "; ".join(parts)
