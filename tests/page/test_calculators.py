"""Calculators on the page: one form for all, the result with its arithmetic and its picture, columns, links."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.server.artefacts.calculators.registry import descriptions
from tests.page.conftest import Open
from tests.page.tab import Site

SIZE = "#/calculators/ab-sample-size"
PHONE = {"width": 360, "height": 740}


def test_the_list_has_every_calculator(visit: Open) -> None:
    site = visit("#/calculators")
    assert site.page.locator(".rows a").all_inner_texts() == [one.title for one in descriptions()]
    site.page.fill("#search", "a/b sample")
    assert site.page.locator(".rows li:visible a").all_inner_texts() == ["Sample size of an A/B test"]


@pytest.mark.parametrize("calculator", descriptions(), ids=lambda one: one.id)
def test_every_calculator_has_its_inputs_and_begins_with_its_example(visit: Open, calculator: Any) -> None:
    site = visit(f"#/calculators/{calculator.id}")
    site.page.wait_for_selector("#result > *")
    for detail in site.page.locator("details.more").all():
        detail.evaluate("(one) => { one.open = true; }")
    assert site.page.locator(".sums .field").count() == len(calculator.inputs)
    assert site.text("h1 + .formula") == " ".join(calculator.formula.split())
    if all("--csv" in example for example in calculator.examples):
        assert site.text("#result") == "Nothing to work out yet: fill in what you know."
        return
    site.page.wait_for_selector(".headline .total")
    assert site.page.locator(".steps-of li").count() >= 1
    assert "values of an example" in site.text("#origin")


def test_the_result_follows_what_is_typed_with_every_step(visit: Open) -> None:
    site = visit(SIZE)
    site.page.wait_for_selector(".total >> text=154,302 users")
    assert site.page.locator(".steps-of li").last.inner_text() == "n = 7.849 × (0.0384 + 0.04024) / 0.002² = 154,302"
    settled(site, lambda: site.page.fill("#c-lift", "10%"))
    assert site.text(".total") == "39,473 users"
    assert site.text("#origin") == ""
    assert "Not given, so: alpha 5%, power 80%" in site.text(".outcome")
    assert (site.page.locator("#status").text_content() or "").startswith("users in control: 39,473 users.")


def test_an_input_that_may_be_left_out_says_what_counts_then(visit: Open) -> None:
    site = visit(SIZE)
    site.page.click("text=11 more inputs")
    assert site.page.get_attribute("#c-alpha", "placeholder") == "5% if left out"
    settled(site, lambda: site.page.fill("#c-power", "90%"))
    assert site.text(".total") == "206,566 users"
    settled(site, lambda: site.page.click("#c-sides label:has-text('one')"))
    assert "one-sided" in site.text(".steps-of")


def test_what_is_still_needed_is_said_without_asking_the_service(visit: Open) -> None:
    site = visit("#/calculators/kv-cache")
    site.page.wait_for_selector(".total")
    site.page.fill("#c-kv_heads", "")
    site.page.wait_for_selector("text=Still needed: KV heads.")
    site.page.click("text=Clear all inputs")
    site.page.wait_for_selector("text=Nothing to work out yet")
    assert site.page.url.endswith("#/calculators/kv-cache")


def test_a_value_that_cannot_be_used_is_marked_with_what_was_meant(visit: Open) -> None:
    site = visit(SIZE)
    site.page.wait_for_selector(".total")
    site.page.fill("#c-baseline", "5")
    site.page.wait_for_selector(".outcome .problem")
    assert site.text(".outcome .problem").startswith("baseline=5 is no share between 0 and 1; did you mean 5%?")
    assert site.page.get_attribute("#c-baseline", "aria-invalid") == "true"
    settled(site, lambda: site.page.fill("#c-baseline", "5%"))
    assert site.page.get_attribute("#c-baseline", "aria-invalid") == "false"
    # The browser notes every refusal.
    assert [line for line in site.troubles if "422" not in line] == []
    site.troubles.clear()


def test_inputs_stand_in_the_address_so_that_they_can_be_passed_on(visit: Open) -> None:
    site = visit(SIZE)
    site.page.wait_for_selector(".total")
    settled(site, lambda: site.page.fill("#c-lift", "10%"))
    assert site.page.url.endswith(f"{SIZE}?baseline=4%25&lift=10%25&daily_users=30000")
    other = visit(site.page.url.removeprefix(f"{site.url}/"))
    other.page.wait_for_selector(".total >> text=39,473 users")
    assert other.text("#origin") == ""


def test_bars_curves_and_intervals_are_drawn_and_said(visit: Open) -> None:
    site = visit("#/calculators/psi")
    picture = site.page.wait_for_selector(".plot svg")
    assert site.page.locator(".plot rect").count() == 10
    assert "bin 5: reference 20, current 29.98" in picture.get_attribute("aria-label")
    site.go(SIZE)
    site.page.wait_for_selector(".plot .curve")
    assert site.page.locator(".plot .mark-label").text_content() == "154,302 users: 80%"
    site.go("#/calculators/disparate-impact")
    site.page.wait_for_selector(".plot circle")
    assert "B (n = 1,000): 0.7863 (0.7407 to 0.8347); A (n = 2,000): 1; four fifths" in (
        site.page.get_attribute(".plot svg", "aria-label") or ""
    )


def test_columns_are_pasted_or_taken_from_a_file(visit: Open, tmp_path: Path) -> None:
    then, now = tmp_path / "then.csv", tmp_path / "now.csv"
    then.write_text("user,age\n" + "".join(f'"u, {n}",{n}\n' for n in range(20, 70)), "utf-8")
    now.write_text("".join(f"{n}\n" for n in range(30, 80)), "utf-8")
    site = visit("#/calculators/ks-test")
    site.page.set_input_files("#c-reference_values-file", then)
    site.page.select_option("#c-reference_values-column", "age")
    assert site.page.input_value("#c-reference_values").split() == [str(n) for n in range(20, 70)]
    site.page.set_input_files("#c-current_values-file", now)
    site.page.wait_for_selector(".headline .total")
    assert "KS distance D" in site.text(".headline")
    assert site.page.locator(".plot .curve").count() == 2
    assert site.page.locator(".sums .small >> text=50 values").count() == 2
    # A column is too long for an address.
    assert "?" not in site.page.url


def test_a_calculation_is_copied_with_its_arithmetic_and_its_page(visit: Open) -> None:
    site = visit(SIZE, permissions=["clipboard-read", "clipboard-write"])
    site.page.wait_for_selector(".total")
    site.page.click(".outcome >> text=Copy as Markdown")
    site.page.wait_for_selector("#toast:not([hidden])")
    copied = site.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("## Sample size of an A/B test: 154,302 users\n")
    assert "- alpha: 5% (not given)\n" in copied
    assert "n = 7.849 × (0.0384 + 0.04024) / 0.002² = 154,302\n" in copied
    assert "Source: ab-testing#how-large-a-sample-does-an-ab-test-need\n" in copied


def test_the_page_behind_a_formula_opens_beside_it(visit: Open) -> None:
    site = visit("#/calculators/psi")
    with site.page.expect_request("**/v1/sections/drift-detection?**") as asked:
        site.page.click("text=Where the formula is from")
    assert "heading=how-is-the-population-stability-index-psi-computed" in asked.value.url
    # The handbook of these tests has no such page.
    site.page.wait_for_selector("#panel .problem")
    site.troubles.clear()


def test_on_a_phone_the_figure_stays_in_sight_while_one_types(visit: Open) -> None:
    site = visit(SIZE, viewport=PHONE, is_mobile=True, has_touch=True)
    site.page.wait_for_selector(".glance >> text=users in control: 154,302 users")
    site.page.tap(".glance")
    site.page.wait_for_selector(".glance", state="hidden")
    box = site.page.locator(".headline").bounding_box()
    assert box is not None
    assert 0 <= box["y"] < PHONE["height"]
    assert site.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_paper_has_what_was_given_and_what_came_of_it(visit: Open) -> None:
    site = visit(SIZE)
    site.page.wait_for_selector(".total")
    site.page.emulate_media(media="print")
    wanted, pressed = (
        ("#c-baseline", ".headline", ".plot svg", ".steps-of"),
        (".top", ".outcome > .buttons", "details.more"),
    )
    assert [one for one in wanted if not site.page.locator(one).is_visible()] == []
    assert [one for one in pressed if site.page.locator(one).is_visible()] == []


def settled(site: Site, act: Callable[[], object]) -> None:
    """Do something and wait for the calculation that follows it."""
    with site.page.expect_response("**/v1/calculate/**"):
        act()
    site.page.wait_for_timeout(50)
