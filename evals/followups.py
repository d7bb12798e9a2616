"""Conversations whose last turn may lean on the others: whether that is seen, and the right section found all the same."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from statistics import fmean
from typing import Any, Literal

from mlplaybook.evals.metrics import DEPTH, grade
from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.answers.assess import find
from mlplaybook.server.answers.followup import Condensed, condense
from mlplaybook.server.answers.history import History, Turn
from mlplaybook.server.retrieval.index import Index
from mlplaybook.server.retrieval.lexical import term_weights

Half = Literal["dev", "test"]
# The last turn as it was typed, behind the one before it, as it is condensed, and as somebody would write it alone.
WAYS = ("raw", "joined", "condensed", "human")
WHOLE = "all"
Condense = Callable[[History, str], Condensed]


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns of the user, the last of which is measured; `pages` are the sections that answer it, none when nothing does.

    `standalone` is the last turn as one would write it alone; `carries` says that it cannot be understood without the others.
    """

    id: str
    kind: str
    turns: tuple[str, ...]
    standalone: str
    pages: tuple[str, ...]
    carries: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """How a conversation's last turn was taken: `carried` are the words that it was given."""

    id: str
    kind: str
    carries: bool
    question: str
    carried: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether words were carried exactly when they had to be."""
        return bool(self.carried) == self.carries


@dataclass(frozen=True, slots=True)
class FollowupResult:
    """The conversations of one kind: share of right decisions, and nDCG@10 and hit@5 by way of asking the last turn."""

    kind: str
    conversations: int
    accuracy: float
    answerable: int
    ndcg10: Mapping[str, float]
    hit5: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FollowupOutcome:
    """Results by kind, all of them first, and every decision."""

    results: tuple[FollowupResult, ...]
    decisions: tuple[Decision, ...]


def half_of(identifier: str) -> Half:
    """The half of a conversation: rules are made on `dev`, `test` is only measured.

    >>> half_of("ellipsis-01"), half_of("ellipsis-02")
    ('dev', 'test')
    """
    return "test" if hashlib.sha256(identifier.encode()).digest()[0] % 2 else "dev"


def read_conversations(half: Half) -> tuple[Conversation, ...]:
    """The conversations of a half, in file order."""
    text = files(__package__).joinpath("cases", "followups.jsonl").read_text("utf-8")
    every = (create_conversation(json.loads(line)) for line in text.splitlines() if line.strip())
    return tuple(conversation for conversation in every if half_of(conversation.id) == half)


def create_conversation(record: Mapping[str, Any]) -> Conversation:
    """A conversation from a line of the file."""
    pages = tuple(page for page in (record["page"], *record.get("also", ())) if page)
    turns = tuple(record["turns"])
    return Conversation(record["id"], record["kind"], turns, record["standalone"], pages, record["carries"])


def measure_followups(index: Index, conversations: Sequence[Conversation]) -> FollowupOutcome:
    """Ask the last turns in every way; earlier ones are answered by the index itself.

    :raises BadSource: an expected section is not in the index.
    """
    weigh = functools.partial(term_weights, index.catalog)
    decisions: list[Decision] = []
    scores: list[dict[str, tuple[float, float]]] = []
    for conversation in conversations:
        history = replay(index, conversation.turns[:-1], lambda history, turn: condense(history, turn, weigh))
        condensed = condense(history, conversation.turns[-1], weigh)
        one = conversation
        decisions.append(Decision(one.id, one.kind, one.carries, condensed.question, condensed.carried))
        texts = (one.turns[-1], " ".join(one.turns[-2:]), condensed.question, one.standalone)
        asked = dict(zip(WAYS, texts, strict=True))
        scores.append({way: score(index, text, one) for way, text in asked.items()} if one.pages else {})
    kinds = [WHOLE, *sorted({decision.kind for decision in decisions})]
    return FollowupOutcome(tuple(summarise(kind, decisions, scores) for kind in kinds), tuple(decisions))


def replay(index: Index, turns: Sequence[str], condense_turn: Condense) -> History:
    """A history in which each turn was answered with the section that is found first."""
    said: list[Turn] = []
    for turn in turns:
        condensed = condense_turn(History(tuple(said)), turn)
        said.append(Turn("user", turn))
        if condensed.kind != "small talk":
            hits = find(index, condensed.question, 1).hits
            said.append(Turn("assistant", "", hits[0].path if hits else ()))
    return History(tuple(said))


def score(index: Index, question: str, conversation: Conversation) -> tuple[float, float]:
    """nDCG@10 and hit@5 of one way to ask."""
    found = [hit.section.id for hit in find(index, question, DEPTH).hits]
    missing = [page for page in conversation.pages if not is_section(index, page)]
    if missing:
        cause = f"The conversation {conversation.id} expects the section {missing[0]}, which is not in the index."
        raise BadSource(cause, "Name it as it is now in evals/cases/followups.jsonl.")
    ndcg10, _, _, hit5 = grade(found, dict.fromkeys(conversation.pages, 1.0))
    return ndcg10, hit5


def is_section(index: Index, identifier: str) -> bool:
    """Whether the index has a section of that name."""
    document, _, anchor = identifier.partition("#")
    statement = "SELECT 1 FROM sections WHERE document = ? AND anchor = ?"
    return index.catalog.connection.execute(statement, (document, anchor)).fetchone() is not None


def summarise(
    kind: str, decisions: Sequence[Decision], scores: Sequence[Mapping[str, tuple[float, float]]]
) -> FollowupResult:
    """The means over the conversations of a kind."""
    chosen = [(d, s) for d, s in zip(decisions, scores, strict=True) if kind in (WHOLE, d.kind)]
    scored = [s for _, s in chosen if s]

    def means(place: int) -> dict[str, float]:
        return {way: fmean(s[way][place] for s in scored) for way in WAYS} if scored else {}

    return FollowupResult(
        kind, len(chosen), fmean(d.right for d, _ in chosen), len(scored), ndcg10=means(0), hit5=means(1)
    )
