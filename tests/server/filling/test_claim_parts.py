"""The parts of judging a claim, each by what it lets through and what it does not."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.filling.choices_said import read_boolean, read_choice
from mlplaybook.server.artefacts.filling.numbers_said import NotSaid, read_day, read_number, read_time
from mlplaybook.server.artefacts.filling.passages import LONGEST, create_passages
from mlplaybook.server.artefacts.filling.quotes import Shelf
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.filling.reply import FieldClaim, read_reply
from mlplaybook.server.artefacts.filling.topics import create_topics
from mlplaybook.server.artefacts.filling.words_said import NEAR, read_text
from mlplaybook.server.artefacts.records import Field
from mlplaybook.server.llm.cite import Reference

TEXT = Field("brief.objective", "text", True, "The figure and its owner.", "Which figure?", "", "", "")
TIMEOUT = Field(
    "serving.timeout_ms", "integer", True, "Time.", "How long may it take?", 1, 1, "", unit="ms", maximum=60_000
)
SHARE = Field("release.canary", "percentage", True, "", "Which share?", 5, 5, "", unit="%")
TASK = Field(
    "brief.task", "enum", True, "", "Which?", "", "", "", allowed=("ranking", "regression", "FPR", "7d", "weekly")
)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("9.4% of loaves", "We throw away 9.4% of   loaves."),
        ("loaves thrown away, owner Ann Bell", "Loaves that are thrown away (Ann Bell)"),
        ("scores by 06:00", "Scores have to be there by 06:00"),
        ("stops of 640 pumps", "640 pumps, which stopped"),
        ("labels are not complete", "The labels are not yet complete."),
    ],
)
def test_words_of_the_quotes_hold(text: str, quote: str) -> None:
    assert read_text(TEXT, text, [quote]).confidence > NEAR


@pytest.mark.parametrize(
    ("text", "quote", "why"),
    [
        ("9.5% of loaves", "We throw away 9.4% of loaves.", "its number 9.5 stands in no quote"),
        ("4% of loaves", "We throw away 9.4% of loaves.", "its number 4 stands in no quote"),
        ("9.4 loaves", "We throw away 9.4% of loaves.", "counts something else"),
        ("34 households, 152 months", "152 households in all that we looked at until now, 34 months", "counts something else"),
        ("loaves of Zurich", "We throw away 9.4% of loaves.", "'Zurich' stands in no quote"),
        ("labels are complete", "The labels are not complete.", "its quote denies 'complete'"),
        ("loaves are not sold", "The loaves are sold.", "its quotes do not deny it"),
        ("loaves https://evil.example", "The loaves are sold.", "an address"),
        ("?", "The loaves are sold.", "no words"),
        ("損失 of loaves", "The loaves are sold.", "stands in no quote"),
    ],
)  # fmt: skip
def test_other_words_do_not(text: str, quote: str, why: str) -> None:
    with pytest.raises(NotSaid, match=why):
        read_text(TEXT, text, [quote])


def test_a_class_of_the_template_is_left_out_where_no_quote_has_it() -> None:
    field = Field(
        "brief.latency", "text", True, "", "", "", "", "", allowed=("near-real-time (<1s)", "batch (minutes-hours)")
    )
    assert read_text(field, "near-real-time (<1s): within 900 ms", ["within 900 ms"]).value == "within 900 ms"
    assert read_text(field, "batch: by 14:30", ["a batch, by 14:30"]).value == "batch: by 14:30"


@pytest.mark.parametrize(
    ("text", "quote", "number"),
    [("90", "timeout_ms: 90", 90), ("two seconds", "Timeout is two seconds.", 2_000), ("2 s", "timeout: 2s", 2_000),
     ("214,600", "214600 loans", 214_600)],
)  # fmt: skip
def test_numbers_come_in_the_unit_of_the_field(text: str, quote: str, number: float) -> None:
    wanted = TIMEOUT if number < 60_000 else Field("data.size", "integer", True, "", "", 1, 1, "", unit="rows")
    assert read_number(wanted, text, [quote]) == number


@pytest.mark.parametrize(
    ("text", "quote", "why"),
    [
        ("91", "timeout_ms: 90", "stands in no quote"),
        ("90 s", "timeout_ms: 90", "another unit"),
        ("90", "90 MB", "is not in ms"),
        ("90 to 120", "90 to 120 ms", "more than one number"),
        ("soon", "90 ms", "no number"),
        ("61000", "timeout_ms: 61000", "above"),
        ("90.5", "timeout_ms: 90.5", "no whole number"),
    ],
)
def test_other_numbers_do_not_hold(text: str, quote: str, why: str) -> None:
    with pytest.raises(NotSaid, match=why):
        read_number(TIMEOUT, text, [quote])


def test_shares_times_and_days_are_read_as_they_are_written() -> None:
    assert read_number(SHARE, "10%", ["Then 10 % of shops"]) == 10
    assert read_time("41 minutes", ["Took 41 minutes on one GPU."]) == "41 min"
    assert read_time("30", ["delay_minutes: 30"]) == "30 min"
    assert read_day("2026-10-14", ["live on 14 October 2026"]) == "2026-10-14"
    assert read_day("30/10/2026", ["since 30/10/2026"]) == "2026-10-30"
    for text, quote in (("2026-10-15", "live on 14 October 2026"), ("03/04/2026", "on 03/04/2026"), ("May", "in May")):
        with pytest.raises(NotSaid):
            read_day(text, [quote])


@pytest.mark.parametrize(
    ("choice", "quote"),
    [("regression", "It is a regression."), ("FPR", "the false positive rate counts"), ("7d", "seven days at least"),
     ("weekly", "once every week")],
)  # fmt: skip
def test_a_choice_is_sure_where_its_words_stand(choice: str, quote: str) -> None:
    assert read_choice(TASK, choice, [quote], None).confidence > NEAR


def test_a_choice_without_its_words_is_a_guess_and_another_word_is_none() -> None:
    assert read_choice(TASK, "ranking", ["It is a regression."], None).confidence < NEAR
    assert read_choice(TASK, "ranking", ["It is not a ranking."], None).confidence < NEAR
    with pytest.raises(NotSaid, match="none of the choices"):
        read_choice(TASK, "clustering", ["clustering"], None)


def test_yes_and_no_have_to_be_what_the_quote_says() -> None:
    assert read_boolean("true", ["breaker: enabled"]).value is True
    assert read_boolean("false", ["We don't check labels"]).value is False
    for text, quote in (("true", "We don't check labels"), ("false", "breaker: enabled"), ("maybe", "enabled")):
        with pytest.raises(NotSaid):
            read_boolean(text, [quote])


def test_a_number_of_another_field_is_told_by_its_words() -> None:
    topics = create_topics(
        [TIMEOUT, Field("serving.size_mb", "number", True, "Size of the file.", "How large?", 1, 1, "")]
    )
    assert topics.rival("serving.size_mb", ["timeout_ms: 90"]) == "serving.timeout_ms"
    assert topics.rival("serving.timeout_ms", ["timeout_ms: 90"]) == ""


def test_quotes_are_found_where_they_stand_and_single_words_are_none() -> None:
    texts = {"a.md": "- one thing\n- two things\n", "b.txt": "xgboost"}
    passages, _ = create_passages([InputText(name, text) for name, text in texts.items()])
    shelf = Shelf(texts, passages)
    found = shelf.find(Reference("a.md#1", "one thing - two things"))
    assert found is not None
    assert texts["a.md"][found.char_start : found.char_end] == found.quote == "one thing\n- two things"
    assert shelf.find(Reference("a.md#1", "thing")) is None
    assert shelf.find(Reference("b.txt#1", "xgboost")) is not None
    assert shelf.find(Reference("b.txt#1", "x" * 2_000)) is None


def test_passages_are_exact_and_of_a_readable_size() -> None:
    text = "# One\n\n" + "A sentence of words. " * 400 + "\n\n## Two\n\nShort.\n"
    passages, hidden = create_passages([InputText("n.md", text), InputText("t.csv", "a,b\n" * 500)])
    assert all(len(one.text) <= LONGEST for one in passages)
    for one in passages:
        if one.source == "n.md":
            assert text[one.char_start : one.char_start + len(one.text)] == one.text
    assert [one.section for one in passages if one.source == "t.csv"] == ["t.csv#1"]
    assert hidden == ("t.csv: the model was not shown 1,952 of its 2,000 characters",)


@pytest.mark.parametrize(
    "text",
    [
        '{"fields": [{"name": "a", "citations": [{"section": "n#1", "quote": "q"}], "values": ["24"]}]}',
        '```json\n[{"field": "a", "value": 24, "evidence": {"section": "1", "quote": "q"}}]\n```',
        '{"fields": {"a": {"values": ["24"], "citations": ["n#1: q"]}}}',
        "Sure! {'name': 'a', 'values': '24', 'citations': [{'source': '[1]', 'text': 'q'}]} and",
    ],
)
def test_replies_are_read_however_they_keep_to_the_form(text: str) -> None:
    assert read_reply(text, {1: "n#1"}, ["a"]) == (FieldClaim("a", ("24",), (Reference("n#1", "q"),)),)


def test_entries_and_records_become_lines() -> None:
    text = '{"name": "a", "values": [{"auc": 0.8, "n": 3}, ["x", true, null]]}'
    assert read_reply(text, {}, ["a"])[0].values == ("auc: 0.8; n: 3", "x", "true")
    assert read_reply('{"name": "a", "values": {"auc": 0.8, "n": 3}}', {}, ["a"])[0].values == ("auc: 0.8", "n: 3")
