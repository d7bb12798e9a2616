"""The records of a guide: what is wanted, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlplaybook.server.artefacts.guiding.extras import Checklist, Task
from mlplaybook.server.artefacts.guiding.steps import Change, LeftOut
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
    change: Change = Change()


@dataclass(frozen=True, slots=True)
class PageUsed:
    """A page of a guide: in which version, what of it is shown, and what is not, best first.

    `sections` are page#heading to the pieces that are shown and whether they are all of it; `left` are page#heading of what
    is not shown or only in part; `depends` says on what its place here depends while an option is not known.
    """

    page: str
    title: str
    reason: str
    depends: str
    reviewed: str
    volatility: str
    sha256: str
    tokens: int
    whole: tuple[str, ...]
    partly: tuple[str, ...]
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
