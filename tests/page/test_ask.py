"""Asking on the page: answers as they come, the words behind a number, what is not covered, follow-ups."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from mlplaybook.server.rest.keys import KEYS_FILE, Wish, create_key
from mlplaybook.server.settings import Settings
from tests.conftest import DRIFT
from tests.page.conftest import Open, Serve
from tests.server.rest.models import QUESTION
from tests.server.rest.models import Model as Saying

UNKNOWN = "Who won the cup in 1987?"


def test_an_answer_has_numbers_that_open_the_section_with_the_quoted_words_marked(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    assert "A population stability index above 0.2 raises an alert." in site.text(".answer .prose")
    site.page.click(".cite >> nth=0")
    site.page.wait_for_selector("#panel mark")
    assert site.text("#panel h2") == "Which cut-offs raise an alert?"
    marked = " ".join(site.page.locator("#panel mark").all_inner_texts())
    assert "A population stability index above 0.2 raises an alert." in marked
    assert "Look for a changed unit" not in marked


def test_a_quoted_table_is_shown_as_a_table_and_its_number_marks_its_rows(visit: Open) -> None:
    site = visit()
    site.answer_with(told(row_answer()))
    site.ask(QUESTION)
    cells = site.page.locator(".answer td").all_inner_texts()
    assert cells == ["below 0.1", "stable", "above 0.2", "shifted"]
    site.page.click(".from .cite")
    site.page.wait_for_selector("#panel mark")
    assert site.page.locator("#panel td mark").all_inner_texts() == ["below 0.1", "stable", "above 0.2", "shifted"]


def test_what_is_not_covered_is_shown_as_such_with_sections_to_look_at(visit: Open) -> None:
    site = visit()
    site.ask(UNKNOWN)
    assert "The playbook does not cover this" in site.text(".answer")
    assert site.page.locator(".cite").count() == 0
    site.page.click(".abstained li .link >> nth=0")
    site.page.wait_for_selector("#panel .prose")
    site.page.keyboard.press("Escape")
    site.page.click("text=Change the question")
    assert site.page.input_value("#question") == UNKNOWN


def test_a_statement_is_shown_while_the_model_still_writes(visit: Open, serve: Serve) -> None:
    go_on = threading.Event()
    site = visit(url=serve(Saying(between=lambda: go_on.wait(10) and None)))
    try:
        site.page.fill("#question", QUESTION)
        site.page.press("#question", "Enter")
        site.page.wait_for_selector(".answer .cite")
        assert site.text(".answer .prose").startswith("An index above 0.2 raises an alert.")
        assert site.page.locator(".answer .waiting").count() == 1
        assert site.page.locator("#stop").is_visible()
    finally:
        go_on.set()
    site.page.wait_for_selector(".answer .actions")
    assert "An index below 0.1 counts as stable." in site.text(".answer .prose")
    assert "Written by test:model" in site.text(".answer .actions")


def test_stopping_ends_the_model_and_keeps_what_has_been_said(visit: Open, serve: Serve) -> None:
    go_on = threading.Event()
    model = Saying(between=lambda: go_on.wait(10) and None)
    site = visit(url=serve(model))
    site.page.fill("#question", QUESTION)
    site.page.press("#question", "Enter")
    site.page.wait_for_selector(".answer .cite")
    site.page.click("#stop")
    site.page.wait_for_selector("text=Stopped.")
    go_on.set()
    assert model.closed.wait(10)
    assert "An index above 0.2 raises an alert." in site.text(".answer")
    assert site.page.locator("[type=submit]").is_visible()


def test_a_follow_up_sends_what_was_said_before(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    with site.page.expect_request("**/v1/chat") as sent:
        site.ask("And which count as stable?")
    messages = sent.value.post_data_json["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[1]["headings"] == ["Drift detection", "Which cut-offs raise an alert?"]


def test_a_conversation_outlives_a_reload_and_ends_when_a_new_one_begins(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    site.page.reload()
    site.page.wait_for_selector(".turn .cite")
    site.page.click("#anew")
    site.page.wait_for_selector("#welcome")
    assert site.page.locator(".turn").count() == 0


def test_an_answer_is_copied_as_markdown_with_its_sources(visit: Open) -> None:
    site = visit(permissions=["clipboard-read", "clipboard-write"])
    site.ask(QUESTION)
    site.page.click("[aria-label='Copy as Markdown']")
    site.page.wait_for_selector("#toast:not([hidden])")
    copied = site.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f"## {QUESTION}\n\n")
    assert "- [1] Drift detection › Which cut-offs raise an alert? (drift#which-cut-offs-raise-an-alert)" in copied


def test_feedback_is_sent_with_the_id_of_the_answer(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    with site.page.expect_response("**/v1/feedback") as told_to:
        site.page.click("[aria-label='Good answer']")
    assert told_to.value.status == 201
    site.page.wait_for_selector("[aria-label='Good answer'][aria-pressed=true]")


def test_a_restart_voids_what_came_before_it(visit: Open) -> None:
    site = visit()
    answer = row_answer()
    early = {
        "number": 0,
        "statement": {"text": "Void.", "kind": "sentence", "citations": answer["statements"][0]["citations"]},
    }
    events = event("delta", early) + event("restart", {"reason": "again"}) + told(answer)
    site.answer_with(events)
    site.ask(QUESTION)
    assert "Void." not in site.text(".answer")


def test_a_stream_that_breaks_off_says_so_and_can_be_asked_again(visit: Open) -> None:
    site = visit()
    broken = event("meta", {}) + event("delta", {"number": 0, "statement": row_answer()["statements"][0]})
    site.answer_with(broken)
    site.page.fill("#question", QUESTION)
    site.page.press("#question", "Enter")
    site.page.wait_for_selector(".problem")
    assert "The answer was cut off." in site.text(".problem")
    site.page.unroute("**/v1/chat")
    site.page.click(".problem button")
    site.page.wait_for_selector(".answer .actions")


def test_a_service_that_wants_a_key_asks_until_it_has_one(visit: Open, serve: Serve, tmp_path: Path) -> None:
    key, _ = create_key(Settings(home=tmp_path).rest_folder / KEYS_FILE, Wish("test", ("ask",)))
    site = visit(url=serve(home=tmp_path, rest_keys=True))
    site.page.fill("#question", QUESTION)
    site.page.press("#question", "Enter")
    site.page.fill("dialog #key", "wrong")
    site.page.click("dialog .main")
    site.page.wait_for_selector("dialog >> text=The key is not known")
    site.page.fill("dialog:last-of-type #key", key)
    site.page.click("dialog:last-of-type .main")
    site.page.wait_for_selector(".answer .cite")
    site.page.reload()
    site.page.goto(f"{site.url}/#/playbook/drift")
    site.page.wait_for_selector("article.page")
    # That a key was refused is what this test is about.
    assert [line for line in site.troubles if "401" not in line] == []
    site.troubles.clear()


def test_whoever_has_no_key_is_told_so(visit: Open, serve: Serve) -> None:
    site = visit(url=serve(rest_keys=True))
    site.page.fill("#question", QUESTION)
    site.page.press("#question", "Enter")
    site.page.click("dialog >> text=Cancel")
    site.page.wait_for_selector(".problem >> text=No key was sent.")
    site.troubles.clear()


def event(name: str, record: object) -> str:
    return f"event: {name}\ndata: {json.dumps(record)}\n\n"


def told(answer: dict[str, Any]) -> str:
    """An answer as a stream."""
    deltas = [event("delta", {"number": n, "statement": one}) for n, one in enumerate(answer["statements"])]
    return ": here\n\n" + "".join(deltas) + event("done", answer)


def row_answer() -> dict[str, Any]:
    """Two rows of the handbook's table, each with the table's header."""

    def cite(words: str) -> dict[str, Any]:
        start = DRIFT.index(words)
        return {
            "n": 1, "document": "drift", "section": "drift#which-cut-offs-raise-an-alert", "char_start": start, "sha256": "",
            "heading_path": ["Drift detection", "Which cut-offs raise an alert?"], "char_end": start + len(words), "quote": words,
        }  # fmt: skip

    head = cite("| Index | Meaning |")
    rows = ["| below 0.1 | stable |", "| above 0.2 | shifted |"]
    statements = [{"text": row, "kind": "row", "citations": [head, cite(row)]} for row in rows]
    return {
        "id": "a", "question": QUESTION, "status": "answered", "confidence": 1, "text": "\n".join(rows), "statements": statements,
        "suggestions": [], "mode": "extractive", "degraded": [], "stamp": {"model": "", "cached": False}, "removed": 0,
        "inapplicable": {},
    }  # fmt: skip
