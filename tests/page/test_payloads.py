"""Attempts to run a script or call another machine: 50 in questions, 50 in a page, 50 in what a model says, 50 in addresses.

Each is tried twice: as the page is, and with its policy put out of force, so that the page is safe by what it does and not
only by what the browser forbids. That the policy had nothing to refuse is part of it; and each payload is seen to be shown.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.page.conftest import Open
from tests.page.payloads import PAYLOADS, TAGS
from tests.page.tab import Site
from tests.page.test_ask import event
from tests.server.rest.serving import until

SETTLE_MS = 150
ALIVE = (
    "script, iframe, object, embed, style, link, meta, base, img, video, audio, template, [onerror], [onload], [style]"
)
# Those that Markdown leaves as they are: they stand in the heading, the paragraph, the item, the quote and the code.
WORDS = [one for one in TAGS if "&" not in one and "*" not in one and "\\" not in one]
SHOWN = 5
HOLDS = "([id, words]) => document.getElementById(id)?.value === words"
with_and_without_policy = pytest.mark.parametrize("bypass_csp", [False, True], ids=["policy", "no-policy"])


def assert_nothing_happened(site: Site) -> None:
    """No script ran, nobody else was asked, the page is where it was, and it holds nothing that could run."""
    site.page.wait_for_timeout(SETTLE_MS)
    assert (site.executed, site.strangers, site.violations) == ([], [], [])
    assert site.page.url.startswith(site.url)
    assert site.page.locator(f"main :is({ALIVE})").count() == 0
    assert site.page.locator(f"#panel :is({ALIVE})").count() == 0
    hrefs = site.page.locator("a[href]").evaluate_all("(all) => all.map((one) => one.protocol)")
    assert set(hrefs) <= {"http:", "https:"}


def press_everything(site: Site) -> None:
    """Press what says `press`, as somebody might who is told to."""
    for found in site.page.get_by_text("press", exact=True).all():
        found.click(timeout=2_000, force=True)


@with_and_without_policy
def test_fifty_questions_stay_words(visit: Open, bypass_csp: bool) -> None:
    site = visit(bypass_csp=bypass_csp)
    for payload in PAYLOADS:
        site.ask(payload)
        assert site.page.locator(".turn:last-child h2").inner_text() == payload
    assert_nothing_happened(site)
    press_everything(site)
    site.page.reload()
    site.page.wait_for_selector(".turn")
    assert_nothing_happened(site)


@with_and_without_policy
def test_a_page_with_fifty_payloads_stays_words_in_every_view(visit: Open, bypass_csp: bool) -> None:
    site = visit("#/playbook/hostile", bypass_csp=bypass_csp)
    site.page.wait_for_selector("article.page")
    shown = site.page.locator("article.page").inner_text()
    assert "<script>xss()</script>" in shown
    for number, payload in enumerate(PAYLOADS):
        assert f"Trap number {number} says" in shown
        assert payload in site.page.locator("article.page pre").nth(number).inner_text()
    for payload in WORDS:
        assert shown.count(payload) >= SHOWN
    assert_nothing_happened(site)
    press_everything(site)
    site.page.click(".sources-of-page summary")
    assert_nothing_happened(site)
    site.go("#/playbook")
    site.page.fill("#search", "trap number says here")
    site.page.wait_for_selector(".hits a")
    hits = site.page.locator(".hits a").all()
    assert len(hits) >= 5
    for hit in hits:
        hit.click()
        site.page.wait_for_selector("#panel .prose")
        assert_nothing_happened(site)


@with_and_without_policy
def test_fifty_answers_of_a_model_stay_words_wherever_they_are_shown(visit: Open, bypass_csp: bool) -> None:
    site = visit(bypass_csp=bypass_csp)
    for number, payload in enumerate(PAYLOADS):
        site.answer_with(hostile_stream(payload))
        site.ask(f"Question {number}?")
    assert site.page.locator(".turn").count() == len(PAYLOADS)
    assert [one.rstrip("\n") for one in site.page.locator(".turn pre").all_inner_texts()] == list(PAYLOADS)
    assert site.page.locator(".turn blockquote").count() == len(PAYLOADS)
    assert_nothing_happened(site)
    press_everything(site)
    assert_nothing_happened(site)
    site.page.reload()
    site.page.wait_for_selector(".turn .cite")
    assert_nothing_happened(site)


@with_and_without_policy
def test_hostile_records_of_every_endpoint_stay_words(visit: Open, bypass_csp: bool) -> None:
    site = visit(bypass_csp=bypass_csp)

    def spoil(route: Any) -> None:
        response = route.fetch()
        record = response.json()
        route.fulfill(response=response, json=spoiled(record, iter(PAYLOADS * 400)))

    site.page.route("**/v1/**", spoil)
    for way in (
        "#/playbook/drift",
        "#/documents/problem-brief",
        "#/scores/data-quality",
        "#/decisions/serving-strategy",
        "#/documents",
        "#/calculators",
        "#/calculators/ab-sample-size",
        "#/calculators/psi",
        "#/calculators/disparate-impact",
    ):
        site.go(way)
        site.page.wait_for_timeout(700)
        assert_nothing_happened(site)


@with_and_without_policy
def test_fifty_addresses_stay_words(visit: Open, bypass_csp: bool) -> None:
    site = visit(bypass_csp=bypass_csp)
    for payload in PAYLOADS:
        words = quote(payload, safe="")
        site.go(f"#/playbook?q={words}")
        site.page.wait_for_function(HOLDS, arg=["search", payload])
        site.go(f"#/calculators/ab-sample-size?baseline={words}&lift=5%25")
        site.page.wait_for_function(HOLDS, arg=["c-baseline", payload])
        site.page.wait_for_selector(".outcome .problem")
        assert "baseline=" in site.page.locator(".outcome .problem").inner_text()
    for payload in PAYLOADS[::5]:
        for view in ("playbook", "documents", "scores", "decisions", "calculators"):
            site.go(f"#/{view}/{quote(payload, safe='')}/{quote(payload, safe='')}")
            site.page.wait_for_selector(f"main .problem a[href='#/{view}']")
            assert_nothing_happened(site)
    # Each of these addresses is refused.
    assert [line for line in site.troubles if "40" not in line and "422" not in line] == []
    site.troubles.clear()


def test_what_the_policy_refuses_is_counted(browser: Any, address: str) -> None:
    site = Site(browser.new_context(), address)
    site.page.route("**/page/dom.js", lambda route: route.fulfill(body=careless(route), content_type="text/javascript"))
    site.page.goto(f"{site.url}/#/playbook/hostile")
    until(lambda: bool(site.page.wait_for_timeout(50) or site.violations))
    site.context.close()
    assert site.violations[0].startswith("require-trusted-types-for")
    assert (site.executed, site.strangers) == ([], [])


def test_a_page_that_parsed_what_it_shows_would_be_caught(browser: Any, address: str) -> None:
    site = Site(browser.new_context(bypass_csp=True), address)
    site.page.route("**/page/dom.js", lambda route: route.fulfill(body=careless(route), content_type="text/javascript"))
    # Such a page may lead the browser away, so nothing on it is waited for.
    site.page.goto(f"{site.url}/#/playbook/hostile")
    until(lambda: bool(site.page.wait_for_timeout(50) or (site.executed and site.strangers)))
    site.context.close()
    assert any("evil.example" in one for one in site.strangers)


def careless(route: Any) -> str:
    """What makes elements, parsing the texts that it is given."""
    code: str = route.fetch().text()
    text, parsed = (
        "document.createTextNode(String(child))",
        "Object.assign(document.createElement('span'), { innerHTML: child })",
    )
    assert text in code
    return code.replace(text, parsed)


def spoiled(value: Any, payloads: Any) -> Any:
    """A record in which every text that people read is a payload; what names things stays, so that all of it is shown."""
    names = {
        "id",
        "name",
        "tag",
        "type",
        "status",
        "severity",
        "field",
        "input",
        "template",
        "dimension",
        "section",
        "rule",
        "kind",
        "hit",
    }
    if isinstance(value, dict):
        return {key: one if key in names else spoiled(one, payloads) for key, one in value.items()}
    if isinstance(value, list):
        return [spoiled(one, payloads) for one in value]
    return next(payloads) if isinstance(value, str) else value


def hostile_stream(payload: str) -> str:
    """An answer whose every text is a payload."""
    citation = {"n": 1, "document": payload, "section": f"hostile#{payload}", "heading_path": [payload, payload], "char_start": 0,
                "char_end": 10, "quote": payload, "sha256": payload}  # fmt: skip
    kinds = ("sentence", "item", "row", "code", "quote")
    statements = [{"text": payload, "kind": kind, "citations": [citation]} for kind in kinds]
    answer = {
        "id": payload, "question": payload, "status": "answered", "confidence": 1, "text": payload, "statements": statements,
        "suggestions": [payload], "mode": "llm", "degraded": [payload], "stamp": {"model": payload, "cached": False},
        "removed": 2, "inapplicable": {payload: payload},
    }  # fmt: skip
    hits = [{"section": payload, "heading_path": [payload], "document": payload, "text": payload}]
    deltas = [event("delta", {"number": n, "statement": one}) for n, one in enumerate(statements)]
    return (
        event("retrieval", {"hits": hits, "coverage": "full", "searched": payload})
        + "".join(deltas)
        + event("done", answer)
    )
