"""Ratings as people and programs write them."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.errors import BadDocument, BadName
from mlplaybook.server.artefacts.scoring.rate import rate
from mlplaybook.server.artefacts.scoring.read_ratings import read_ratings, read_scores
from mlplaybook.server.artefacts.scoring.records import Rating
from mlplaybook.server.artefacts.scoring.rubrics import find_rubric, load_rubric

DATA = load_rubric("data-quality")
TESTS = load_rubric("ml-test-score")


@pytest.mark.parametrize(
    "text",
    [
        "completeness: 4\nvolume: {score: 3, evidence: 1840 churners}\nlabel_source: yes",
        "scores:\n  completeness: 4\n  volume: {score: 3, evidence: [1840 churners]}\nfacts: {label_source: true}",
        '{"ratings": [{"name": "completeness", "score": 4}, {"name": "volume", "score": 3, "evidence": "1840 churners"}],'
        ' "facts": {"label_source": true}}',
    ],
    ids=["plain", "scores and facts", "the record"],
)
def test_a_file_holds_numbers_or_scores_with_evidence(text: str) -> None:
    ratings, facts = read_ratings(DATA, read_scores(text, "scores.yaml"), {})
    assert ratings == {"completeness": Rating(4), "volume": Rating(3, "1840 churners")}
    assert facts == {"label_source": True}


def test_the_json_record_of_a_score_can_be_scored_again() -> None:
    first = rate(DATA, {"completeness": {"score": 4, "evidence": "link"}, "volume": 2})
    assert rate(DATA, read_scores(json.dumps(asdict(first)), "score.json")) == first


def test_a_part_of_a_name_is_enough_where_it_is_the_only_one() -> None:
    assert list(read_ratings(TESTS, {"canary": 1, "inclusion": "0.5"}, {})[0]) == [
        "model_inclusion",
        "infrastructure_canary",
    ]


@pytest.mark.parametrize("raw", [6, -1, 2.5, "four", "", True, [4], float("nan"), float("inf"), "1e999"])
def test_a_rating_off_the_scale_is_refused_with_the_scale(raw: object) -> None:
    with pytest.raises(BadDocument, match=r"volume=.* is no rating\. Rate from 0 to 5 in steps of 1\."):
        read_ratings(DATA, {"volume": raw}, {})


def test_half_points_are_ratings_of_the_test_score_only() -> None:
    assert read_ratings(TESTS, {"canary": 0.5}, {})[0] == {"infrastructure_canary": Rating(0.5)}


@pytest.mark.parametrize(
    ("values", "evidence", "message"),
    [
        ({"speed": 3}, {}, "The rubric data-quality has no dimension 'speed'."),
        ({"label_source": "perhaps"}, {}, "label_source=perhaps cannot be used. Write yes or no."),
        ({}, {"volume": "link"}, "volume has evidence and no rating. Add volume=NUMBER."),
        ({"Volume": 3, "volume": 4}, {}, "volume is given twice. Give it once."),
    ],
)
def test_what_cannot_be_used_is_said(values: dict[str, object], evidence: dict[str, str], message: str) -> None:
    with pytest.raises((BadDocument, BadName)) as caught:
        read_ratings(DATA, values, evidence)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", ["", "3", "- 1\n- 2", "ratings: [1, 2]", "a: b: c", "!!python/object:os.system x"])
def test_a_file_that_holds_no_ratings_is_an_error(text: str) -> None:
    with pytest.raises(BadDocument):
        read_scores(text, "scores.yaml")


@pytest.mark.parametrize(
    ("name", "rubric"),
    [("Data Quality", "data-quality"), ("test score", "ml-test-score"), ("system quality", "ml-system-quality")],
)
def test_a_rubric_is_found_by_what_it_is_called(name: str, rubric: str) -> None:
    assert find_rubric(name).id == rubric


def test_an_unknown_rubric_offers_the_nearest_and_all() -> None:
    with pytest.raises(BadName, match=r"There is no rubric 'data-qualty'\. Did you mean data-quality or"):
        find_rubric("data-qualty")


@given(st.text(max_size=200))
def test_no_text_crashes_the_reader(text: str) -> None:
    with contextlib.suppress(BadDocument, BadName):
        rate(DATA, read_scores(text, "scores.yaml"))
