"""Measures how much a first visit loads and when there is something to see: `python -m tests.page.paint [LOADS]`."""

from __future__ import annotations

import io
import shutil
import sys
from typing import Any

from playwright.sync_api import sync_playwright

from mlplaybook.server.live import open_live
from mlplaybook.server.rest.app import create_app
from mlplaybook.server.rest.log import Log
from mlplaybook.server.settings import read_settings
from tests.page.conftest import BROWSERS, QUIETLY
from tests.server.rest.serving import running

LOADS = 15
# As Chromium throttles: milliseconds there and back, bytes a second, and how many times slower the processor is.
NETWORKS = {"this machine": (0, -1, 1), "60 ms, 10 Mbit/s, a processor 4 times slower": (60, 1_250_000, 4)}
# When the field for the question is there; what is loaded later, when the browser has time, is left out.
WATCH = """
requestIdleCallback = () => 0;
(function look() {
  if (document.getElementById("question")) window.ready = performance.now();
  else requestAnimationFrame(look);
})();
"""
SEEN = """() => {
  const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  return [paint, window.ready, files.length, files.reduce((sum, one) => sum + one.encodedBodySize, 0)];
}"""


def visit(browser: Any, url: str, network: tuple[int, int, int]) -> list[float]:
    """First paint and field in milliseconds, files, and their bytes as sent, of a browser that was never here."""
    delay, speed, slower = network
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": delay, "downloadThroughput": speed, "uploadThroughput": speed}
    session.send("Network.emulateNetworkConditions", limits)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(url)
    page.wait_for_function("window.ready && performance.getEntriesByName('first-contentful-paint').length")
    page.wait_for_load_state("networkidle")
    seen: list[float] = page.evaluate(SEEN)
    context.close()
    return seen


def measure(url: str, loads: int) -> None:
    """Print the best of some visits, since all else that runs only makes them slower."""
    program = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(QUIETLY))
        for name, network in NETWORKS.items():
            seen = [visit(browser, url, network) for _ in range(loads)]
            paint, ready, files, size = (min(column) for column in zip(*seen, strict=True))
            when = f"first paint {paint:.0f} ms, field {ready:.0f} ms"
            sys.stdout.write(f"{name}: {when}, {files:.0f} files, {size:,.0f} bytes\n")
        browser.close()


def main() -> None:
    """Serve the playbook on a free port and visit it."""
    settings = read_settings()
    with open_live(settings, settings.corpus, lambda line: None) as live:
        live.wait(120)
        with running(create_app(live, settings, log=Log(io.StringIO()))) as (url, _):
            measure(url, int(sys.argv[1]) if len(sys.argv) > 1 else LOADS)


if __name__ == "__main__":
    main()
