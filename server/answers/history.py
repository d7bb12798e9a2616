"""What was said before a question: at most so many turns and tokens, the newest kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mlplaybook.ingest.errors import BadQuestion

MOST_TURNS = 20
MOST_TOKENS = 2_000
Role = Literal["user", "assistant"]
CountTokens = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side said. `headings` are page title and headings of the section that an answer cites first."""

    role: Role
    text: str
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """Turns, oldest first; `dropped` older ones were over the bounds."""

    turns: tuple[Turn, ...] = ()
    dropped: int = 0


EMPTY = History()


def words_and_a_half(text: str) -> int:
    """A token count for want of a tokenizer: English has about 1.3 word pieces a word.

    >>> words_and_a_half("How do I detect drift?")
    8
    """
    return -(-len(text.split()) * 3 // 2)


def create_history(
    turns: Iterable[Turn],
    count: CountTokens = words_and_a_half,
    most_turns: int = MOST_TURNS,
    most_tokens: int = MOST_TOKENS,
) -> History:
    """The newest turns within the bounds; a turn that does not fit ends the history, it is never cut."""
    every = tuple(turns)
    kept: list[Turn] = []
    tokens = 0
    for turn in reversed(every):
        tokens += count(turn.text)
        if len(kept) == most_turns or tokens > most_tokens:
            break
        kept.append(turn)
    return History(tuple(reversed(kept)), len(every) - len(kept))


def read_turns(records: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """Turns from records with `role`, and `content` or `text`; system messages are left out.

    :raises BadQuestion: a record is not a turn.
    """
    turns = []
    for number, record in enumerate(records, start=1):
        role, text = record.get("role"), record.get("content", record.get("text"))
        if role == "system":
            continue
        if (role != "user" and role != "assistant") or not isinstance(text, str):
            cause = (
                f"Turn {number} of the history is not a turn: its role is {role!r} and its text {type(text).__name__}."
            )
            raise BadQuestion(cause, 'Give {"role": "user" or "assistant", "content": "..."} a turn.')
        turns.append(Turn(role, text, tuple(str(heading) for heading in record.get("headings") or ())))
    return tuple(turns)
