"""A score in the form that people read."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from mlplaybook.server.artefacts.scoring.bars import bars_of, headline, text_lines
from mlplaybook.server.artefacts.scoring.markdown import band_lines, broken_words
from mlplaybook.server.artefacts.scoring.records import Missing, Rubric, Score
from mlplaybook.server.console.views import put


def show_score(screen: Console, rubric: Rubric, score: Score) -> None:
    """Result first, then bars, sum, floors, what is missing, next actions and evidence."""
    put(screen, Text(score.title, style="bold"))
    style = "bold green" if score.status == "scored" and not score.broken else "bold yellow"
    put(screen, Text(headline(score), style=style))
    for meaning in band_lines(score):
        put(screen, Text(f"  {meaning}"))
    screen.print()
    bars = bars_of(rubric, score)
    for bar, drawn in zip(bars, text_lines(bars), strict=True):
        screen.print(Text(drawn, style="red" if bar.below else ""), soft_wrap=True)
    for part in (
        sum_part(score),
        floor_part(rubric, score),
        missing_part(score),
        next_part(score),
        evidence_part(score),
    ):
        for line in part:
            put(screen, line)
    for note in score.notes:
        put(screen, Text(f"\n{note}", style="yellow"))


def sum_part(score: Score) -> Iterator[Text]:
    """The arithmetic."""
    yield from headed("How it adds up", [Text(f"  {line}") for line in score.arithmetic])


def floor_part(rubric: Rubric, score: Score) -> Iterator[Text]:
    """Broken floors."""
    yield from headed("Floors", [Text(f"  {broken_words(rubric, broken)}", style="yellow") for broken in score.broken])


def missing_part(score: Score) -> Iterator[Text]:
    """What is still to be rated."""
    lines = [line for missing in score.missing for line in missing_lines(missing)]
    yield from headed("Still needed", lines)


def missing_lines(missing: Missing) -> Iterator[Text]:
    """A dimension or fact as one asks for it."""
    values = "|".join(f"{score:g}" for score in missing.anchors) or "yes|no"
    yield Text.assemble("  ", (f"{missing.name}={values}", "cyan"))
    yield Text(f"    {missing.question}")
    for score, anchor in missing.anchors.items():
        yield Text(f"      {score:g}  {anchor}", style="dim")
    if not missing.anchors:
        yield Text(f"    {missing.meaning}", style="dim")


def next_part(score: Score) -> Iterator[Text]:
    """The next actions with where to read on."""
    lines: list[Text] = []
    for n, step in enumerate(score.next_steps, start=1):
        lines.append(Text.assemble((f"  {n}. ", "bold cyan"), step.text))
        worth = f"     {step.dimension} is {step.score:g}; one step up adds {step.gain:g}  "
        lines.append(Text.assemble((worth, "dim"), (step.section, "cyan")))
    yield from headed("Next", lines)


def evidence_part(score: Score) -> Iterator[Text]:
    """The evidence that was given."""
    given = [rated for rated in score.ratings if rated.evidence]
    yield from headed("Evidence", [Text(f"  {rated.title} {rated.score:g}: {rated.evidence}") for rated in given])


def headed(title: str, lines: list[Text]) -> Iterator[Text]:
    """A heading and its lines, or nothing."""
    if lines:
        yield Text()
        yield Text(title, style="bold")
        yield from lines
