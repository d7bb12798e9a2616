"""A document is read, its template found, and everything that is wrong said once, worst first."""

from __future__ import annotations

import pytest

from mlplaybook.ingest.errors import BadDocument, BadName
from mlplaybook.server.artefacts.checking.check import check, examine
from mlplaybook.server.artefacts.records import Finding

BRIEF = """\
problem_brief:
  business_objective: Use AI to reduce fraud losses
  success_metric: Reduce fraud by 30%
  baseline: TBD
  ml_task_type: deep learning
  kill_critera: [Precision is below 25%]
  kill_criteria: []
"""


def test_a_finding_has_line_words_problem_remedy_and_section() -> None:
    first = check(BRIEF)[0]
    assert first == Finding(
        "error",
        "problem_brief.prediction_target",
        "",
        "The field is required and empty.",
        "Answer: What exactly is predicted, about which entity, over which period, at which moment, and which record will "
        "later say what was true?",
        "problem-framing#what-is-a-good-prediction-target",
        "required",
        0,
    )
    assert next(finding for finding in check(BRIEF) if finding.rule == "objective-names-a-tool") == Finding(
        "error",
        "problem_brief.business_objective",
        "Use AI to reduce fraud losses",
        "It names a tool and no business quantity, so no result could count as success or failure.",
        "Name the figure that should improve, its value today, what a unit of it is worth, and its owner.",
        "problem-framing#what-goes-into-each-field-of-the-problem-brief",
        "objective-names-a-tool",
        2,
    )


def test_findings_come_worst_first_and_then_line_by_line() -> None:
    found = [(finding.severity, finding.line, finding.rule) for finding in check(BRIEF) if finding.line]
    assert found == [
        ("error", 2, "objective-names-a-tool"),
        ("error", 3, "success-without-from-to-and-date"),
        ("error", 4, "placeholder"),
        ("error", 5, "type"),
        ("error", 7, "required"),
        ("warning", 2, "objective-without-owner"),
        ("warning", 6, "unknown-key"),
        ("note", 3, "success-not-measured"),
    ]


def test_a_misspelt_key_is_told_its_field() -> None:
    found = next(finding for finding in check(BRIEF) if finding.rule == "unknown-key")
    assert (found.field, found.remedy) == ("problem_brief.kill_critera", "Rename it problem_brief.kill_criteria.")


def test_keys_of_the_documents_own_are_left_alone() -> None:
    text = "ml_costs:\n  currency: USD\n  notes: agreed with finance\n"
    assert {finding.rule for finding in check(text)} == {"required"}


def test_the_record_says_template_reason_and_how_much_is_filled() -> None:
    checked = examine(BRIEF)
    assert (checked.template, checked.reason) == ("problem-brief", "its root key is problem_brief")
    assert (checked.filled, checked.fields, checked.count("warning")) == (4, 11, 2)


def test_the_words_are_those_of_the_document_and_not_of_the_parser() -> None:
    text = "retraining: {pipeline: {deployment: {monitor_for: 00:10:00, canary_percent: 1.0e+2}}}"
    words = {finding.rule: finding.words for finding in check(text) if finding.words}
    assert words == {"canary-too-short": "00:10:00", "release-without-canary": "1.0e+2"}


def test_a_choice_that_yaml_takes_for_a_truth_value_is_read_as_written() -> None:
    found = check("ml_cicd: {on_code_change: {unit_tests: off}}")
    assert [finding.rule for finding in found if finding.field.endswith("unit_tests")] == ["stage-switched-off"]


def test_a_template_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadName, match=r"no template 'problem-brie'.*Did you mean problem-brief"):
        check(BRIEF, "problem-brie")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("a\x00b", "binary"),
        ("x" * 1_000_001, "more than 1,000,000 bytes"),
        ("just some words", "No template fits"),
        ("- 1\n- 2", "No template fits"),
        ('{"problem_brief": {"baseline": 1, "baseline": 2}}', "the key 'baseline' twice"),
        ('{"problem_brief": ', "not JSON"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, cause: str) -> None:
    with pytest.raises(BadDocument, match=cause):
        check(text)


def test_a_colon_in_a_plain_text_gets_the_remedy_that_helps() -> None:
    with pytest.raises(BadDocument, match=r"line 2, column 25.*in quotes: it has a colon"):
        examine("problem_brief:\n  baseline: Rules (owner: nobody): 0.3\n", file="brief.yaml")


def test_nothing_required_is_asked_of_a_field_whose_default_is_nothing() -> None:
    text = "rag_pipeline: {retrieval: {filters: []}}"
    assert [f for f in check(text) if f.field == "rag_pipeline.retrieval.filters"] == []
