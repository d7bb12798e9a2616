"""Documents, scorecards and decisions on the page: filled from notes, checked at once, handed over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.page.conftest import Open
from tests.page.tab import Site

IN_SIGHT = "(one) => { const { top } = one.getBoundingClientRect(); return top >= 0 && top < innerHeight; }"
NOTES = """# Kick-off

We want to cut monthly churn of subscribers from 4.1% to 3.5% by 30 June 2027, worth about EUR 210,000 a year. Owner: head of CRM.

Baseline: today a rule (no login for 30 days) finds 22% of churners at precision 0.18.

Latency: batch, done by 06:00.
"""


def test_notes_fill_a_brief_and_each_value_shows_the_words_it_is_from(visit: Open) -> None:
    site = visit("#/documents/problem-brief")
    site.page.wait_for_selector("#summary progress")
    site.page.fill("#notes", NOTES)
    site.page.click("text=Fill from notes")
    site.page.wait_for_selector(".field[data-state=filled]")
    baseline = site.page.locator("#f-problem_brief-baseline")
    assert "finds 22% of churners" in baseline.input_value()
    assert "fields found in the notes" in site.text("#toast")
    assert site.page.locator("#f-problem_brief-business_objective-row").evaluate(IN_SIGHT)
    assert site.page.locator("#f-problem_brief-baseline-row .evidence").inner_text().endswith("notes")
    assert site.page.locator("#f-problem_brief-data_gaps-row").get_attribute("data-state") == "missing"


def test_what_a_person_writes_is_checked_at_once_and_outlives_a_reload(visit: Open) -> None:
    site = visit("#/documents/problem-brief")
    site.page.wait_for_selector("#summary progress")
    site.page.fill("#f-problem_brief-success_metric", "TBD")
    site.page.wait_for_selector("#f-problem_brief-success_metric-row .findings p")
    site.page.reload()
    site.page.wait_for_selector("#f-problem_brief-success_metric-row .findings p")
    assert site.page.input_value("#f-problem_brief-success_metric") == "TBD"
    site.page.click("text=Clear the form")
    assert site.page.input_value("#f-problem_brief-success_metric") == ""


def test_a_value_of_a_person_stays_when_the_notes_say_otherwise(visit: Open) -> None:
    site = visit("#/documents/problem-brief")
    site.page.wait_for_selector("#summary progress")
    site.page.fill("#f-problem_brief-baseline", "A rule with precision 0.2")
    site.page.fill("#notes", NOTES)
    site.page.click("text=Fill from notes")
    site.page.wait_for_selector(".field[data-state=filled]")
    assert site.page.input_value("#f-problem_brief-baseline") == "A rule with precision 0.2"


def test_a_model_is_asked_only_when_notes_are_to_be_read_and_what_it_found_is_held(visit: Open) -> None:
    site = visit("#/documents/problem-brief")
    site.page.wait_for_selector("#summary progress")
    modes = []

    def fill(route: Any) -> None:
        asked, reply = route.request.post_data_json, route.fetch()
        modes.append(asked["mode"])
        record = reply.json()
        if asked["mode"] == "auto":
            found = {"value": "Weekly call list", "status": "filled", "by": "llm", "evidence": []}
            record["fill"]["fields"]["problem_brief.prediction_consumer"] |= found
        route.fulfill(response=reply, json=record)

    site.page.route("**/fill", fill)
    site.page.fill("#notes", NOTES)
    site.page.click("text=Fill from notes")
    site.page.wait_for_selector("text=found by a model")
    site.page.wait_for_selector(".notes-box button:enabled")
    with site.page.expect_response("**/v1/check"):
        site.page.fill("#f-problem_brief-data_gaps", "No data before 2024")
    assert modes == ["auto", "extractive"]
    assert site.page.input_value("#f-problem_brief-prediction_consumer") == "Weekly call list"


def test_a_model_card_is_downloaded_in_every_format(visit: Open, tmp_path: Path) -> None:
    site = visit("#/documents/model-card")
    site.page.wait_for_selector("#summary progress")
    site.page.fill("#f-model_card-model_name", "Churn ranker")
    site.page.fill("#f-model_card-limitations", "Misses new customers\nNever tested on annual plans")
    names = []
    for kind in ("yaml", "md", "json", "hub"):
        with site.page.expect_download() as got:
            site.page.click(f"[data-format={kind}]")
        path = tmp_path / got.value.suggested_filename
        got.value.save_as(path)
        text = path.read_text("utf-8")
        assert "Churn ranker" in text
        assert "Never tested on annual plans" in text
        names.append(path.suffix)
    assert names == [".yaml", ".md", ".json", ".md"]


def test_ratings_make_a_score_with_a_chart(visit: Open) -> None:
    site = visit("#/scores/data-quality")
    site.page.wait_for_selector(".bars")
    assert site.text(".total") == "0–30 of 30"
    for slider in site.page.locator("input[type=range]").all():
        slider.fill("4")
    site.page.wait_for_selector(".total >> text=24")
    assert site.page.locator(".bars .bar").count() == 6
    assert "Completeness: 4" in (site.page.locator(".bars").get_attribute("aria-label") or "")
    assert site.page.locator("#d-completeness").get_attribute("aria-valuetext") == "4: 1 % to 5 % missing"


def test_a_slider_at_its_lowest_place_is_not_rated(visit: Open) -> None:
    site = visit("#/scores/data-quality")
    site.page.wait_for_selector(".bars")
    slider = site.page.locator("#d-completeness")
    assert slider.get_attribute("aria-valuetext") == "not rated"
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0: More than 50 % missing"


def test_a_decision_says_what_follows_and_what_no_longer_matters(visit: Open) -> None:
    site = visit("#/decisions/serving-strategy")
    site.page.wait_for_selector(".verdict.open")
    answer(site, "must_work_offline", "true")
    answer(site, "fits_device", "false")
    site.page.wait_for_selector(".verdict.decided")
    assert "Shrink the model until it fits" in site.text(".answers")
    assert site.page.locator(".field[data-state=idle]").count() == 6


def test_a_decision_names_the_row_that_fired_and_what_of_it_was_answered(visit: Open) -> None:
    site = visit("#/decisions/serving-strategy")
    site.page.click("text=Show an example")
    site.page.wait_for_selector(".fired")
    assert site.text(".fired > p") == "Row 1 of 8, since"
    assert site.page.locator(".fired li").all_inner_texts() == [
        "Must the application work without a network? yes",
        "Does the model fit the slowest supported device? no",
    ]
    site.page.click(".answers .link >> text=Why")
    site.page.wait_for_selector("#panel .problem, #panel .prose")
    # The handbook of these tests has no such page.
    site.troubles.clear()


def test_what_would_change_a_decision_is_pressed_to_see_it(visit: Open) -> None:
    site = visit("#/decisions/serving-strategy")
    site.page.click("text=Show an example")
    site.page.click(".turns >> text=Does the model fit the slowest supported device? yes")
    site.page.wait_for_selector(".answers >> text=Edge: no network is needed")
    assert site.page.locator("#i-fits_device input").nth(1).is_checked()
    assert site.page.evaluate("document.activeElement.name") == "i-fits_device"


def test_a_decision_is_taken_by_keyboard_and_copied_as_markdown(visit: Open) -> None:
    site = visit("#/decisions/serving-strategy", permissions=["clipboard-read", "clipboard-write"])
    site.page.focus("#i-must_work_offline input >> nth=0")
    site.page.keyboard.press("ArrowRight")
    site.page.keyboard.press("Tab")
    for _ in range(2):
        site.page.keyboard.press("Tab")
    site.page.keyboard.press("ArrowRight")
    site.page.keyboard.press("ArrowRight")
    site.page.wait_for_selector(".verdict.decided")
    site.page.click("text=Copy as Markdown")
    site.page.wait_for_selector("#toast:not([hidden])")
    copied = site.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(
        "## Serving strategy: online, batch or edge: this follows\n\n- **Shrink the model until it fits"
    )
    assert "  - Does the model fit the slowest supported device? no\n" in copied


def test_on_a_phone_a_line_at_the_foot_says_what_a_form_comes_to(visit: Open) -> None:
    site = visit("#/decisions/serving-strategy", viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    site.page.wait_for_selector(".glance >> text=8 questions still matter.")
    answer(site, "must_work_offline", "true")
    site.page.wait_for_selector(".glance >> text=1 question still matters.")
    site.page.tap(".glance")
    site.page.wait_for_selector(".glance", state="hidden")
    assert site.focused() == "result"


def answer(site: Site, name: str, value: str) -> None:
    """Choose an answer of a decision."""
    site.page.click(f"#i-{name} input[value={value}]")


def test_lists_narrow_as_one_types(visit: Open) -> None:
    site = visit("#/decisions")
    site.page.fill("#search", "canary")
    assert site.page.locator(".rows li:visible a").all_inner_texts() == [
        "Canary or blue-green, and the next canary step"
    ]
