"""A score as a Markdown page: result, bars, sum, floors, next actions, evidence."""

from __future__ import annotations

from collections.abc import Iterator

from mlplaybook.server.artefacts.scoring.bars import bars_of, headline, text_lines
from mlplaybook.server.artefacts.scoring.records import Broken, Missing, NextStep, Rubric, Score

# What would end a table cell, begin markup, or hide the rest of a line.
SPECIAL = str.maketrans(
    {"\\": "\\\\", "|": "\\|", "<": "&lt;", "`": "\\`", "*": "\\*", "_": "\\_", "[": "\\[", "]": "\\]"}
)


def to_markdown(rubric: Rubric, score: Score) -> str:
    """The whole page."""
    parts = [
        f"# {score.title}", f"**{headline(score)}**", *band_lines(score),
        "\n".join(["```text", *text_lines(bars_of(rubric, score)), "```"]),
        *section("Sum", [f"- {line}" for line in score.arithmetic]),
        *section("Floors", [f"- {broken_words(rubric, broken)}" for broken in score.broken]),
        *section("Still to be rated", [f"- `{missing.name}`: {missing_words(missing)}" for missing in score.missing]),
        *section("Next", [f"{n}. {step_words(step)}" for n, step in enumerate(score.next_steps, start=1)]),
        *section("Evidence", list(evidence_table(score))),
        *(f"> {note}" for note in score.notes),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def band_lines(score: Score) -> Iterator[str]:
    """What the band means, or the two that are left; more than two say little yet."""
    if len(score.bands) <= 2:
        yield from (f"{band.label}: {band.meaning}" for band in score.bands)


def section(title: str, lines: list[str]) -> list[str]:
    """A heading and its lines, or nothing."""
    return [f"## {title}", "\n".join(lines)] if lines else []


def broken_words(rubric: Rubric, broken: Broken) -> str:
    """A broken floor as a sentence."""
    titles = {dimension.name: dimension.title for dimension in rubric.dimensions}
    may = "" if broken.certain else " (if this floor applies)"
    place = f"[{broken.section}]"
    return f"{titles[broken.dimension]} is {broken.score:g}, the floor is {broken.minimum:g}{may}. {broken.meaning} {place}"


def missing_words(missing: Missing) -> str:
    """A question with the anchors of its answers."""
    anchors = "; ".join(f"{score:g}: {text}" for score, text in missing.anchors.items())
    return f"{missing.question} {anchors or f'{missing.meaning} Yes or no.'}"


def step_words(step: NextStep) -> str:
    """An action with where to read on and what it is worth."""
    return f"{step.text} ({step.dimension} is {step.score:g}; one step up adds {step.gain:g}) [{step.section}]"


def evidence_table(score: Score) -> Iterator[str]:
    """What was rated, what the rating means, and what shows it."""
    if not score.ratings:
        return
    yield "| Dimension | Rating | Means | Evidence |"
    yield "|---|---|---|---|"
    for rated in score.ratings:
        cells = (rated.title, f"{rated.score:g}", rated.anchor, rated.evidence or "none given")
        yield f"| {' | '.join(cell.translate(SPECIAL) for cell in cells)} |"
