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
    assert site.page.locator("#panel mark").all_inner_texts() == [
        "A population stability index above 0.2 raises an alert.",
        "An index below 0.1 counts as stable.",
        "Three checks come first:",
    ]
    assert "Look for a changed unit" in site.text("#panel .prose")


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
    source = "- [1] Drift detection › Which cut-offs raise an alert? (drift#which-cut-offs-raise-an-alert)"
    assert f"{source}: “A population stability index above 0.2 raises an alert.”" in copied


def test_feedback_is_sent_with_the_id_of_the_answer(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    with site.page.expect_response("**/v1/feedback") as told_to:
        site.page.click("[aria-label='Good answer']")
    assert told_to.value.status == 201
    site.page.wait_for_selector("[aria-label='Good answer'][aria-pressed=true]")


def test_headings_near_an_answer_are_asked_when_pressed(visit: Open) -> None:
    site = visit()
    near = [
        "data/leakage#when-should-data-be-split",
        "drift#summary",
        "drift#which-cut-offs-raise-an-alert",
        "gone#away",
    ]
    site.answer_with(told(row_answer() | {"suggestions": near}))
    site.ask(QUESTION)
    site.page.wait_for_selector(".related button")
    # The summary is no question, the cut-offs are cited, and what is not there any more is not offered.
    assert site.page.locator(".related button").all_inner_texts() == ["When should data be split?"]
    site.page.unroute("**/v1/chat")
    site.page.click(".related button")
    site.page.wait_for_selector(".turn:last-child .cite")
    assert site.text(".turn:last-child h2") == "When should data be split?"
    site.troubles.clear()


def test_suggestions_of_a_kept_answer_have_the_titles_of_their_pages(visit: Open) -> None:
    site = visit()
    nothing = {
        "status": "abstained",
        "statements": [],
        "text": "",
        "suggestions": ["drift#which-cut-offs-raise-an-alert"],
    }
    # No search comes before an answer that was kept.
    site.answer_with(event("done", row_answer() | nothing))
    site.ask(UNKNOWN)
    site.page.wait_for_selector(".abstained .link >> text=Which cut-offs raise an alert?")
    assert site.text(".abstained .trail") == "Drift detection"


def test_what_is_not_covered_can_be_searched_for(visit: Open) -> None:
    site = visit()
    site.ask(UNKNOWN)
    site.page.click("text=Search the sections")
    site.page.wait_for_selector(".hits, #results .soft")
    assert site.page.input_value("#search") == UNKNOWN


def test_the_number_that_is_open_is_seen_among_the_others(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    site.page.click(".cite >> nth=0")
    site.page.wait_for_selector("#panel mark")
    assert site.page.locator(".cite[aria-current], .source[aria-current]").count() == 1
    site.page.click(".source")
    site.page.wait_for_selector(".source[aria-current]")
    assert site.page.locator(".cite[aria-current]").count() == 0
    site.page.keyboard.press("Escape")
    assert site.page.locator("[aria-current]:not(#tabs a)").count() == 0


def test_quoted_words_are_copied_with_where_they_stand(visit: Open) -> None:
    site = visit(permissions=["clipboard-read", "clipboard-write"])
    site.answer_with(told(row_answer()))
    site.ask(QUESTION)
    site.page.click(".source")
    site.page.click("#panel >> text=Copy the quoted words")
    site.page.wait_for_selector("#toast:not([hidden])")
    copied = site.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("> | below 0.1 | stable |\n")
    link = f"{site.url}/#/playbook/drift/which-cut-offs-raise-an-alert"
    path = "Drift detection › Which cut-offs raise an alert? (drift#which-cut-offs-raise-an-alert)"
    assert copied.endswith(f"\n\n{path}: {link}\n")


def test_code_of_an_answer_is_copied_as_it_stands(visit: Open) -> None:
    site = visit(permissions=["clipboard-read", "clipboard-write"])
    answer = row_answer()
    code = {**answer["statements"][0], "kind": "code", "text": "```python\nif psi > 0.2:\n    alert()\n```"}
    site.answer_with(told(answer | {"statements": [code]}))
    site.ask(QUESTION)
    site.page.hover(".answer .code")
    site.page.click("[aria-label='Copy code']")
    site.page.wait_for_selector("#toast:not([hidden])")
    assert site.page.evaluate("navigator.clipboard.readText()") == "if psi > 0.2:\n    alert()"


def test_a_wide_table_scrolls_beside_the_names_of_its_rows_on_a_phone(visit: Open) -> None:
    site = visit(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    answer = row_answer()
    long = "| stable | for as long as nothing else about the data has changed | and nobody needs to look at it again | yes |"
    rows = [{**one, "text": long} for one in answer["statements"]]
    site.answer_with(told(answer | {"statements": rows}))
    site.ask(QUESTION)
    assert site.page.evaluate("document.documentElement.scrollWidth") == 360
    site.page.locator(".answer .wide").evaluate("(one) => { one.scrollLeft = 200; }")
    edges = site.page.locator(".answer .wide").evaluate(
        "(one) => [one.scrollLeft, one.querySelector('td').getBoundingClientRect().x - one.getBoundingClientRect().x]"
    )
    assert edges[0] > 100
    assert edges[1] == 1


def test_the_last_question_comes_back_by_an_arrow_and_can_be_changed(visit: Open) -> None:
    site = visit()
    site.ask(QUESTION)
    site.page.press("#question", "ArrowUp")
    assert site.page.input_value("#question") == QUESTION
    site.page.fill("#question", "")
    site.page.click("[aria-label='Change the question']")
    assert site.page.input_value("#question") == QUESTION
    assert site.focused() == "question"


def test_whoever_asks_too_much_is_told_how_long_to_wait(visit: Open) -> None:
    site = visit()
    refusal = {"code": "busy", "detail": "Too many questions at once.", "remedy": "Wait a moment.", "request_id": "r1"}
    site.page.route(
        "**/v1/chat",
        lambda route: route.fulfill(
            status=429, json=refusal, headers={"Retry-After": "2", "Content-Type": "application/json"}
        ),
    )
    site.page.fill("#question", QUESTION)
    site.page.press("#question", "Enter")
    site.page.wait_for_selector(".problem button:disabled >> text=Try again in 2 s")
    assert "Request r1" in site.text(".problem")
    site.page.unroute("**/v1/chat")
    site.page.click(".problem button:enabled")
    site.page.wait_for_selector(".answer .cite")
    site.troubles.clear()


def test_there_is_something_to_begin_with_until_something_is_asked(visit: Open) -> None:
    site = visit()
    assert site.focused() == "question"
    assert site.page.locator(".examples button").count() == 4
    assert site.page.locator("#anew").is_hidden()
    ways = site.page.locator(".ways a").evaluate_all("(all) => all.map((one) => one.getAttribute('href'))")
    assert ways == ["#/documents/problem-brief", "#/scores/data-quality", "#/decisions", "#/calculators/ab-sample-size"]
    site.page.click(".examples button >> nth=2")
    site.page.wait_for_selector(".turn .actions")
    assert site.page.locator("#welcome, #starts").count() == 0
    assert site.page.locator("#anew").is_visible()


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
    # What had come is verified.
    assert site.page.locator(".answer td").all_inner_texts() == ["below 0.1", "stable"]
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
