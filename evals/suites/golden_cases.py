"""The playbook's questions as cases: those that it covers, those that it does not, or both."""

from __future__ import annotations

from mlplaybook.evals.golden import Split
from mlplaybook.evals.records import Case
from mlplaybook.evals.suites.lines import read_lines, shown_name


def golden_cases(suite: str, split: Split, *, covered: bool | None = None) -> tuple[Case, ...]:
    """The questions of a split for a suite; only those that are covered, or not, where that is said."""
    name = f"{split}.jsonl"
    return tuple(
        Case(
            f"{suite}/{record['id']}",
            suite,
            record["slice"],
            shown_name(name),
            number,
            {"question": record["question"]},
            {"gold": record.get("gold", []), "facts": record.get("facts", [])},
        )
        for number, record in read_lines(name)
        if covered in (None, bool(record.get("gold")))
    )
