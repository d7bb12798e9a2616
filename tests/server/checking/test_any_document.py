"""Whatever a document holds, the check ends with findings or with one of the errors that a person can mend."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.artefacts.checking.check import check, examine
from mlplaybook.server.artefacts.library import load_template, names
from tests.server.checking.documents import nest

WORDS = st.sampled_from(
    [
        "none", "TBD", "", "n/a", "0.2", "80 ms", "latest", "PSI > 0.2", "2026-02-30", "from 5% to 6% by May", "{{ x }}",
        "train to 2026-01-01, test from 2025-01-01", "0.5 [0.1, 0.2]", "random 20% split", "1e999", "1" * 400, "-", "é" * 50,
    ]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), WORDS, st.dates().map(str)
)
KEYS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["n", "positives", "value", "ci95", "metric", "delta", "from", "to", "date", "type", "runbook", "warn"]
    ),
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
FIELDS = {name: tuple(field.name for field in load_template(name).fields) for name in names("templates")}


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, str]:
    """A template and a document in which any of its fields has any value."""
    name = draw(st.sampled_from(sorted(FIELDS)))
    values = draw(st.dictionaries(st.sampled_from(FIELDS[name]), ANYTHING, max_size=8))
    tree: dict[str, object] = {}
    for field, value in values.items():
        try:
            tree = {**tree, **nest({**flat(tree), field: value})}
        except (TypeError, AttributeError):
            continue
    return name, yaml.safe_dump(tree, allow_unicode=True)


def flat(tree: dict[str, object], start: str = "") -> dict[str, object]:
    """Nested mappings as dotted names."""
    found: dict[str, object] = {}
    for key, value in tree.items():
        name = f"{start}{key}"
        found |= flat(value, f"{name}.") if isinstance(value, dict) and value else {name: value}
    return found


@settings(max_examples=250, deadline=None)
@given(documents())
def test_any_value_in_any_field_gives_findings(document: tuple[str, str]) -> None:
    name, text = document
    try:
        findings = check(text, name)
    except PlaybookError:
        return
    assert all(finding.problem and finding.remedy and "#" in finding.section for finding in findings)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=10), ANYTHING, max_size=5))
def test_any_json_gives_findings_or_an_error_of_ours(tree: dict[str, object]) -> None:
    try:
        examine(json.dumps(tree), file="a.json")
    except PlaybookError:
        return


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=400),
    st.sampled_from(["", "a.md", "a.yaml", "a.json", "Dockerfile"]),
    st.sampled_from(sorted(FIELDS)),
)
def test_any_text_in_any_form_gives_findings_or_an_error_of_ours(text: str, file: str, name: str) -> None:
    try:
        examine(text, name, file)
    except PlaybookError:
        return


HOSTILE = {
    "spaces": " " * 200_000 + "x",
    "colons": "a: " * 100_000,
    "deep": "[" * 100_000,
    "deep-json": '{"a":' * 100_000,
    "pipes": "\n".join("|" * 1900 for _ in range(200)),
    "headings": "# " + " " * 200_000 + "x\n## y\n" * 20_000,
    "fences": "```yaml\n" * 60_000,
    "braces": "{{ a }}" * 50_000,
    "digits": "problem_brief: {baseline: '" + "1" * 200_000 + "'}",
    "signs": "problem_brief: {baseline: '" + "-" * 200_000 + "', success_metric: '" + "%" * 200_000 + "'}",
    "bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join('*' + chr(97 + i) for _ in range(9))}]\n" for i in range(9)),
    "object": "problem_brief: !!python/object/apply:os.system ['true']",
    "itself": "problem_brief: &p {baseline: *p}",
    "trailer": "x\n# mlplaybook fill 1 problem-brief yaml: z\n" + '# problem_brief.baseline = "\n' * 20_000,
    "nul": 'problem_brief: "\\0"',
}


@pytest.mark.parametrize("name", ["problem-brief", "evaluation-report", "monitoring-dashboard", "model-card"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_documents_end_soon(case: str, name: str) -> None:
    started = time.perf_counter()
    with contextlib.suppress(PlaybookError):
        check(HOSTILE[case], name)
    assert time.perf_counter() - started < 10
