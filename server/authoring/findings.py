"""What a check has to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from mlplaybook.server.authoring.pages import Playbook


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: the rule that it breaks, the page#heading or file, and what to do."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message} [{self.rule}]"


# A rule looks at the whole playbook on a given day.
Rule = Callable[[Playbook, date], Iterator[Finding]]
