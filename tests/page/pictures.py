"""Takes the pictures of docs/page.md from the packaged playbook: `python -m tests.page.pictures FOLDER`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from mlplaybook.server.live import open_live
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.settings import read_settings
from tests.page.conftest import BROWSERS, QUIETLY
from tests.page.tab import Site
from tests.page.test_forms import NOTES
from tests.server.rest.serving import running

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
QUESTION, UNKNOWN = "How do I detect data drift?", "What is the boiling point of tungsten?"
# Until what slides has come to rest.
REST_MS = 800


def answer(site: Site) -> None:
    """An answer with a citation open."""
    site.ask(QUESTION)
    site.page.click(".cite >> nth=0")
    site.page.wait_for_selector("#panel mark")


def abstain(site: Site) -> None:
    """A question that is not covered."""
    site.ask(UNKNOWN)


def brief(site: Site) -> None:
    """A problem brief filled from notes."""
    site.go("#/documents/problem-brief")
    site.page.wait_for_selector("#summary progress")
    site.page.fill("#notes", NOTES)
    site.page.click("text=Fill from notes")
    site.page.wait_for_selector(".field[data-state=filled]")
    site.page.locator(".fields").scroll_into_view_if_needed()
    site.page.evaluate("scrollTo({top: 520, behavior: 'instant'})")


def rubric(site: Site) -> None:
    """A scorecard in part filled in."""
    site.go("#/scores/data-quality")
    site.page.wait_for_selector(".bars")
    for slider, value in zip(site.page.locator("input[type=range]").all(), "4253", strict=False):
        slider.fill(value)
    site.page.evaluate("scrollTo({top: 0, behavior: 'instant'})")


PICTURES: dict[str, tuple[Any, dict[str, Any]]] = {
    "page-answer": (answer, {"viewport": DESK}),
    "page-dark": (answer, {"viewport": DESK, "color_scheme": "dark"}),
    "page-phone": (abstain, {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
    "page-brief": (brief, {"viewport": DESK}),
    "page-rubric": (rubric, {"viewport": DESK}),
}


def take(folder: Path, url: str) -> None:
    """Every picture as FOLDER/NAME.png."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(QUIETLY))
        for name, (act, context) in PICTURES.items():
            site = Site(browser.new_context(**context), url)
            site.go("")
            act(site)
            site.page.wait_for_timeout(REST_MS)
            site.page.screenshot(path=folder / f"{name}.png")
            site.context.close()
        browser.close()


def main() -> None:
    """Serve the playbook on a free port and look at it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    settings = read_settings()
    with open_live(settings, settings.corpus, lambda line: None) as live:
        live.wait(120)
        with running(create_app(live, settings)) as (url, _):
            take(folder, url)


if __name__ == "__main__":
    main()
