"""The records of a guide: what is wanted, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlplaybook.server.artefacts.guiding.extras import Checklist, Task
from mlplaybook.server.artefacts.guiding.steps import NO_CHANGE, Change, LeftOut
from mlplaybook.server.retrieval.profiles import UNKNOWN, Profile

# Half a screen of an agent's window at a depth that gives summaries and first paragraphs.
TOKENS = 2000
DEPTH = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """A step, for a project, in at most so many tokens; a question decides which sections come first."""

    step: str
    profile: Profile = UNKNOWN
    tokens: int = TOKENS
    depth: int = DEPTH
    question: str = ""
    change: Change = NO_CHANGE


@dataclass(frozen=True, slots=True)
class SectionUsed:
    """How much of a section (page#heading) is shown: so many of the pieces that the depth gives; `whole` when it is all."""

    section: str
    shown: int
    of: int
    whole: bool


@dataclass(frozen=True, slots=True)
class PageUsed:
    """A page of a guide: in which version, and what of it is shown.

    `sections` are in the order of the page; `left` is page#heading of what is not shown or only in part, what matters most
    first; `depends` says on what its place here depends while an option is not known.
    """

    page: str
    title: str
    reason: str
    depends: str
    reviewed: str
    volatility: str
    sha256: str
    tokens: int
    sections: tuple[SectionUsed, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The guidance for a step: `text` is all of it as Markdown in seven sections, `tokens` what that has.

    `checks_shown` and `tasks_shown` count what of the checklists and tasks stands in the text; here they are whole.
    `counted_by` says by what tokens were counted; `unknown` are the options that nothing is known of.
    """

    step: str
    title: str
    profile: Mapping[str, str]
    unknown: tuple[str, ...]
    depth: int
    question: str
    budget: int
    tokens: int
    counted_by: str
    corpus: str
    generation: str
    pages: tuple[PageUsed, ...]
    checklists: tuple[Checklist, ...]
    checks_shown: Mapping[str, int]
    tasks: tuple[Task, ...]
    tasks_shown: int
    left_out: tuple[LeftOut, ...]
    text: str
