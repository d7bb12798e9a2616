"""The conversations are sound, and what is measured on them is what it says."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mlplaybook.evals.followups import (
    WAYS,
    Conversation,
    Decision,
    half_of,
    measure_followups,
    read_conversations,
)
from mlplaybook.evals.golden import read_cases
from mlplaybook.ingest.asked import read_asked
from mlplaybook.ingest.blocks import parse_blocks
from mlplaybook.ingest.documents import Document
from mlplaybook.ingest.errors import BadSource
from mlplaybook.ingest.sections import split_sections
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.index import Index

ALL = (*read_conversations("dev"), *read_conversations("test"))
TEXTS = {path.stem: path.read_text("utf-8") for path in pages_folder().glob("[01]*/*.md")}


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()


def test_there_are_as_many_conversations_as_promised() -> None:
    kinds = Counter(conversation.kind for conversation in ALL)
    assert len(ALL) >= 200
    assert min(kinds.values()) >= 10
    assert len({page.split("#")[0] for conversation in ALL for page in conversation.pages}) >= 70
    assert {len(conversation.turns) for conversation in ALL} == {2, 3, 4}
    assert sum(not conversation.carries for conversation in ALL) >= 50


def test_no_conversation_stands_twice() -> None:
    assert [name for name, count in Counter(one.id for one in ALL).items() if count > 1] == []
    assert [turns for turns, count in Counter(one.turns for one in ALL).items() if count > 1] == []


def test_every_section_is_on_its_page() -> None:
    sections = set()
    for name, text in TEXTS.items():
        document = Document(name, name, text, f"{name}.md")
        sections |= {section.id for section in split_sections(document, parse_blocks(text))}
    assert [page for conversation in ALL for page in conversation.pages if page not in sections] == []


def test_no_last_turn_stands_on_a_page_or_among_other_questions() -> None:
    taken = {plain(line.lstrip("# ")) for text in TEXTS.values() for line in text.splitlines() if line.startswith("#")}
    taken |= {plain(entry.text) for entry in read_asked(pages_folder())}
    taken |= {plain(case.question) for half in ("dev", "test") for case in read_cases(half)}  # type: ignore[arg-type]
    said = [(one.id, text) for one in ALL for text in (one.turns[-1], one.standalone)]
    assert [entry for entry in said if plain(entry[1]) in taken] == []


def test_the_halves_are_about_equal_and_depend_on_the_name_alone() -> None:
    halves = Counter(half_of(conversation.id) for conversation in ALL)
    assert min(halves.values()) > 0.4 * len(ALL)
    assert [half_of("ellipsis-01"), half_of("ellipsis-02")] == ["dev", "test"]


def test_a_last_turn_is_asked_in_every_way(handbook: Index) -> None:
    outcome = measure_followups(
        handbook,
        (
            Conversation(
                "a",
                "why",
                ("Which index raises an alert?", "thanks", "and why?"),
                "Why does an index raise an alert?",
                ("drift#which-cut-offs-raise-an-alert",),
                carries=True,
            ),
            Conversation("b", "smalltalk", ("When is data split?", "thanks"), "thanks", (), carries=False),
            Conversation("c", "smalltalk", ("When is data split?", "and why?"), "Why split?", (), carries=False),
        ),
    )
    assert outcome.decisions[0] == Decision(
        "a", "why", True, "and why? (Which index raises an alert)", ("index", "raises", "alert")
    )
    assert [decision.right for decision in outcome.decisions] == [True, True, False]
    whole, smalltalk, why = outcome.results
    assert (whole.kind, whole.conversations, whole.answerable) == ("all", 3, 1)
    assert (smalltalk.accuracy, smalltalk.answerable, smalltalk.ndcg10) == (0.5, 0, {})
    assert why.ndcg10 == whole.ndcg10
    assert tuple(why.hit5) == WAYS
    assert (why.ndcg10["condensed"], why.ndcg10["human"]) == (1.0, 1.0)


def test_a_section_that_is_gone_is_named(handbook: Index) -> None:
    gone = Conversation("x-1", "why", ("Which index?", "why?"), "Why?", ("drift#nowhere",), carries=True)
    with pytest.raises(BadSource, match="x-1 expects the section drift#nowhere"):
        measure_followups(handbook, (gone,))
