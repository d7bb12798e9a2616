"""A judgement as Markdown, for the summary of a CI run and for comments."""

from __future__ import annotations

import re

from mlplaybook.evals.gate.gate import Flip, Judgement, Verdict
from mlplaybook.evals.records import Run
from mlplaybook.evals.reports.slices import slice_tables
from mlplaybook.evals.reports.words import describe_case, headline, number, p_text, signed

HEAD = "| metric | value | cases | change | 95 % interval | p | verdict |\n|---|---:|---:|---:|---:|---:|---|"
# More are in the JSON.
MOST_FLIPS = 30
# GitHub refuses a comment of more than 65,536 characters.
LONGEST = 60_000


def to_markdown(run: Run, judgement: Judgement) -> str:
    """Flipped cases first, then every metric, then its slices."""
    parts = [f"## evals: {headline(run, judgement)}"]
    parts += [f"**Not evaluable:** {inert(problem)}" for problem in judgement.problems]
    parts += [f"- {inert(note)}" for note in judgement.notes]
    if judgement.flips:
        parts.append("\n".join(["### Cases that flipped", *flip_lines(run, judgement.flips)]))
    parts.append("\n".join([HEAD, *(row(verdict) for verdict in judgement.verdicts)]))
    parts += ["### By slice", *slice_tables(run)]
    text = "\n\n".join(parts) + "\n"
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition("\n")[0] + "\n\nThe rest is in the report.\n"


def flip_lines(run: Run, flips: tuple[Flip, ...]) -> list[str]:
    """What was expected and what came, by case."""
    results = {result.case.id: result for result in run.results}
    lines = []
    for flip in flips[:MOST_FLIPS]:
        result = results[flip.case]
        must = " (must pass)" if flip.must else ""
        told = inert(f"{flip.metric} {flip.before:g} to {flip.after:g}: {describe_case(result)}")
        lines.append(f"- **{inert(flip.case)}**{must}, {told}")
    if len(flips) > MOST_FLIPS:
        lines.append(f"- and {len(flips) - MOST_FLIPS} more")
    return lines


def inert(text: str) -> str:
    r"""Words of a case that stay words in a comment: no markup, no link, nobody is mentioned.

    >>> inert("<b> [x](y) | @all").replace("\u200b", "")
    '\\<b\\> \\[x\\](y) \\| @all'
    """
    escaped = re.sub(r"([\\`*_\[\]<>|~!&])", r"\\\1", " ".join(text.split()))
    return re.sub(r"([@#:])(?=\S)", "\\1\u200b", escaped)


def row(verdict: Verdict) -> str:
    """One metric."""
    between = "" if verdict.low is None else f"{signed(verdict.low)} to {signed(verdict.high)}"
    outcome = f"**{verdict.outcome}**" if verdict.outcome == "fail" else verdict.outcome
    why = f": {inert(verdict.why)}" if verdict.why else ""
    shown = (verdict.metric, number(verdict.value), counts(verdict), signed(verdict.delta), between, p_text(verdict.p))
    return f"| {' | '.join(shown)} | {outcome}{why} |"


def counts(verdict: Verdict) -> str:
    """How many cases were measured; errors where there are any."""
    return f"{verdict.ok}, {verdict.errors} errors" if verdict.errors else str(verdict.ok)
