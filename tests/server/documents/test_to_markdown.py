"""YAML templates as documents that people read."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from mlplaybook.server.artefacts.documents.to_markdown import to_markdown
from mlplaybook.server.artefacts.library import load_template, names
from tests.server.documents.fills import example_of, fill_of

YAML_FORMS = [name for name in names("templates") if not load_template(name).body]


@pytest.mark.parametrize("name", YAML_FORMS)
def test_every_value_stands_in_the_document(name: str) -> None:
    template, fill = example_of(name)
    text = to_markdown(template, fill, {})
    for filled in fill.fields.values():
        if isinstance(filled.value, str):
            assert filled.value.replace("|", "\\|")[:40] in text


def test_short_values_are_a_table_and_long_ones_have_a_heading() -> None:
    template, fill = example_of("serving-config")
    text = to_markdown(template, fill, {})
    assert (
        "## Infrastructure\n\n| Field | Value | Where it is from |\n| --- | --- | --- |\n| Compute | CPU, 4 cores, 8 GB limit |"
        in text
    )
    assert "| Instances: min | 8 replicas | filled · --set |\n" in text
    card, fill = example_of("model-card")
    text = to_markdown(card, fill, {})
    assert "\n### Sliced metrics\n\n|  | Rows | Positives | Recall | 95% interval |\n" in text
    assert "| Needs interpreter | 654 | 102 | 0.51 | 0.414 to 0.605 |\n" in text


def test_what_is_missing_asks_its_question() -> None:
    text = to_markdown(load_template("problem-brief"), fill_of(load_template("problem-brief"), {}), {})
    assert "\n## Baseline\n\n**TODO(problem_brief.baseline), missing:** How well is this done today without ML" in text
    assert "*assumed · the template's default; to confirm: Which results" in text


def test_words_of_people_are_no_markup() -> None:
    template = load_template("problem-brief")
    values = {
        "problem_brief.business_objective": "# Not a heading\n- not a list\n<script>alert(1)</script>"
        " <!-- not hidden\n| not | a table |",
        "problem_brief.kill_criteria": ["<b>1</b>", "answer in <100 ms"],
    }
    text = to_markdown(template, fill_of(template, values), {})
    kinds = [token.type for token in MarkdownIt().enable("table").parse(text)]
    assert "html_block" not in kinds
    assert kinds.count("heading_open") == 1 + len(template.fields)
    assert kinds.count("bullet_list_open") == 1
    assert "- answer in <100 ms" in text
