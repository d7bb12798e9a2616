"""A tab of the browser as tests use it: what was asked of whom, what ran that should not, and a few habits of people."""

from __future__ import annotations

from typing import Any

# The browser tells the page what its policy kept from happening.
WATCH = "addEventListener('securitypolicyviolation', (e) => violated(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`))"


class Site:
    """The page at `url`.

    `executed` counts scripts of others, `strangers` are requests to other machines, `violations` what the page's policy had to
    refuse, `troubles` errors.
    """

    def __init__(self, context: Any, url: str) -> None:
        self.context, self.url = context, url
        self.executed: list[str] = []
        self.strangers: list[str] = []
        self.violations: list[str] = []
        self.troubles: list[str] = []
        context.expose_function("xss", lambda: self.executed.append("xss"))
        context.expose_function("violated", lambda what: self.violations.append(what))
        context.add_init_script(WATCH)
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda line: self.troubles.append(line.text) if line.type == "error" else None)

    def _dialog(self, dialog: Any) -> None:
        self.executed.append(dialog.message)
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.url, "blob:")):
            self.strangers.append(request.url)

    def go(self, way: str) -> None:
        """Open a view."""
        self.page.goto(f"{self.url}/{way}")
        self.page.wait_for_selector("main > *:not(noscript):not(.opening)")

    def ask(self, question: str) -> None:
        """Ask and wait for the whole answer."""
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")
        self.page.wait_for_selector(".turn:last-child .actions")

    def answer_with(self, body: str) -> None:
        """Let every question be answered by these events."""
        self.page.unroute("**/v1/chat")
        self.page.route("**/v1/chat", lambda route: route.fulfill(body=body, content_type="text/event-stream"))

    def text(self, selector: str) -> str:
        """The words that people see in the last such element, white space as one blank."""
        return " ".join(self.page.locator(selector).last.inner_text().replace("\u2060", " ").split())

    def focused(self) -> str:
        """What has the focus: id, else its name, else its words."""
        found: str = self.page.evaluate(
            "() => { const e = document.activeElement; return e.id || e.getAttribute('aria-label') || e.textContent.trim(); }"
        )
        return found
