"""What only keeps the place of a value, and what was copied from the template."""

from __future__ import annotations

import pytest

from mlplaybook.server.artefacts.checking.placeholders import find_copies, find_marks
from mlplaybook.server.artefacts.library import load_template

FIELDS = {
    field.name: field
    for name in ("problem-brief", "model-card", "registry-record")
    for field in load_template(name).fields
}
BASELINE = "problem_brief.baseline"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (BASELINE, "TBD", ["error"]),
        (BASELINE, "todo", ["error"]),
        (BASELINE, "XX% precision", ["error"]),
        (BASELINE, "<your baseline>", ["error"]),
        (BASELINE, "???", ["error"]),
        (BASELINE, "to be confirmed", ["error"]),
        (BASELINE, "Rules find 28% of the cases; the count for March is still TBD with the branch", ["warning"]),
        (BASELINE, "n/a", ["warning"]),
        (BASELINE, "none: nobody has sorted them before, chance is 4%", []),
        (BASELINE, "Rules find 28% of the cases", []),
        (BASELINE, "None, this is a new project", ["error"]),
        ("problem_brief.ethical_considerations", "N/A", ["error"]),
        ("registry_record.serving_requirements.gpu", "none", []),
        ("model_card.version", "latest", ["warning"]),
        ("model_card.limitations", ["TODO"], ["error"]),
    ],
)
def test_marks_and_copies_are_found(name: str, value: object, expected: list[str]) -> None:
    found = [*find_marks(value, FIELDS[name]), *find_copies(value, FIELDS[name])]
    assert [severity for severity, _, _ in found] == expected


def test_a_good_example_that_was_left_unchanged_is_a_warning() -> None:
    field = FIELDS["model_card.intended_use"]
    found = list(find_copies(field.good, field))
    assert [(severity, problem) for severity, problem, _ in found] == [
        ("warning", "it is the template's own example, unchanged")
    ]


def test_a_bad_example_is_told_why_it_is_bad() -> None:
    field = FIELDS[BASELINE]
    (_, problem, _), *_ = find_copies(field.bad, field)
    assert problem == f"it is the template's example of a bad answer: {field.why_bad}"
