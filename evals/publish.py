"""What a run or a comparison shows: files in its folder, the table on the terminal, and what a CI run shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlplaybook.evals.gate.baseline import write_whole
from mlplaybook.evals.reports.files import HTML, PAGE, TABLE, write_reports, write_run
from mlplaybook.evals.reports.github import workflow_commands
from mlplaybook.evals.reports.markdown import to_markdown
from mlplaybook.evals.reports.sides import Report, before_from
from mlplaybook.evals.reports.table import draw_judgement
from mlplaybook.evals.reports.web_page import to_html
from mlplaybook.server.console.screen import create_screen, print_line, say

SUMMARY = "GITHUB_STEP_SUMMARY"


def publish(report: Report, folder: Path, formats: Sequence[str], *, github: bool = False) -> None:
    """Files, the table, annotations and the summary of one side."""
    write_reports(report, folder, formats)
    run, judgement = report.last.run, report.last.judgement
    if TABLE in formats:
        create_screen().print(draw_judgement(run, judgement))
    if github:
        for line in workflow_commands(run, judgement):
            print_line(line)
        if os.environ.get(SUMMARY):
            with Path(os.environ[SUMMARY]).open("a", encoding="utf-8") as file:
                file.write(to_markdown(run, judgement))
    say(f"written to {folder / PAGE if HTML in formats else folder}")


def publish_last(report: Report, folder: Path, formats: Sequence[str], *, github: bool = False) -> None:
    """The run of the last side, and what it shows by itself."""
    write_run(report.last.run, folder)
    publish(one_side(report, -1), folder, formats, github=github)


def publish_together(report: Report, folder: Path, formats: Sequence[str]) -> None:
    """Several sides on one page."""
    if HTML in formats and len(report.sides) > 1:
        write_whole(folder / PAGE, to_html(report))
        say(f"side by side: {folder / PAGE}")


def one_side(report: Report, place: int) -> Report:
    """A side of a report of several, against the first of them."""
    side = report.sides[place]
    before = report.before if side is report.sides[0] else before_from(report.sides[0].run)
    return replace(report, sides=(side,), before=before)
