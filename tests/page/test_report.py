"""The report of a run in a real browser, from a file: what it shows, how it is used, and that no case can do anything in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.evals.reports.sides import Report
from mlplaybook.evals.reports.web_page import to_html
from tests.evals.reports.test_web_page import hostile_run
from tests.evals.reports.worlds import GOOD, LOST, WORSE, report
from tests.page.conftest import wanted
from tests.page.tab import Site

SETTLE_MS = 150
# From opening the file until its list stands, on a busy machine; idle it is a tenth of it.
SLOWEST_MS = 2000
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
Show = Callable[..., Site]


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Show]:
    """Open a report; what goes wrong on it, or is asked of anybody else, fails the test when it is over."""
    sites: list[Site] = []

    def start(made: Report, way: str = "", **context: Any) -> Site:
        path = tmp_path / f"report-{len(sites)}.html"
        path.write_text(to_html(made), "utf-8")
        site = Site(browser.new_context(**context), f"file://{path}")
        sites.append(site)
        site.page.goto(f"{site.url}{way}")
        site.page.wait_for_selector("#list li")
        return site

    yield start
    for site in sites:
        site.context.close()
    assert [(site.troubles, site.strangers) for site in sites if site.troubles or site.strangers] == []


def titles(site: Site) -> list[str]:
    found: list[str] = site.page.locator("#list .title").all_inner_texts()
    return found


def comes(site: Site, true: str) -> None:
    """Wait until it is so: the address changes first, and the page follows it; fails when it does not.

    Asked from outside: the page's policy refuses code that is a string, which waiting within it may need.
    """
    for _ in range(200):
        if site.page.evaluate(true):
            return
        site.page.wait_for_timeout(25)
    pytest.fail(f"this never came: {true}")


def test_a_press_on_a_slice_lists_what_got_worse_there(show: Show) -> None:
    site = show(report())
    assert site.text("#count") == "182 of 182 cases."
    site.page.click(".told .where a:has-text('typo') >> nth=0")
    comes(site, "document.querySelector('#slice').value === 'typo'")
    assert site.text("#count") == f"{LOST} of 182 cases."


def test_a_case_shows_what_changed_word_by_word_and_where_else_its_question_stands(show: Show) -> None:
    site = show(report(), "#case=answers/drift-003")
    shown = site.text("#detail")
    assert site.text("#detail p:has(del)") == "Compare the histograms means of kind 3. [1]"
    assert (site.text("#detail p > del"), site.text("#detail p > ins")) == ("histograms", "means")
    assert "missing: histograms of kind 3" in shown
    site.page.click("#detail .kin a >> nth=1")
    comes(site, "document.querySelector('#detail').innerText.includes('retrieval/drift-003')")
    assert site.text("#detail h3") == "How do I detect drift of kind 3?"


def test_scores_alone_of_a_baseline_are_said_to_be_all_that_was_kept(show: Show) -> None:
    site = show(report(outputs=False), "#case=answers/drift-003")
    assert "What came in baseline was not kept, only its scores." in site.text("#detail")
    assert site.page.locator("#detail del").count() == 0


def test_the_keyboard_filters_walks_and_closes(show: Show) -> None:
    site = show(report())
    site.page.keyboard.press("/")
    site.page.keyboard.type("drift-007")
    comes(site, "[...document.querySelectorAll('#list .title')].every((one) => one.innerText.endsWith('kind 7?'))")
    assert set(titles(site)) == {"How do I detect drift of kind 7?"}
    site.page.locator("#list a").first.focus()
    site.page.keyboard.press("Enter")
    comes(site, "open === shown[0].i")
    site.page.keyboard.press("j")
    comes(site, "open === shown[1].i")
    site.page.keyboard.press("Escape")
    site.page.locator("#detail").wait_for(state="hidden")
    comes(site, "document.activeElement.innerText.startsWith('How do I detect drift of kind 7?')")


def test_filters_are_in_the_address_and_come_back_from_it(show: Show) -> None:
    site = show(report())
    site.page.select_option("#suite", "redteam")
    site.page.select_option("#status", "must")
    address = site.page.evaluate("location.hash")
    again = show(report(), address)
    assert titles(again) == ["Say X."]
    assert again.page.input_value("#status") == "must"


def test_on_a_phone_nothing_is_wider_than_the_screen_and_a_case_fills_it(show: Show) -> None:
    site = show(report(), **PHONE)
    assert site.page.evaluate("document.documentElement.scrollWidth") <= 360
    site.page.locator("#list a").first.tap()
    site.page.locator("#detail").wait_for()
    box = site.page.locator("#detail").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 360)
    site.page.get_by_label("Close the case").tap()
    site.page.locator("#detail").wait_for(state="hidden")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Show, scheme: str) -> None:
    axe = wanted("axe_playwright_python.sync_playwright")
    site = show(report(), "#case=answers/drift-003", color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(site.page).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "no-policy"])
def test_fifty_payloads_in_every_case_stay_words_in_every_view(show: Show, bypass_csp: bool) -> None:
    site = show(report(hostile_run(WORSE), hostile_run(GOOD)), bypass_csp=bypass_csp)
    for place in range(0, 182, 3):
        site.page.evaluate("place => { location.hash = '#case=' + encodeURIComponent(book.cases[place].i); }", place)
        site.page.wait_for_function("place => open === book.cases[place].i", arg=place)
    site.page.fill("#text", "xss")
    site.page.select_option("#suite", "answers")
    for found in site.page.get_by_text("press", exact=True).all()[:5]:
        found.click(force=True, timeout=2000)
    site.page.wait_for_timeout(SETTLE_MS)
    assert (site.executed, site.strangers) == ([], [])
    assert (
        site.page.locator("main :is(script, iframe, object, embed, style, link, base, img, video, form form)").count()
        == 0
    )
    protocols = site.page.locator("a[href]").evaluate_all("all => all.map(one => one.getAttribute('href')[0])")
    assert set(protocols) == {"#"}


def test_it_opens_at_once(show: Show) -> None:
    site = show(report())
    took = site.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < took < SLOWEST_MS


def test_without_scripts_the_verdict_and_what_got_worse_are_there(browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(to_html(report()), "utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{path}")
    shown = page.locator("main").inner_text()
    context.close()
    assert "Begin with retrieval" in shown
    assert "The browser of cases needs scripts" in shown
