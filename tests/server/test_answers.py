"""Answers: every statement quotes exactly what it says, and what cannot be checked is not said."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.documents import Document
from mlplaybook.ingest.errors import PageMissing
from mlplaybook.ingest.plain import plain
from mlplaybook.server.answers.abstain import Signals, confidence, shipped_model, status_of
from mlplaybook.server.answers.ask import ask
from mlplaybook.server.answers.records import Answer, Citation, Statement, quote_hash
from mlplaybook.server.answers.relevance import embedded_span, overlap_of, same_word, terms_in
from mlplaybook.server.answers.render import render
from mlplaybook.server.answers.units import Unit, split_units, unit_text
from mlplaybook.server.answers.verify import invented_numbers, normalise, verify
from mlplaybook.server.retrieval.filters import Filter
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.words import WORD
from tests.conftest import DRIFT

PAGE = Document("drift", "Drift", "A PSI above 0.2 raises an alert.[^a] It needs 1,000 rows.", "drift.md")


def cite(start: int, end: int, **changes: object) -> Citation:
    quote = PAGE.text[start:end]
    made = Citation(1, "drift", "drift#top", ("Drift",), start, end, quote, quote_hash(quote))
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def say(text: str, *citations: Citation) -> Statement:
    return Statement(text, citations)


def test_a_true_statement_is_kept_as_it_is() -> None:
    statement = say("A PSI above 0.2 raises an alert.", cite(0, 36))
    assert verify([statement], {"drift": PAGE}) == ((statement,), 0)


@pytest.mark.parametrize(
    "citation",
    [
        cite(0, 36, quote="A PSI above 0.3 raises an alert.[^a]"),
        cite(0, 36, char_start=1),
        cite(0, 36, char_end=99),
        cite(0, 36, char_start=-37),
        cite(0, 36, sha256="0" * 64),
        cite(0, 36, document="never retrieved"),
        cite(36, 37, quote=" ", sha256=quote_hash(" ")),
    ],
    ids=["altered", "shifted", "past the end", "negative", "other hash", "other page", "blank"],
)
def test_a_citation_that_is_not_true_is_dropped_and_its_statement_with_it(citation: Citation) -> None:
    assert verify([say("A PSI above 0.2 raises an alert.", citation)], {"drift": PAGE}) == ((), 1)


def test_a_statement_keeps_its_true_citations() -> None:
    kept, removed = verify([say("It needs 1,000 rows.", cite(0, 3, sha256="x"), cite(37, 57))], {"drift": PAGE})
    assert ([c.char_start for s in kept for c in s.citations], removed) == ([37], 0)


def test_a_number_that_no_quote_has_removes_the_statement() -> None:
    assert verify([say("A PSI above 0.25 raises an alert.", cite(0, 36))], {"drift": PAGE}) == ((), 1)
    assert invented_numbers("5 of 1,000 rows, 0.2", [cite(0, 57)]) == ["5"]


def test_typography_and_markup_do_not_count_as_a_difference() -> None:
    assert normalise("**A** “PSI”\n above\u00a00.2 – x[^a]") == 'A "PSI" above 0.2 - x'


def test_units_are_sentences_items_rows_and_blocks() -> None:
    start = DRIFT.index("A population")
    units = split_units(DRIFT, start, len(DRIFT))
    assert [unit.kind for unit in units] == [*["sentence"] * 3, *["item"] * 3, *["row"] * 2, "sentence", "code"]
    assert unit_text(DRIFT, units[0]) == "A population stability index above 0.2 raises an alert."
    assert unit_text(DRIFT, units[3]) == "Compare the row counts of both windows."


@pytest.mark.parametrize(
    ("raw", "text"), [("- **Bold:** x", "Bold: x"), ("10. ten", "ten"), ("* a\n  b", "a b"), ("+ c", "c")]
)
def test_an_item_loses_its_marker_and_nothing_else(raw: str, text: str) -> None:
    assert unit_text(raw, Unit("item", 0, len(raw), 0)) == text


def test_words_meet_whatever_their_endings() -> None:
    assert same_word("scale", "scaling")
    assert not same_word("rate", "ratio")
    terms = {"drift": 2.0, "zebra": 1.0}
    assert overlap_of(terms, terms_in(terms, "Drifting data")) == pytest.approx(2 / 3)


def test_the_answer_is_made_of_quotes(handbook: Index) -> None:
    answer = ask(handbook, "Which cut-offs raise an alert?")
    assert answer.status == "answered"
    assert answer.statements[0].text == "A population stability index above 0.2 raises an alert."
    assert answer.statements[0].citations[0].quote.endswith("alert.[^siddiqi-2006]")
    assert answer.stamp.generation == handbook.manifest.generation
    assert_true(answer, handbook)


def test_code_is_quoted_when_code_is_asked_for(handbook: Index) -> None:
    kinds = {s.kind for s in ask(handbook, "How is the index computed in Python code?").statements}
    assert "code" in kinds
    assert "code" not in {s.kind for s in ask(handbook, "How is the index computed?").statements}


def test_what_is_not_covered_is_said_with_the_nearest_sections(handbook: Index) -> None:
    answer = ask(handbook, "Who won the football championship?")
    assert (answer.status, answer.statements) == ("abstained", ())
    assert answer.text == "The corpus 'handbook' does not answer this."
    assert 1 <= len(answer.suggestions) <= 3


def test_a_filter_that_no_page_passes_is_an_error_not_an_abstention(handbook: Index) -> None:
    with pytest.raises(PageMissing, match=r"No page of 'handbook' passes the filter \(gone, nowhere\)"):
        ask(handbook, "What is drift?", only=Filter(pages=("gone",), folders=("nowhere",)))


def test_a_question_in_another_language_is_told_so(handbook: Index) -> None:
    assert "looks French: ask in English" in ask(handbook, "Comment mesurer la qualité des données ?").text


def test_the_same_question_gives_the_same_answer(handbook: Index) -> None:
    first, second = (ask(handbook, "Which cut-offs raise an alert?") for _ in range(2))
    timeless = dataclasses.replace(first.stamp, timings_ms={})
    assert dataclasses.replace(first, stamp=timeless) == dataclasses.replace(
        second, stamp=dataclasses.replace(second.stamp, timings_ms={})
    )


@given(st.lists(st.sampled_from(DRIFT.split()), min_size=1, max_size=8).map(" ".join).filter(WORD.search))
def test_every_citation_slices_back_to_its_quote(question: str) -> None:
    answer = ask(WORLD[0], question) if WORLD else None
    if answer is not None:
        assert_true(answer, WORLD[0])


WORLD: list[Index] = []


@pytest.fixture(autouse=True)
def remember(handbook: Index) -> None:
    """hypothesis may not use a function's fixture; the index is the same for every example."""
    WORLD[:] = [handbook]


