"""Takes the picture of docs/evals.md from a report: `python -m tests.page.report_picture REPORT docs/img/evals-report.png`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.page.conftest import BROWSERS, QUIETLY

SIZE = {"width": 1280, "height": 860}


def main() -> None:
    """Open the report and look at what stands first."""
    report, picture = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(QUIETLY))
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(report.as_uri())
        page.wait_for_selector("#list li")
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
