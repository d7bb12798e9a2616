"""How much a browser loads before there is something to see, and that nothing of it is from elsewhere."""

from __future__ import annotations

from mlplaybook.server.rest.page_files import read_assets
from tests.page.conftest import Open

# In bytes as sent, and files; docs/page.md names them.
MOST_AT_FIRST, MOST_IN_ALL, FILES_AT_FIRST = 38_500, 71_500, 24
LOADED = "performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
# Before the rest is loaded, which begins when the browser has nothing else to do.
EARLY = "requestIdleCallback = () => 0;"


def test_the_page_is_as_light_as_its_documentation_says(visit: Open) -> None:
    assets = read_assets()
    assert sum(len(one.packed) for one in assets.values()) <= MOST_IN_ALL
    site = visit()
    site.page.context.add_init_script(EARLY)
    site.page.reload()
    site.page.wait_for_selector("#question")
    names = [name.removeprefix("/page/") for name in site.page.evaluate(LOADED) if name.startswith("/page/")]
    assert len(names) < FILES_AT_FIRST
    assert len(assets["index.html"].packed) + sum(len(assets[name].packed) for name in set(names)) <= MOST_AT_FIRST


def test_every_file_of_the_page_is_loaded_by_one_of_its_views(visit: Open) -> None:
    site = visit()
    site.page.wait_for_function(f"{LOADED}.includes('/page/calculators.js')")
    site.page.wait_for_load_state("networkidle")
    loaded = {name.removeprefix("/page/") for name in site.page.evaluate(LOADED)}
    assert set(read_assets()) - loaded <= {"index.html", "icon.svg", "print.css"}


def test_files_that_the_browser_has_are_not_sent_again(visit: Open) -> None:
    site = visit()
    response = site.context.request.get(f"{site.url}/page/main.js")
    again = site.context.request.get(f"{site.url}/page/main.js", headers={"If-None-Match": response.headers["etag"]})
    assert (response.status, again.status, again.body()) == (200, 304, b"")
