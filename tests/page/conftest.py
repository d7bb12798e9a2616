"""The page in a real browser, on a service of this machine; skipped where there is no browser, and only there."""

from __future__ import annotations

import dataclasses
import importlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.server.live import Live
from mlplaybook.server.llm.records import Model
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.service import open_service
from mlplaybook.server.settings import Settings
from tests.conftest import DRIFT, ID, LEAKAGE, WordEncoder
from tests.page.payloads import PAYLOADS
from tests.page.tab import Site
from tests.server.rest.serving import running

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# A browser asks its makers for updates unless told not to; nothing on these pages may ask anybody.
QUIETLY = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def hostile_page() -> str:
    """Every payload as a heading, a paragraph, a list item, a table cell, a quote and code."""
    sections = [
        f"## Trap {number} {payload}\n\nTrap number {number} says {payload} here.\n\n- Item {payload}\n\n> Quote {payload}\n\n"
        f"| Cell | Other |\n|---|---|\n| {payload.replace('|', '')} | x |\n\n```html\n{payload}\n```\n"
        for number, payload in enumerate(PAYLOADS)
    ]
    head = "---\nid: hostile\ntitle: Hostile <img src=x onerror=xss()>\ndescription: <script>xss()</script>\nsources:\n"
    source = '  - key: trap\n    title: "<svg onload=xss()>"\n    url: "javascript:xss()"\n---\n'
    return f"{head}{source}# Hostile <img src=x onerror=xss()>\n\nTraps.[^trap]\n\n{''.join(sections)}"


@pytest.fixture(scope="package")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Two pages of a handbook and a hostile one."""
    folder, encoder = tmp_path_factory.mktemp("corpus"), WordEncoder()
    for name, text in {"drift.md": DRIFT, "data/leakage.md": LEAKAGE, "hostile.md": hostile_page()}.items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    ingest(
        Job(source=folder / "source", corpus="handbook", index=folder / "index", encoder_id=ID, encoder=lambda: encoder)
    )
    return open_index(folder / "index", "handbook", lambda wanted: (encoder, "test"))


def wanted(package: str) -> Any:
    """A package of the extra `[browser]`; where there is a browser these tests are not left out for want of it."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError:
        pytest.fail(f"there is a browser but no {package}; `make page-test` installs it")


Serve = Callable[..., str]


@pytest.fixture(scope="package")
def serve(index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Serve the pages with these models and settings; gives the address."""
    with ExitStack() as stack:

        def start(*models: Model, **settings: object) -> str:
            chosen = Settings(**{"home": tmp_path_factory.mktemp("home"), **settings})  # type: ignore[arg-type]
            service = stack.enter_context(open_service(chosen, index, lambda line: None))
            live = Live(dataclasses.replace(service, models=models), lambda: index, lambda: "", complete=True)
            url, _ = stack.enter_context(running(create_app(live, chosen)))
            return url

        yield start


@pytest.fixture(scope="package")
def address(serve: Serve) -> str:
    """The pages without a model."""
    return serve()


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Chromium without a window, closed with these tests: playwright's loop would be in the way of all that come later."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser; install one of {', '.join(BROWSERS)}")
    api = wanted("playwright.sync_api")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program, args=list(QUIETLY))
        yield opened
        opened.close()


Open = Callable[..., Site]


@pytest.fixture
def visit(browser: Any, address: str, tmp_path: Path) -> Iterator[Open]:
    """Open the page at an address below the service's; what goes wrong on it fails the test when it is over."""
    sites: list[Site] = []

    def start(way: str = "", url: str = "", **context: Any) -> Site:
        site = Site(browser.new_context(accept_downloads=True, **context), url or address)
        sites.append(site)
        site.go(way)
        return site

    yield start
    for site in sites:
        site.context.close()
    wrong = [(site.troubles, site.strangers, site.violations) for site in sites]
    assert [one for one in wrong if any(one)] == []
