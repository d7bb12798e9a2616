from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest.build import Job, ingest
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer
from mlplaybook.server.audit.quotes import QuoteCheck, check_quotes
from mlplaybook.server.retrieval.index import Index, open_index
from tests.conftest import DRIFT, LEAKAGE, WordEncoder, WritePages

QUOTE = "A population stability index above 0.2 raises an alert."
SECTION = "drift#which-cut-offs-raise-an-alert"


@pytest.fixture
def answer(handbook: Index) -> Answer:
    """One that quotes the page on drift, reduced to a single quote."""
    full = ask(handbook, "Which population stability index raises an alert?")
    statement = next(s for s in full.statements if s.citations[0].quote.startswith(QUOTE))
    citation = dataclasses.replace(statement.citations[0])
    return dataclasses.replace(full, statements=(dataclasses.replace(statement, citations=(citation,)),))


Changed = Callable[[dict[str, str]], Index]


@pytest.fixture
def changed(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder, answer: Answer
) -> Changed:
    """The handbook after somebody edited its pages."""

    def change(pages: dict[str, str]) -> Index:
        source = write_pages(pages)
        for path in source.rglob("*.md"):
            if path.relative_to(source).as_posix() not in pages:
                path.unlink()
        ingest(job())
        return open_index(tmp_path / "index", "handbook", lambda wanted: (encoder, "test"))

    return change


def only_check(index: Index, answer: Answer) -> QuoteCheck:
    (check,) = check_quotes(index, answer)
    return check


def test_an_unchanged_page_holds_every_quote_once(handbook: Index, answer: Answer) -> None:
    twice = dataclasses.replace(answer, statements=answer.statements * 2)
    quote = answer.statements[0].citations[0].quote
    assert list(check_quotes(handbook, twice)) == [QuoteCheck(SECTION, quote, "holds")]


def test_a_quote_further_down_has_moved(changed: Changed, answer: Answer) -> None:
    after = changed({"drift.md": DRIFT.replace("## Which", "More words.\n\n## Which"), "data/leakage.md": LEAKAGE})
    check = only_check(after, answer)
    assert (check.state, check.place) == ("moved", SECTION)


def test_a_quote_on_another_page_has_moved_there(changed: Changed, answer: Answer) -> None:
    quote = answer.statements[0].citations[0].quote
    after = changed({"data/leakage.md": f"{LEAKAGE}\n{quote}\n"})
    check = only_check(after, answer)
    assert (check.state, check.place) == ("moved", "data/leakage#when-should-data-be-split")


def test_a_quote_whose_words_changed_is_gone(changed: Changed, answer: Answer) -> None:
    after = changed({"drift.md": DRIFT.replace("above 0.2 raises", "above 0.25 raises"), "data/leakage.md": LEAKAGE})
    assert only_check(after, answer).state == "gone"


def test_a_page_that_is_gone_is_said_to_be(changed: Changed, answer: Answer) -> None:
    assert only_check(changed({"data/leakage.md": LEAKAGE}), answer).state == "page-gone"


def test_a_record_that_was_edited_is_noticed(handbook: Index, answer: Answer) -> None:
    statement = answer.statements[0]
    citation = dataclasses.replace(statement.citations[0], quote=QUOTE.replace("0.2", "0.3"))
    edited = dataclasses.replace(answer, statements=(dataclasses.replace(statement, citations=(citation,)),))
    assert only_check(handbook, edited).state == "altered"
