"""The playbook's own questions are sound, and their quotes stand on its pages."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from mlplaybook.evals.golden import Case, Gold, answerable, create_case, read_cases
from mlplaybook.ingest.asked import read_asked
from mlplaybook.ingest.errors import BadSource
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.index import Index

ALL = (*read_cases("dev"), *read_cases("test"))
UNCOVERED = ("far", "near-miss", "false-premise", "out-of-date")


def test_there_are_as_many_questions_as_promised() -> None:
    kinds = Counter(case.slice for case in ALL if not case.gold)
    assert sum(bool(case.gold) for case in ALL) >= 300
    assert set(kinds) == set(UNCOVERED)
    assert min(kinds.values()) >= 30


def test_no_question_stands_twice() -> None:
    assert [name for name, count in Counter(case.id for case in ALL).items() if count > 1] == []
    assert [text for text, count in Counter(case.question.lower() for case in ALL).items() if count > 1] == []


def test_every_page_is_asked_about() -> None:
    pages = {path.stem for path in pages_folder().glob("[01]*/*.md")}
    assert pages - {gold.page for case in ALL for gold in case.gold} == set()


def test_every_quote_stands_on_its_page() -> None:
    texts = {path.stem: path.read_text("utf-8") for path in pages_folder().glob("[01]*/*.md")}
    assert [case.id for case in ALL for gold in case.gold if gold.quote not in texts[gold.page]] == []


def test_a_question_beside_the_pages_is_no_evaluation_question() -> None:
    asked = {entry.text.lower().strip(" ?") for entry in read_asked(pages_folder())}
    assert [case.id for case in ALL if case.question.lower().strip(" ?") in asked] == []


def test_a_quote_leads_to_the_section_that_holds_it(handbook: Index) -> None:
    document, anchor, text, start = handbook.catalog.connection.execute(
        "SELECT c.document, c.section, c.text, c.char_start FROM chunks AS c ORDER BY row DESC LIMIT 1"
    ).fetchone()
    case = Case("x", "which?", "which", (Gold(document, text[:20]),))
    assert start > 0
    assert answerable(handbook.catalog, (case,))[0].relevant == {anchor: 1.0}


def test_a_quote_that_is_gone_is_named(handbook: Index) -> None:
    case = Case("x-1", "which?", "which", (Gold("nowhere", "no such words"),))
    with pytest.raises(BadSource, match="x-1 quotes words that page 'nowhere' does not have"):
        answerable(handbook.catalog, (case,))


def test_a_case_is_read_from_its_line() -> None:
    record = {"id": "a", "question": "q?", "slice": "how", "gold": [{"page": "p", "quote": "w"}], "facts": ["3"]}
    assert create_case(record) == Case("a", "q?", "how", (Gold("p", "w"),), ("3",))


def test_the_files_are_in_the_package() -> None:
    assert files("mlplaybook.evals").joinpath("cases", "test.jsonl").is_file()
