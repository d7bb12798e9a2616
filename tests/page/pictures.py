"""Takes the pictures of docs/page.md from the packaged playbook: `python -m tests.page.pictures FOLDER`."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from mlplaybook.server.live import open_live
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.rest.log import Log
from mlplaybook.server.settings import read_settings
from tests.page.conftest import BROWSERS, QUIETLY
from tests.page.tab import Site
from tests.page.test_forms import NOTES
from tests.server.rest.serving import running

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
QUESTION, UNKNOWN = "How do I detect data drift?", "What is the boiling point of tungsten?"
# Enough for a page of few colours, at a third of the bytes.
COLOURS = 128
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
    # At the first field, when the message about them is gone.
    site.page.wait_for_selector("#toast", state="hidden")


def rubric(site: Site) -> None:
    """A scorecard in part filled in."""
    site.go("#/scores/data-quality")
    site.page.wait_for_selector(".bars")
    for slider, value in zip(site.page.locator("input[type=range]").all(), "4253", strict=False):
        slider.fill(value)
    site.page.evaluate("scrollTo({top: 0, behavior: 'instant'})")


def decision(site: Site) -> None:
    """A decision with the row that fired."""
    site.go("#/decisions/serving-strategy")
    site.page.click("text=Show an example")
    site.page.wait_for_selector(".fired")
    site.page.evaluate("scrollTo({top: 0, behavior: 'instant'})")


def calculation(site: Site) -> None:
    """A calculation with its picture."""
    site.go("#/calculators/ab-sample-size")
    site.page.wait_for_selector(".plot")


PICTURES: dict[str, tuple[Any, dict[str, Any]]] = {
    "page-answer": (answer, {"viewport": DESK}),
    "page-dark": (calculation, {"viewport": DESK, "color_scheme": "dark"}),
    "page-phone": (abstain, {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
    "page-phone-calculation": (calculation, {"viewport": PHONE, "is_mobile": True, "has_touch": True}),
    "page-brief": (brief, {"viewport": DESK}),
    "page-rubric": (rubric, {"viewport": DESK}),
    "page-decision": (decision, {"viewport": DESK}),
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
            small = Image.open(io.BytesIO(site.page.screenshot())).convert("RGB").quantize(COLOURS)
            small.save(folder / f"{name}.png", optimize=True)
            site.context.close()
        browser.close()


def main() -> None:
    """Serve the playbook on a free port and look at it."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    settings = read_settings()
    with open_live(settings, settings.corpus, lambda line: None) as live:
        live.wait(120)
        with running(create_app(live, settings, log=Log(io.StringIO()))) as (url, _):
            take(folder, url)


if __name__ == "__main__":
    main()
