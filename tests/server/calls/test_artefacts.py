"""Artefacts out of plain values, as HTTP and MCP send them."""

from __future__ import annotations

import pytest
import yaml

from mlplaybook.ingest.errors import BadDocument, BadName, BadSetting
from mlplaybook.server.artefacts.guiding.records import Wish
from mlplaybook.server.calls.artefacts import CheckRequest, FillRequest, calculate, check, decide, fill, guide, score
from mlplaybook.server.service import Service

VALUES = {"business_objective": "Fewer refunds", "problem_brief": {"baseline": "the mean"}}


def test_a_template_is_filled_from_values_however_they_are_nested(service: Service) -> None:
    made = fill(service, FillRequest("problem-brief", VALUES))
    document = yaml.safe_load(made.document.text)["problem_brief"]
    assert (document["business_objective"], document["baseline"]) == ("Fewer refunds", "the mean")
    assert made.file == "problem-brief.yaml"


def test_an_earlier_document_keeps_what_a_person_changed(service: Service) -> None:
    first = fill(service, FillRequest("problem-brief", {"baseline": "the mean"})).document.text
    edited = first.replace("success_metric: null", "success_metric: 5% fewer refunds by 2027-06-30")
    second = fill(service, FillRequest("problem-brief", {"baseline": "the median"}, earlier=edited)).document.text
    document = yaml.safe_load(second)["problem_brief"]
    assert (document["success_metric"], document["baseline"]) == ("5% fewer refunds by 2027-06-30", "the median")


def test_notes_give_evidence_with_their_words(service: Service) -> None:
    made = fill(service, FillRequest("model-card", notes={"notes.md": "License: Apache-2.0. Trained on 12,000 rows."}))
    quotes = [e.quote for filled in made.document.fill.fields.values() for e in filled.evidence]
    assert all(quote in "License: Apache-2.0. Trained on 12,000 rows." for quote in quotes)


@pytest.mark.parametrize(
    ("request_", "error", "says"),
    [
        (FillRequest("nothing"), BadName, "There is no template"),
        (FillRequest("problem-brief", {"fish": 1}), BadName, "has no field 'fish'"),
        (FillRequest("problem-brief", format="pdf"), BadSetting, "There is no format 'pdf'"),
        (FillRequest("problem-brief", format="hub"), BadSetting, "has no format 'hub'"),
        (FillRequest("problem-brief", {"hub": 3}), BadSetting, "'hub' is no mapping"),
        (FillRequest("problem-brief", notes={"a": "x" * 400_001}), BadDocument, "Give at most"),
        (FillRequest("problem-brief", notes={str(n): "x" for n in range(41)}), BadDocument, "too many"),
        (FillRequest("problem-brief", earlier="something else"), BadDocument, "was not written by mlplaybook"),
    ],
)
def test_what_cannot_be_filled_is_refused(
    service: Service, request_: FillRequest, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        fill(service, request_)


def test_a_document_is_checked_and_an_empty_one_refused(service: Service) -> None:
    text = fill(service, FillRequest("problem-brief", VALUES)).document.text
    made = check(CheckRequest(text))
    assert (made.template, made.count("error") > 0) == ("problem-brief", True)
    for bad in ("", "   \n", "x" * 400_001):
        with pytest.raises(BadDocument):
            check(CheckRequest(bad))


def test_decisions_scores_and_calculations_take_plain_values() -> None:
    verdict, found = decide("ML or rules", {})
    assert verdict.decision == found.decision.id == "ml-or-rules"
    made, rubric = score("data quality", {"accuracy": {"score": 3, "evidence": "audit of 300 rows"}})
    assert (made.rubric, made.status, rubric.id) == ("data-quality", "partial", "data-quality")
    assert calculate("sample size", {"baseline": 0.04, "lift": "10%"}).result.value == pytest.approx(39_473, abs=1)


def test_a_calculation_takes_the_columns_of_a_table() -> None:
    now = "age\n" + "\n".join(str(20 + n % 40) for n in range(400))
    then = "age\n" + "\n".join(str(25 + n % 40) for n in range(400))
    assert calculate("psi", {}, now, "age", then).result.value > 0


def test_a_guide_is_found_by_the_beginning_of_its_step(service: Service) -> None:
    with pytest.raises(BadName):
        guide(service, Wish("no such step"))
