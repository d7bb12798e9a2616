"""Fill cases: project folders with the fields that a right filling has, and how fillings are scored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mlplaybook.ingest.errors import BadSource
from mlplaybook.server.artefacts.filling.read_inputs import read_inputs
from mlplaybook.server.artefacts.filling.records import InputText
from mlplaybook.server.artefacts.filling.values import read_duration
from mlplaybook.server.artefacts.library import load_template
from mlplaybook.server.artefacts.quantities import convert, parse_quantity
from mlplaybook.server.artefacts.records import Field, Fill, Filled, Template

CASES = Path(__file__).parent / "cases" / "fill"
# A list is right when at least half of what belongs to it is there and nothing forbidden is.
ENOUGH_ENTRIES = 0.5
Filler = Callable[[Template, Sequence[InputText]], Fill]


@dataclass(frozen=True, slots=True)
class Document:
    """One template to be filled from some files of a case; `absent` fields must stay open, `open` ones are not scored."""

    case: str
    template: str
    inputs: tuple[InputText, ...]
    fields: Mapping[str, Mapping[str, Any]]
    absent: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one field was filled: `wanted` when the inputs have it, `right` when the value is one of the right ones.

    `share` is the part of a list's or mapping's entries that were found. `proven` means that every quote stands in an input.
    """

    case: str
    template: str
    field: Field
    filled: Filled
    wanted: bool
    right: bool
    share: float
    proven: bool


def read_documents(split: str, folder: Path = CASES) -> tuple[Document, ...]:
    """The documents of a split in order; raises BadSource when there is none."""
    cases = sorted(path.parent for path in (folder / split).glob("*/gold.yaml"))
    if not cases:
        raise BadSource(f"There are no fill cases in {folder / split}.", "Splits are dev and test.")
    return tuple(document for case in cases for document in read_case(case))


def read_case(case: Path) -> Iterator[Document]:
    """The documents of one case."""
    values = yaml.safe_load((case / "gold.yaml").read_text("utf-8"))
    for gold in values["gold"]:
        inputs = read_inputs(case / name for name in gold["from"])
        absent, opened = tuple(gold.get("absent") or ()), tuple(gold.get("open") or ())
        yield Document(case.name, gold["template"], inputs, gold["fields"], absent, opened)


def score_document(document: Document, made: Fill) -> tuple[Verdict, ...]:
    """A verdict on every field that is scored."""
    texts = {given.source: given.text for given in document.inputs}
    return tuple(
        judge(document, field, made.fields[field.name], texts)
        for field in load_template(document.template).fields
        if field.name not in document.open
    )


def judge(document: Document, field: Field, filled: Filled, texts: Mapping[str, str]) -> Verdict:
    """One field against its gold."""
    gold = document.fields.get(field.name)
    share = 0.0
    if gold is not None and filled.status == "filled":
        share = share_right(field, gold, filled.value)
    proven = all(texts.get(e.source, "")[e.char_start : e.char_end] == e.quote for e in filled.evidence)
    proven = proven and (bool(filled.evidence) or filled.status != "filled")
    return Verdict(
        document.case, document.template, field, filled, gold is not None, share >= ENOUGH_ENTRIES, share, proven
    )


def share_right(field: Field, gold: Mapping[str, Any], value: Any) -> float:  # noqa: ANN401
    """1 for a right value, 0 for a wrong one, the part that was found for lists and mappings."""
    said = squash(value)
    if any(squash(word) in said for word in gold.get("must_not", ())):
        return 0.0
    if "must" in gold:
        return float(all(squash(word) in said for word in gold["must"]))
    if "items" in gold:
        entries = [squash(entry) for entry in (value if isinstance(value, list) else [value])]
        hits = [any(all(squash(word) in entry for word in words) for entry in entries) for words in gold["items"]]
        return sum(hits) / len(hits)
    if "entries" in gold:
        given = {plain_name(name): number for name, number in value.items()} if isinstance(value, Mapping) else {}
        hits = [same(field, given.get(plain_name(name)), number) for name, number in gold["entries"].items()]
        return sum(hits) / len(hits)
    return float(any(same(field, value, wanted) for wanted in (gold.get("one_of") or [gold["value"]])))


def same(field: Field, value: Any, wanted: Any) -> bool:  # noqa: ANN401
    """Whether two values mean the same: numbers by size, durations by length, words without regard to case."""
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    if isinstance(wanted, list):
        return isinstance(value, list) and [str(v) for v in value] == [str(w) for w in wanted]
    if field.type == "duration":
        return seconds(value) == seconds(wanted) is not None
    if isinstance(wanted, int | float):
        number = as_number(value)
        return number is not None and abs(number - wanted) <= 1e-6 * max(1.0, abs(wanted))
    return squash(value) == squash(wanted)


def as_number(value: Any) -> float | None:  # noqa: ANN401
    """A number, or the number that words are."""
    if isinstance(value, int | float):
        return float(value)
    quantity = parse_quantity(str(value)) if value is not None else None
    return quantity.amount if quantity else None


def seconds(value: Any) -> float | None:  # noqa: ANN401
    """The length of a duration."""
    quantity = parse_quantity(read_duration(str(value)))
    return convert(quantity, "s") if quantity else None


def squash(value: Any) -> str:  # noqa: ANN401
    """Words in lower case with single spaces."""
    return re.sub(r"\s+", " ", str(value)).strip().lower()


def plain_name(name: str) -> str:
    """A metric's name as the gold writes it."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over verdicts: filled and right, filled, and present in the inputs."""

    right: int
    filled: int
    wanted: int
    unproven: int

    @property
    def precision(self) -> float:
        """The share of filled fields that are right; 1 where nothing was filled."""
        return self.right / self.filled if self.filled else 1.0

    @property
    def recall(self) -> float:
        """The share of the fields in the inputs that were filled rightly."""
        return self.right / self.wanted if self.wanted else 1.0


def count(verdicts: Sequence[Verdict]) -> Score:
    """The counts of verdicts."""
    filled = [v for v in verdicts if v.filled.status == "filled"]
    return Score(
        sum(v.right for v in filled), len(filled), sum(v.wanted for v in verdicts), sum(not v.proven for v in filled)
    )


def measure_fill(documents: Sequence[Document], filler: Filler) -> tuple[Verdict, ...]:
    """Every document filled and judged."""
    return tuple(
        verdict
        for document in documents
        for verdict in score_document(document, filler(load_template(document.template), document.inputs))
    )
