"""A run as JUnit XML: a test case for every case, a failure for each that flipped, and a test case for every metric."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as Tree

from mlplaybook.evals.gate.gate import Flip, Judgement
from mlplaybook.evals.records import Result, Run
from mlplaybook.evals.reports.words import describe_case, headline

# Characters that XML has no way to write.
FORBIDDEN = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(run: Run, judgement: Judgement) -> str:
    """The XML; times are left out, so that equal runs give equal files."""
    root = Tree.Element("testsuites", name=headline(run, judgement))
    metrics = Tree.SubElement(root, "testsuite", name="metrics", tests=str(len(judgement.verdicts)))
    for verdict in judgement.verdicts:
        entry = Tree.SubElement(metrics, "testcase", classname="metrics", name=verdict.metric)
        if verdict.outcome == "fail":
            Tree.SubElement(entry, "failure", message=clean(verdict.why))
    for suite in sorted({result.case.suite for result in run.results}):
        add_suite(root, suite, [result for result in run.results if result.case.suite == suite], judgement.flips)
    Tree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, encoding="unicode") + "\n"


def add_suite(root: Tree.Element, name: str, results: Sequence[Result], flips: Sequence[Flip]) -> None:
    """One suite with its cases."""
    flipped = {flip.case: flip for flip in flips}
    suite = Tree.SubElement(root, "testsuite", name=name, tests=str(len(results)))
    for result in results:
        case = result.case
        named = {"classname": f"{name}.{case.slice}", "name": clean(case.id)}
        entry = Tree.SubElement(suite, "testcase", {**named, "file": case.file, "line": str(case.line)})
        errors = [score.why for score in result.scores.values() if score.status == "error"]
        if errors:
            Tree.SubElement(entry, "error", message=clean(errors[0]))
        elif case.id in flipped:
            flip = flipped[case.id]
            message = f"{flip.metric} was {flip.before:g} and is {flip.after:g}"
            Tree.SubElement(entry, "failure", message=message).text = clean(describe_case(result))


def clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return FORBIDDEN.sub("", text)
