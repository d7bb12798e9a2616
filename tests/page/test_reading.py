"""The playbook on the page: by folder, by search, page by page, and by links from elsewhere."""

from __future__ import annotations

from tests.conftest import DRIFT
from tests.page.conftest import Open


def test_pages_stand_in_their_folders(visit: Open) -> None:
    site = visit("#/playbook")
    assert site.page.locator(".folder h2").all_text_contents() == ["Data", "Pages"]
    assert site.page.locator(".folder").nth(0).locator("a").all_inner_texts() == ["Preventing leakage"]
    site.page.click(".folder a >> text=Preventing leakage")
    site.page.wait_for_selector("article.page")
    assert site.text("h1") == "Preventing leakage"
    assert site.page.title() == "Preventing leakage · mlplaybook"


def test_a_search_opens_sections_beside_the_list(visit: Open) -> None:
    site = visit("#/playbook")
    site.page.fill("#search", "split rows by time")
    site.page.click(".hits a >> nth=0")
    site.page.wait_for_selector("#panel .prose")
    assert site.text("#panel h2") == "When should data be split?"
    assert site.page.locator(".hits").is_visible()


def test_a_link_of_another_client_opens_the_page_with_the_words_marked(visit: Open) -> None:
    words = "An index below 0.1 counts as stable."
    start = DRIFT.index(words)
    site = visit(f"#/read/drift/which-cut-offs-raise-an-alert?chars={start}-{start + len(words)}")
    site.page.wait_for_selector("article.page mark")
    assert site.page.locator("mark").all_inner_texts() == [words]


def test_code_and_sources_are_shown(visit: Open) -> None:
    site = visit("#/playbook/drift")
    assert "np.log(2)" in site.text(".prose pre")
    site.page.click(".note a")
    assert "Credit Risk Scorecards" in site.text(".sources-of-page li")
    assert site.page.locator(".sources-of-page a").get_attribute("href") == "https://example.org/book"


def test_a_page_that_does_not_exist_says_so(visit: Open) -> None:
    site = visit("#/playbook/nothing")
    site.page.wait_for_selector(".problem")
    assert "has no page 'nothing'" in site.text(".problem")
    site.page.click(".problem a")
    site.page.wait_for_selector(".folders")
    site.troubles.clear()


def test_a_search_stands_in_the_address_and_its_words_stand_out(visit: Open) -> None:
    site = visit("#/playbook?q=split%20rows")
    site.page.wait_for_selector(".hits")
    assert site.page.input_value("#search") == "split rows"
    assert (
        {"split"}
        <= {words.lower() for words in site.page.locator(".hits .lit").all_inner_texts()}
        <= {"split", "splits", "rows"}
    )
    site.page.fill("#search", "")
    site.page.wait_for_selector(".folder h2")
    assert site.page.url.endswith("#/playbook")


def test_a_search_that_is_left_does_not_change_the_address_of_what_comes_after_it(visit: Open) -> None:
    site = visit("#/playbook")
    site.page.fill("#search", "split")
    site.page.evaluate("location.hash = '#/documents'")
    site.page.wait_for_selector("h1 >> text=Documents")
    site.page.wait_for_timeout(500)
    assert site.page.url.endswith("#/documents")


def test_what_a_search_does_not_find_is_said(visit: Open) -> None:
    site = visit("#/playbook")
    site.page.route("**/v1/search", lambda route: route.fulfill(json={"hits": [], "coverage": "none"}))
    site.page.fill("#search", "zzz")
    site.page.wait_for_selector("text=Nothing was found.")


def test_the_heading_that_is_read_is_marked_in_the_contents(visit: Open) -> None:
    site = visit("#/playbook/hostile", viewport={"width": 1280, "height": 800})
    site.page.wait_for_selector(".contents [aria-current]")
    assert site.text(".contents [aria-current]").startswith("Trap 0")
    site.page.locator(".prose h2").nth(20).evaluate(
        "(one) => one.scrollIntoView({ block: 'start', behavior: 'instant' })"
    )
    site.page.wait_for_selector(".contents [aria-current] >> text=Trap 20")
    assert site.page.locator(".contents [aria-current]").count() == 1


def test_neighbouring_pages_are_a_step_away(visit: Open) -> None:
    site = visit("#/playbook/data%2Fleakage")
    link = site.page.locator(".around a").first
    title = " ".join(link.inner_text().split())
    link.click()
    site.page.wait_for_selector(f"article.page h1 >> text={title}")
