"""A judgement as Markdown, for the summary of a CI run and for comments."""

from __future__ import annotations

from mlplaybook.evals.gate.gate import Flip, Judgement, Verdict
from mlplaybook.evals.records import Run
from mlplaybook.evals.reports.slices import slice_tables
from mlplaybook.evals.reports.words import describe_case, headline, number, p_text, signed

HEAD = "| metric | value | cases | change | 95 % interval | p | verdict |\n|---|---:|---:|---:|---:|---:|---|"
# More are in the JSON.
MOST_FLIPS = 30


def to_markdown(run: Run, judgement: Judgement) -> str:
    """Flipped cases first, then every metric, then its slices."""
    parts = [f"## evals: {headline(run, judgement)}"]
    parts += [f"**Not evaluable:** {problem}" for problem in judgement.problems]
    parts += [f"- {note}" for note in judgement.notes]
    if judgement.flips:
        parts.append("\n".join(["### Cases that flipped", *flip_lines(run, judgement.flips)]))
    parts.append("\n".join([HEAD, *(row(verdict) for verdict in judgement.verdicts)]))
    parts += ["### By slice", *slice_tables(run)]
    return "\n\n".join(parts) + "\n"


def flip_lines(run: Run, flips: tuple[Flip, ...]) -> list[str]:
    """What was expected and what came, by case."""
    results = {result.case.id: result for result in run.results}
    lines = []
    for flip in flips[:MOST_FLIPS]:
        result = results[flip.case]
        must = " (must pass)" if flip.must else ""
        lines.append(f"- `{flip.case}`{must}, {flip.metric} {flip.before:g} to {flip.after:g}: {describe_case(result)}")
    if len(flips) > MOST_FLIPS:
        lines.append(f"- and {len(flips) - MOST_FLIPS} more")
    return [line.replace("|", "\\|") for line in lines]


def row(verdict: Verdict) -> str:
    """One metric."""
    between = "" if verdict.low is None else f"{signed(verdict.low)} to {signed(verdict.high)}"
    outcome = f"**{verdict.outcome}**" if verdict.outcome == "fail" else verdict.outcome
    why = f": {verdict.why}" if verdict.why else ""
    shown = (verdict.metric, number(verdict.value), counts(verdict), signed(verdict.delta), between, p_text(verdict.p))
    return f"| {' | '.join(shown)} | {outcome}{why} |"


def counts(verdict: Verdict) -> str:
    """How many cases were measured; errors where there are any."""
    return f"{verdict.ok}, {verdict.errors} errors" if verdict.errors else str(verdict.ok)