def assert_true(answer: Answer, index: Index) -> None:
    texts = dict(index.catalog.connection.execute("SELECT id, text FROM documents"))
    for statement in answer.statements:
        assert statement.citations
        for citation in statement.citations:
            assert texts[citation.document][citation.char_start : citation.char_end] == citation.quote
            assert quote_hash(citation.quote) == citation.sha256
        said = {normalise(citation.quote) for citation in statement.citations}
        words = normalise(statement.text)
        assert any(words in quote or plain(quote).endswith(words) for quote in said)


def test_prose_runs_together_and_one_mark_serves_a_section() -> None:
    statements = [
        say("One.", cite(0, 3)),
        say("Two.", cite(0, 3)),
        dataclasses.replace(say("Three", cite(4, 7, n=2)), kind="item"),
    ]
    assert render(statements) == "One. Two. [1]\n\n- Three [2]"


def test_steps_keep_the_numbers_of_their_page() -> None:
    steps = [
        dataclasses.replace(say("Stop the writers.", cite(0, 3, quote="1. Stop the writers.")), kind="item"),
        dataclasses.replace(say("Replay.", cite(4, 7, quote="3) Replay.")), kind="item"),
    ]
    assert render(steps) == "1. Stop the writers.\n3. Replay. [1]"


def test_rows_become_a_table_with_its_header() -> None:
    header = cite(0, 3, quote="| a | b | Source |")
    rows = [Statement(f"| {n} | x \\| y |  |", (header, cite(0, 3)), "row") for n in (1, 2)]
    assert render(rows) == "| a | b |\n|---|---|\n| 1 | x \\| y |\n| 2 | x \\| y |\n\n[1]"


def test_more_of_every_signal_means_more_confidence() -> None:
    low, high = Signals(0.2, 0.3, 0.1, 0.1), Signals(0.7, 0.7, 1.0, 0.7)
    plain, lexical = shipped_model("plain"), shipped_model("lexical")
    assert confidence(low, plain) < 0.1 < 0.9 < confidence(high, plain)
    assert confidence(Signals(0, 0, 0.1), lexical) < 0.3 < confidence(Signals(0, 0, 1.0), lexical)
    assert [status_of(p, plain) for p in (0.1, 0.4, 0.9)] == ["abstained", "partial", "answered"]


def test_a_unit_is_found_in_the_embedded_text_whatever_marks_stand_before(handbook: Index) -> None:
    for row in handbook.catalog.connection.execute(
        "SELECT c.text, c.char_start, c.embedded_text, d.text FROM chunks c JOIN documents d ON d.id = c.document"
    ):
        chunk_text, start, embedded, text = row
        chunk = type("C", (), {"text": chunk_text, "char_start": start, "embedded_text": embedded})
        for unit in split_units(text, start, start + len(chunk_text)):
            a, b = embedded_span(chunk, unit)  # type: ignore[arg-type]
            assert normalise(embedded[a:b]) == normalise(text[unit.start : unit.end])
