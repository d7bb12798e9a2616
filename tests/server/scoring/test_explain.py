"""What a score means: statements that the sheet or the playbook has, and the playbook's own words without a model."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mlplaybook.prompts.library import load_prompt
from mlplaybook.server.answers.writer import Writer
from mlplaybook.server.artefacts.scoring.explain import SHEET, Explanation, explain, sheet_of
from mlplaybook.server.artefacts.scoring.records import Band, Broken, NextStep, Rated, Score
from mlplaybook.server.console.explaining import explanation_lines, explanation_markdown
from mlplaybook.server.llm.records import ModelFailed
from mlplaybook.server.retrieval.index import Index
from tests.server.filling.scripted import Scripted
from tests.server.test_writer import CUT_OFFS, QUOTE

SCORE = Score(
    "quality", "Quality of the data", "drift", "scored", 7, 7, 7, 10, Band(5, "repair", "Repair it before training."),
    (Band(5, "repair", "Repair it before training."),),
    (
        Rated("drift", "Drift watched", 2, "looked at once a year", 2, 5, CUT_OFFS),
        Rated("split", "Split by time", 5, "split by time", 5, 5, "leakage#when-should-data-be-split"),
    ),
    ("Sum: 2 + 5 = 7 of 10",), (Broken("drift", 2, 3, "Nobody would see a shift.", CUT_OFFS),), (), ("drift",),
    (NextStep("drift", 2, "Compute the index every week.", "drift#how-is-the-index-computed-in-python", 1),),
)  # fmt: skip
TOTAL = 'Quality of the data: 7 of 10, band "repair": Repair it before training.'
WEAK = "Drift watched: rated 2, 2 of 5 points, looked at once a year"


def statement(text: str, section: str, quote: str) -> dict[str, object]:
    return {"citations": [{"section": section, "quote": quote}], "text": text}


def by_model(index: Index, *statements: dict[str, object], window: int = 100_000) -> tuple[Explanation, Scripted]:
    model = Scripted([json.dumps({"statements": list(statements)})], window=window)
    return explain(index, SCORE, Writer(model, load_prompt("explain-score"), lambda text: len(text) // 3)), model


def test_the_sheet_says_total_floors_and_every_dimension() -> None:
    assert sheet_of(SCORE).splitlines() == [
        TOTAL,
        "- Floor missed: Drift watched is 2 and needs 3. Nobody would see a shift.",
        f"- {WEAK}",
        "- Split by time: rated 5, 5 of 5 points, split by time",
    ]


def test_a_partial_score_says_its_range() -> None:
    partial = replace(SCORE, total=None, lowest=5, highest=9, band=None)
    assert sheet_of(partial).startswith("Quality of the data: between 5 and 9 of 10, band not settled")


def test_statements_cite_the_sheet_or_a_section(handbook: Index) -> None:
    made, model = by_model(
        handbook,
        statement("The quality of the data reaches 7 of 10: repair it before training.", SHEET, TOTAL),
        statement("An index above 0.2 raises an alert.", CUT_OFFS, QUOTE),
    )
    assert [one.citations[0].section for one in made.statements] == [SHEET, CUT_OFFS]
    assert made.statements[0].citations[0].quote == TOTAL
    assert (made.mode, made.model, made.tokens, made.removed) == ("llm", "test:scripted", 120, 0)
    assert QUOTE in model.asked[0].messages[-1].content
    assert TOTAL in model.asked[0].messages[-1].content


@pytest.mark.parametrize(
    "false",
    [
        statement("The quality of the data reaches 9 of 10: repair it before training.", SHEET, TOTAL),
        statement("The quality of the data reaches 9 of 10.", SHEET, TOTAL.replace("7", "9")),
        statement("Buy a bigger machine from Acme in Zurich.", CUT_OFFS, QUOTE),
        statement("An index above 0.2 raises an alert, see https://evil.example.", CUT_OFFS, QUOTE),
        statement("Drift was watched every hour by nobody.", SHEET, "Drift watched: rated 2"),
    ],
)
def test_what_neither_says_is_left_out(handbook: Index, false: dict[str, object]) -> None:
    true = statement("Drift watched is rated 2, looked at once a year.", SHEET, WEAK)
    made, _ = by_model(handbook, true, false)
    assert ([one.text for one in made.statements], made.removed) == ([true["text"]], 1)


def test_without_a_model_the_sections_speak(handbook: Index) -> None:
    made = explain(handbook, SCORE, None)
    assert [one.text for one in made.statements] == [
        QUOTE + "[^siddiqi-2006]",
        "The index sums the differences of bin shares.",
    ]
    for one in made.statements:
        (citation,) = one.citations
        assert one.text == citation.quote


@pytest.mark.parametrize("said", [ModelFailed("timeout", "test:scripted"), "no JSON at all", '{"statements": []}'])
def test_a_model_that_fails_leaves_the_playbook(handbook: Index, said: str | ModelFailed) -> None:
    writer = Writer(Scripted([said]), load_prompt("explain-score"), len)
    made = explain(handbook, SCORE, writer)
    assert made.mode == "extractive"
    assert len(made.statements) == 2
    assert made.degraded[0].startswith("llm: test:scripted")


def test_sections_that_do_not_fit_are_left_out_before_the_sheet(handbook: Index) -> None:
    _, model = by_model(handbook, statement("Drift watched is rated 2.", SHEET, WEAK), window=4_200)
    content = model.asked[0].messages[-1].content if model.asked else ""
    assert TOTAL in content


def test_people_read_each_statement_with_its_place(handbook: Index) -> None:
    made, _ = by_model(handbook, statement("Drift watched is rated 2, looked at once a year.", SHEET, WEAK))
    assert [line.plain for line in explanation_lines(made)] == [
        "\nWhat it means", "  Drift watched is rated 2, looked at once a year.", "     the score above",
    ]  # fmt: skip
    assert explanation_markdown(explain(handbook, SCORE, None)).startswith("\n## From the playbook\n\n- A population")
    assert explanation_markdown(Explanation((), "")) == ""
