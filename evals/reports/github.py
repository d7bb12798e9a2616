"""Annotations of GitHub Actions: one on the line of every case that flipped, one for every metric that failed."""

from __future__ import annotations

from collections.abc import Iterator

from mlplaybook.evals.gate.gate import Judgement
from mlplaybook.evals.records import Run


def workflow_commands(run: Run, judgement: Judgement) -> Iterator[str]:
    """Workflow commands, one a line; what a case says cannot end a line or begin a command."""
    results = {result.case.id: result for result in run.results}
    for problem in judgement.problems:
        yield f"::error title=evals::{escape(problem)}"
    for verdict in judgement.verdicts:
        if verdict.outcome != "pass":
            level = "error" if verdict.outcome == "fail" else "warning"
            yield f"::{level} title=evals {escape_property(verdict.metric)}::{escape(verdict.why)}"
    for flip in judgement.flips:
        case = results[flip.case].case
        level = "error" if flip.must else "notice"
        what = f"{case.id}: {flip.metric} was {flip.before:g} and is {flip.after:g}"
        yield f"::{level} file={escape_property(case.file)},line={case.line}::{escape(what)}"


def escape(text: str) -> str:
    r"""Text as a workflow command takes it.

    >>> escape("50 %\nand more")
    '50 %25%0Aand more'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The same where it stands before the message.

    >>> escape_property("a,b::c")
    'a%2Cb%3A%3Ac'
    """
    return escape(text).replace(":", "%3A").replace(",", "%2C")
