"""What happens while a question is answered, as a stream tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from mlplaybook.server.answers.assess import Findings
from mlplaybook.server.answers.records import Answer, Statement


@dataclass(frozen=True, slots=True)
class Searched:
    """What was found; `searched` is the question that was searched for where a conversation made another one of it."""

    found: Findings
    searched: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A verified statement of the answer."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class Voided:
    """Every statement so far is void, and why: the model began anew, or the pages are quoted instead."""

    reason: str


@dataclass(frozen=True, slots=True)
class Over:
    """The whole answer; its statements are those that were said since the last Voided."""

    answer: Answer


Event: TypeAlias = Searched | Said | Voided | Over
