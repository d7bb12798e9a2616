"""The records that are made as mappings, as schemas for the documentation; all others are documented by their dataclasses."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from mlplaybook.server.artefacts.deciding.records import Verdict
from mlplaybook.server.artefacts.records import Fill, Finding
from mlplaybook.server.calls.library import Listed, PageEntry
from mlplaybook.server.calls.verify import QuoteFound

Coverage = Literal["full", "partial", "none"]


class Record(BaseModel):
    """A reply; nothing else is in it."""

    model_config = ConfigDict(extra="forbid")


class HitRecord(Record):
    """A section; `score` is higher for better. Where `applies` is false, its page is not for the project, and `why`."""

    document: str
    section: str
    heading_path: list[str]
    score: float
    text: str
    char_start: int
    char_end: int
    applies: bool = True
    why: str = ""


class SearchRecord(Record):
    """Sections best first; `coverage` says how far they answer, `hint` what to do where that is not fully."""

    query: str
    generation: str
    degraded: list[str]
    coverage: Coverage
    hits: list[HitRecord]
    next_cursor: str
    hint: str


class ReadRecord(Record):
    """A page or section; `text` is the page's characters from `char_start` to `char_end`, `sections` are all of the page."""

    document: str
    section: str
    heading_path: list[str]
    text: str
    char_start: int
    char_end: int
    source: str
    description: str
    reviewed: str
    modified: str
    sources: list[dict[str, str]]
    sections: list[str]
    truncated: bool
    next_cursor: str


class PagesRecord(Record):
    """The pages in the order of the playbook."""

    generation: str
    pages: list[PageEntry]


class VerifyRecord(Record):
    """Each quote in the order asked; `all_hold` when every one stands where it is said to stand."""

    generation: str
    all_hold: bool
    quotes: list[QuoteFound]


class ListRecord(Record):
    """Artefacts of a kind."""

    items: list[Listed]


class FillRecord(Record):
    """The document, the usual name of its file, and what became of each field.

    `conflicts` are edits that the inputs contradict, `problems` are values that cannot be used.
    """

    document: str
    file: str
    media_type: str
    fill: Fill
    conflicts: list[str]
    problems: list[str]


class CheckRecord(Record):
    """What is wrong or doubtful, worst first."""

    template: str
    reason: str
    filled: int
    fields: int
    findings: list[Finding]
    errors: int
    warnings: int
    notes: int


class ChecklistItem(Record):
    """One line of a checklist; `section` is page#heading."""

    text: str
    why: str
    section: str
    exception: str = ""
    group: str = ""


class ChecklistRecord(Record):
    """A checklist and the moment to go through it."""

    id: str
    title: str
    description: str
    page: str
    when: str
    items: list[ChecklistItem]


class DecideRecord(Record):
    """What the table says; `note` says which table another name was taken for, `see` which others are near."""

    verdict: Verdict
    note: str
    see: list[str]


class DecisionRecord(Record):
    """A decision table: what it asks, its rows, and an example of inputs."""

    id: str
    title: str
    description: str
    page: str
    inputs: list[dict[str, Any]]
    hit: Literal["first", "all"]
    rows: list[dict[str, Any]]
    preset: dict[str, str]
    note: str
    see: list[str]
    asks: list[dict[str, Any]]
    names: list[str]
    example: dict[str, Any]


class StepEntry(Record):
    """One of the steps of development."""

    id: str
    title: str
    number: int
    pages: list[str]


class StepsRecord(Record):
    """The steps of development in their order."""

    steps: list[StepEntry]


class Alive(Record):
    """The process answers."""

    status: Literal["ok"]
    version: str


class Ready(Record):
    """Whether questions are answered as well as they can be; `degraded` says what does not work, `trouble` why."""

    status: Literal["ready", "loading"]
    generation: str
    degraded: list[str]
    trouble: str
