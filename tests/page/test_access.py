"""For everybody: axe finds nothing serious, the keyboard does all, a phone shows all, and paper has what matters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.page.conftest import Open, wanted
from tests.page.tab import Site
from tests.page.test_ask import UNKNOWN
from tests.page.test_forms import NOTES
from tests.server.rest.models import QUESTION

VIEWS = [
    "", "#/playbook", "#/playbook?q=drift", "#/playbook/drift", "#/documents", "#/documents/problem-brief",
    "#/documents/model-card", "#/scores", "#/scores/data-quality", "#/scores/ml-test-score", "#/decisions",
    "#/decisions/serving-strategy", "#/decisions/llm-choice", "#/calculators", "#/calculators/psi",
    "#/calculators/ab-sample-size", "#/calculators/disparate-impact", "#/calculators/ks-test",
]  # fmt: skip
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="package")
def axe(browser: Any) -> str:
    """The checker's source."""
    return (Path(wanted("axe_playwright_python").__file__).parent / "axe.min.js").read_text("utf-8")


def serious(site: Site, axe: str) -> list[Any]:
    """What axe finds on the page as it is now, but for what is minor or moderate."""
    site.page.wait_for_timeout(400)
    # Run as the browser's own, since the policy of the page lets no other script in.
    site.page.evaluate(axe)
    found: list[Any] = site.page.evaluate(
        "async () => (await axe.run()).violations.filter((one) => ['serious', 'critical'].includes(one.impact))"
        ".map((one) => [one.id, one.nodes.map((node) => node.target.join(' ') + ': ' + node.failureSummary)])"
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("way", VIEWS)
def test_axe_finds_nothing_serious_on_any_view(visit: Open, axe: str, way: str, scheme: str) -> None:
    site = visit(way, color_scheme=scheme)
    assert serious(site, axe) == []


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_answers_and_beside_them(
    visit: Open, axe: str, size: dict[str, int], scheme: str
) -> None:
    site = visit(color_scheme=scheme, viewport=size)
    site.ask(UNKNOWN)
    site.ask(QUESTION)
    assert serious(site, axe) == []
    site.page.click(".turn:last-child .cite >> nth=0")
    site.page.wait_for_selector("#panel mark")
    assert serious(site, axe) == []
    if size != PHONE:
        site.page.keyboard.press("Escape")
        site.page.click("#keys")
        assert serious(site, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_what_forms_come_to(visit: Open, axe: str, scheme: str) -> None:
    site = visit("#/decisions/serving-strategy", color_scheme=scheme, viewport=PHONE)
    assert serious(site, axe) == []
    site.page.click("text=Show an example")
    site.page.wait_for_selector(".fired")
    assert serious(site, axe) == []
    site.go("#/scores/data-quality")
    site.page.locator("input[type=range]").first.fill("2")
    site.page.wait_for_selector(".bars .bar")
    assert serious(site, axe) == []
    site.go("#/documents/problem-brief")
    site.page.fill("#notes", NOTES)
    site.page.click("text=Fill from notes")
    site.page.wait_for_selector(".field[data-state=filled]")
    assert serious(site, axe) == []
    site.go("#/calculators/ab-sample-size")
    site.page.click("details.more summary")
    site.page.fill("#c-baseline", "5")
    site.page.wait_for_selector(".outcome .problem")
    assert serious(site, axe) == []
    # The last of these was refused, as it should be.
    site.troubles.clear()


def test_a_question_is_asked_and_a_source_read_by_keyboard_alone(visit: Open) -> None:
    site = visit()
    press = site.page.keyboard.press
    site.page.evaluate("document.activeElement.blur()")
    press("/")
    assert site.focused() == "question"
    site.page.keyboard.type(QUESTION)
    press("Enter")
    site.page.wait_for_selector(".actions")
    site.page.evaluate("document.activeElement.blur()")
    press("1")
    site.page.wait_for_selector("#panel mark")
    assert site.focused() == "panel"
    press("Escape")
    assert site.page.locator("#panel").is_hidden()
    assert site.focused().startswith("Source 1: Drift detection")


def test_every_part_of_the_page_is_reached_by_tab_in_the_order_it_stands(visit: Open) -> None:
    site = visit("#/playbook")
    order = []
    for _ in range(8):
        site.page.keyboard.press("Tab")
        order.append(site.focused())
    assert order[:2] == ["skip", "mlplaybook"]
    assert order[2:8] == ["Ask", "Playbook", "DocumentsForms", "Scores", "DecisionsDecide", "CalculatorsCalculate"]


def test_the_skip_link_leads_past_the_header(visit: Open) -> None:
    site = visit("#/documents")
    site.page.keyboard.press("Tab")
    assert site.focused() == "skip"
    site.page.keyboard.press("Enter")
    site.page.keyboard.press("Tab")
    assert site.focused() == "ML problem brief"


def test_single_keys_can_be_turned_off(visit: Open) -> None:
    site = visit("#/playbook")
    site.page.keyboard.press("?")
    site.page.uncheck("#single-keys")
    site.page.keyboard.press("Escape")
    site.page.wait_for_selector("dialog", state="detached")
    site.page.keyboard.press("?")
    site.page.wait_for_timeout(100)
    assert site.page.locator("dialog").count() == 0
    site.page.click("#keys")
    assert site.page.locator("dialog").count() == 1


def test_keys_lead_to_views_and_turn_the_theme(visit: Open) -> None:
    site = visit("#/playbook")
    site.page.keyboard.press("g")
    site.page.keyboard.press("d")
    site.page.wait_for_selector("h1 >> text=Documents")
    site.page.keyboard.press("t")
    site.page.keyboard.press("t")
    assert site.page.evaluate("document.documentElement.dataset.theme") == "dark"
    site.page.reload()
    assert site.page.evaluate(
        "getComputedStyle(document.body).colorScheme || document.documentElement.dataset.theme"
    ) in {"dark"}


@pytest.mark.parametrize("way", VIEWS)
def test_a_phone_shows_every_view_without_scrolling_sideways(visit: Open, way: str) -> None:
    site = visit(way, viewport=PHONE, is_mobile=True, has_touch=True)
    site.page.wait_for_timeout(300)
    assert site.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("width", [720, 820, 1024])
def test_on_a_tablet_the_header_has_room_for_all(visit: Open, width: int) -> None:
    site = visit("#/calculators", viewport={"width": width, "height": 900})
    assert site.page.evaluate("document.documentElement.scrollWidth") == width
    theme, brand = site.page.locator("#theme").bounding_box(), site.page.locator(".brand").bounding_box()
    assert theme is not None
    assert brand is not None
    assert theme["x"] + theme["width"] <= width
    assert brand["x"] >= 0


def test_on_a_phone_an_open_section_holds_the_focus_and_gives_it_back(visit: Open) -> None:
    site = visit(viewport=PHONE, is_mobile=True, has_touch=True)
    site.ask(QUESTION)
    site.page.tap(".cite >> nth=0")
    site.page.wait_for_selector("#panel mark")
    assert site.page.evaluate("document.getElementById('main').inert")
    assert site.page.locator("#panel").get_attribute("aria-modal") == "true"
    site.page.tap("#panel [aria-label=Close]")
    assert site.focused().startswith("Source 1")


def test_progress_and_answers_are_read_out(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    said = site.page.locator("#status").text_content() or ""
    assert said.startswith("Answered with 1 source. A population stability index above 0.2")
    site.ask(UNKNOWN)
    assert "does not cover this" in (site.page.locator("#status").text_content() or "")


def test_whoever_wants_less_motion_sees_none(visit: Open) -> None:
    site = visit(reduced_motion="reduce")
    site.ask(QUESTION)
    site.page.click(".cite >> nth=0")
    site.page.wait_for_selector("#panel mark")
    assert site.page.evaluate("document.getAnimations().length") == 0


def test_paper_has_question_answer_and_sources_but_nothing_to_press(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    site.page.emulate_media(media="print")
    assert site.page.locator(".turn h2").is_visible()
    assert site.page.locator(".source").first.is_visible()
    assert [one for one in (".dock", ".top", ".actions .buttons") if site.page.locator(one).is_visible()] == []


@pytest.mark.parametrize("way", ["#/documents/problem-brief", "#/scores/data-quality", "#/decisions/serving-strategy"])
def test_paper_has_a_form_with_its_result_but_nothing_to_press(visit: Open, way: str) -> None:
    site = visit(way)
    site.page.wait_for_selector(".side > :first-child > *")
    site.page.emulate_media(media="print")
    assert site.page.locator("h1").is_visible()
    assert site.page.locator(".side > :first-child").is_visible()
    assert [
        one for one in (".top", ".side button", ".help", ".glance") if site.page.locator(one).first.is_visible()
    ] == []
