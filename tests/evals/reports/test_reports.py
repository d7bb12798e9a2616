"""Reports say what flipped first, and nothing in a case can break their form."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as Tree

from rich.console import Console

from mlplaybook.evals.config import read_plan
from mlplaybook.evals.gate.baseline import from_run
from mlplaybook.evals.gate.gate import judge_run
from mlplaybook.evals.records import Run
from mlplaybook.evals.reports.github import workflow_commands
from mlplaybook.evals.reports.junit import to_junit
from mlplaybook.evals.reports.markdown import to_markdown
from mlplaybook.evals.reports.table import draw_judgement
from tests.evals.runs import run_of

NAME = "retrieval/success@5"
BEFORE = run_of({NAME: [1.0] * 40})
AFTER = run_of({NAME: [0.0] * 8 + [1.0] * 32})
JUDGED = judge_run(AFTER, read_plan(), from_run(BEFORE))


def test_junit_has_a_case_for_every_case_and_a_failure_for_each_that_flipped() -> None:
    root = Tree.fromstring(to_junit(AFTER, JUDGED).partition("\n")[2])
    cases = root.findall("testsuite[@name='retrieval']/testcase")
    assert (len(cases), len([case for case in cases if case.find("failure") is not None])) == (40, 8)
    assert (cases[0].get("file"), cases[0].get("line")) == ("evals/cases/dev.jsonl", "1")


def test_junit_stays_xml_whatever_a_case_says() -> None:
    first = replace(AFTER.results[0], output={"said": "\x00 ]]> <b> \ud800"})
    run: Run = replace(AFTER, results=(first, *AFTER.results[1:]))
    assert Tree.fromstring(to_junit(run, JUDGED).partition("\n")[2]) is not None


def test_markdown_shows_flipped_cases_before_the_metrics() -> None:
    text = to_markdown(AFTER, JUDGED)
    assert text.startswith("## evals: core: worse (retrieval/success@5), 40 cases")
    assert 0 < text.index("retrieval/0000") < text.index("| metric |")


def test_annotations_stand_on_the_line_of_the_case() -> None:
    lines = list(workflow_commands(AFTER, JUDGED))
    assert lines[0].startswith("::error title=evals retrieval/success@5::")
    assert "::notice file=evals/cases/dev.jsonl,line=1::retrieval/0000: retrieval/success@5 was 1 and is 0" in lines


def test_the_table_says_what_is_worse() -> None:
    screen = Console(width=100, no_color=True)
    with screen.capture() as text:
        screen.print(draw_judgement(AFTER, JUDGED))
    assert "core: worse (retrieval/success@5), 40 cases" in text.get()


def test_slices_stand_behind_the_metrics() -> None:
    assert "| retrieval | cases | success@5 |\n|---|---:|---:|\n| how | 40 | 0.800 |" in to_markdown(AFTER, JUDGED)


def said(text: str) -> Run:
    """The run in which the cases say this."""
    return replace(AFTER, results=tuple(replace(one, output={"said": text}) for one in AFTER.results))


def test_words_of_cases_are_no_markup_in_a_comment_and_mention_nobody() -> None:
    text = to_markdown(said("<img src=x> [x](http://evil.example) ![y](z) @everyone #1 | `a`"), JUDGED)
    shown = next(line for line in text.splitlines() if "0000" in line)
    alive = re.search(r"(?<!\\)[<`|\[!]|@everyone|http://|#1", shown)
    assert (alive and alive[0]) is None
    assert "everyone" in shown


def test_a_comment_is_never_longer_than_github_takes() -> None:
    many = run_of({NAME: [0.0] * 2000})
    wide = replace(
        many, results=tuple(replace(r, case=replace(r.case, slice=f"part {r.case.id}" * 3)) for r in many.results)
    )
    text = to_markdown(wide, judge_run(wide, read_plan()))
    assert len(text) < 65_000
    assert text.endswith("The rest is in the report.\n")


def test_no_name_ends_the_properties_of_an_annotation() -> None:
    first = replace(AFTER.results[0], case=replace(AFTER.results[0].case, file="a,line=9::b"))
    lines = list(workflow_commands(replace(AFTER, results=(first, *AFTER.results[1:])), JUDGED))
    assert any(line.startswith("::notice file=a%2Cline=9%3A%3Ab,line=1::") for line in lines)
