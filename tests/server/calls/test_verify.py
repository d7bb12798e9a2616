"""Quotes that hold, have moved, were altered, or were never written."""

from __future__ import annotations

import time

import pytest

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.calls.cited import quotes_in
from mlplaybook.server.calls.verify import QuoteAsked, verify_quotes
from mlplaybook.server.service import Service

ALERT = "A population stability index above 0.2 raises an alert."
CUT_OFFS = "drift#which-cut-offs-raise-an-alert"
SPLIT = "data/leakage#when-should-data-be-split"


@pytest.mark.parametrize(
    ("quote", "section", "state", "found"),
    [
        (ALERT, CUT_OFFS, "holds", CUT_OFFS),
        (ALERT, "playbook://page/drift/which-cut-offs-raise-an-alert", "holds", CUT_OFFS),
        (ALERT, "drift", "holds", CUT_OFFS),
        (ALERT, "", "holds", CUT_OFFS),
        (ALERT.upper(), "", "missing", ""),
        ("A population stability  index\nabove **0.2** raises an alert", CUT_OFFS, "holds", CUT_OFFS),
        (ALERT, "drift#drift-detection", "moved", CUT_OFFS),
        (ALERT, SPLIT, "moved", CUT_OFFS),
        (ALERT, "nowhere#at-all", "moved", CUT_OFFS),
        (ALERT.replace("0.2", "0.3"), CUT_OFFS, "altered", CUT_OFFS),
        (ALERT.replace("0.2", "0.3"), "", "altered", CUT_OFFS),
        ("Nobody has ever written anything like these words.", "", "missing", ""),
        ("Nobody has ever written anything like these words.", CUT_OFFS, "missing", ""),
        ("tability index", "", "missing", ""),
        ("", CUT_OFFS, "holds", CUT_OFFS),
        ("", "drift#nowhere", "missing", ""),
    ],
)
def test_a_quote_is_judged(service: Service, quote: str, section: str, state: str, found: str) -> None:
    (result,) = verify_quotes(service, [QuoteAsked(quote, section)])
    assert (result.state, result.section) == (state, found)
    assert bool(result.nearest) is (state == "altered")
    assert bool(result.note) is (section in {"nowhere#at-all", "drift#nowhere"})


def test_the_sign_of_a_list_is_no_word_of_it(service: Service) -> None:
    (result,) = verify_quotes(service, [QuoteAsked("Compare the row counts of these windows.", "drift")])
    assert (result.state, result.nearest) == ("altered", "Compare the row counts of both windows.")


def test_the_nearest_words_are_the_pages_own(service: Service) -> None:
    (result,) = verify_quotes(service, [QuoteAsked(ALERT.replace("0.2", "0.25"), "drift")])
    assert result.nearest.startswith("A population stability index above 0.2 raises an alert.")


@pytest.mark.parametrize(
    "asked", [[], [QuoteAsked("")], [QuoteAsked("x" * 4_001)], [QuoteAsked("some words")] * 51]
)  # fmt: skip
def test_too_much_and_nothing_are_refused(service: Service, asked: list[QuoteAsked]) -> None:
    with pytest.raises(BadQuestion):
        verify_quotes(service, asked)


def test_fifty_quotes_that_stand_nowhere_take_little_time(service: Service) -> None:
    asked = [QuoteAsked(f"Sentence {number} was never written by anybody") for number in range(50)]
    started = time.monotonic()
    assert {one.state for one in verify_quotes(service, asked)} == {"missing"}
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        (f'We alert: "{ALERT}" ({CUT_OFFS}).', [(ALERT, CUT_OFFS)]),
        (f"As {CUT_OFFS} says, “{ALERT}”", [(ALERT, CUT_OFFS)]),
        (f"> {ALERT}\n> — {CUT_OFFS}\n", [(ALERT, CUT_OFFS)]),
        (f"> {ALERT}\n\n({CUT_OFFS})\n", [(ALERT, CUT_OFFS)]),
        (f'[1] Drift › Cut-offs\n{CUT_OFFS} playbook://page/drift/which-cut-offs-raise-an-alert\n"{ALERT}"',
         [(ALERT, CUT_OFFS)]),
        (f'"{ALERT}" ([drift](playbook://page/drift/which-cut-offs-raise-an-alert))', [(ALERT, CUT_OFFS)]),
        (f'"{ALERT}" ({CUT_OFFS}). And "these six words have no section"',
         [(ALERT, CUT_OFFS), ("these six words have no section", "")]),
        ('The "model" is in "production", see issue#12 and https://example.org/a#b.', []),
        (f"See {CUT_OFFS}.", [("", CUT_OFFS)]),
        (f'One "{ALERT}"\n\nAnother paragraph ({SPLIT}).', [(ALERT, ""), ("", SPLIT)]),
    ],
)  # fmt: skip
def test_quotes_are_read_out_of_a_text(text: str, quotes: list[tuple[str, str]]) -> None:
    assert [(one.quote, one.section) for one in quotes_in(text)] == quotes
