"""The playbook on the page: by folder, by search, page by page, and by links from elsewhere."""

from __future__ import annotations

from tests.conftest import DRIFT
from tests.page.conftest import Open


def test_pages_stand_in_their_folders(visit: Open) -> None:
    site = visit("#/playbook")
    assert site.page.locator(".folder h2").all_inner_texts()
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
    site.troubles.clear()
