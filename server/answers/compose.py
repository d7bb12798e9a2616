"""Extractive answers: whole sentences, items, rows and blocks of the best sections, as the question's kind wants them."""

from __future__ import annotations

from collections.abc import Sequence

from mlplaybook.server.answers.choice import choose
from mlplaybook.server.answers.length import WORDS
from mlplaybook.server.answers.passages import read_passage
from mlplaybook.server.answers.records import Statement
from mlplaybook.server.answers.relevance import Relevance
from mlplaybook.server.answers.worth import create_wanted
from mlplaybook.server.answers.woven import weave
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.search import Hit

# Sections that may answer: those whose score comes this near to the best one's, at most so many.
NEAR_BEST = 0.8
MOST_SECTIONS = 5


def compose(
    index: Index, question: str, hits: Sequence[Hit], relevance: Relevance, *, words: int = WORDS
) -> tuple[Statement, ...]:
    """Statements from the hits, the one that answers first; every one quotes exactly what it says.

    :param words: the most that an answer has; one list, table or code block that is asked for may fill it.
    """
    if not hits:
        return ()
    wanted = create_wanted(question)
    best = max(hit.scores.total for hit in hits)
    near = [hit for hit in hits if hit.scores.total >= NEAR_BEST * best][:MOST_SECTIONS]
    passages = [read_passage(index, hit, relevance, wanted, best) for hit in near]
    return weave(passages, choose(passages, wanted, words))
