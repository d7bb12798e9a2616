"""Pages as trees: what is marked is what was quoted, and nothing but words and allowed elements comes out."""

from __future__ import annotations

import random
import re
import typing
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlplaybook.ingest.blocks import Span, parse_blocks
from mlplaybook.ingest.plain import plain
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.rest.rendering import Page, render
from mlplaybook.server.rest.sections import Tag
from tests.page.payloads import PAYLOADS

PAGE = Page(
    "drift",
    "07/drift.md",
    resolve=lambda path, anchor: f"{path.rpartition('/')[2]}#{anchor}" if path == "07/psi" else "",
)
WORDS = re.compile(r"\w+")


def tree(text: str, *quotes: str) -> list[Any]:
    spans = [Span(text.index(quote), text.index(quote) + len(quote)) for quote in quotes]
    return render(text, Span(0, len(text)), PAGE, spans)


def elements(nodes: list[Any]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if isinstance(node, dict):
            yield node
            yield from elements(node["nodes"])


def words(nodes: list[Any], *, marked: bool = False, inside: bool = False) -> str:
    """The words of a tree, or those that are marked."""
    parts = (
        (node if inside or not marked else "")
        if isinstance(node, str)
        else words(node["nodes"], marked=marked, inside=inside or node["tag"] == "mark")
        for node in nodes
    )
    return "".join(parts) + ("" if inside else " ")


def test_a_quote_is_marked_where_it_stands() -> None:
    made = tree("One. **Two** words `three`. Two words.", "Two** words `three`.")
    assert made == [
        {
            "tag": "p",
            "nodes": [
                "One. ",
                {"tag": "strong", "nodes": [{"tag": "mark", "nodes": ["Two"]}]},
                {"tag": "mark", "nodes": [" words "]},
                {"tag": "code", "nodes": [{"tag": "mark", "nodes": ["three"]}]},
                {"tag": "mark", "nodes": ["."]},
                " Two words.",
            ],
        }
    ]


def test_several_quotes_of_a_section_are_marked() -> None:
    assert words(tree("One. Two. Three. Four.", "Four.", "Two."), marked=True).split() == ["Two.Four."]


def test_a_row_of_a_table_is_marked_in_its_cells() -> None:
    text = "| a | b |\n|---|--:|\n| x | y |\n| x | z |\n"
    made = tree(text, "| x | z |")
    cells = [node for node in elements(made) if node["tag"] == "td"]
    marks = [words(cell["nodes"], marked=True).strip() for cell in cells]
    assert marks == ["", "", "x", "z"]
    assert [cell.get("align", "") for cell in cells] == ["", "right"] * 2


def test_code_is_marked_line_by_line_with_its_indentation() -> None:
    text = "- Item:\n\n  ```python\n  def f():\n      return 1\n  ```\n"
    pre = next(node for node in elements(tree(text, "return 1")) if node["tag"] == "pre")
    assert pre["language"] == "python"
    assert words(pre["nodes"]).strip() == "def f():\n    return 1"
    assert words(pre["nodes"], marked=True).strip() == "return 1"


def test_what_is_written_with_a_backslash_or_an_entity_is_marked_whole() -> None:
    assert words(tree(r"A \* b &amp; c d", r"\* b &amp; c"), marked=True).strip() == "* b & c"


def test_words_of_a_link_s_target_are_not_taken_for_words_of_the_page() -> None:
    made = tree("See [the page](https://example.org/drift) on drift.", "drift.")
    assert made[0]["nodes"][-1] == {"tag": "mark", "nodes": ["drift."]}


def test_source_marks_become_notes_and_stay_out_of_the_words() -> None:
    assert tree("True.[^smith-2020] More.", "True.[^smith-2020]")[0]["nodes"] == [
        {"tag": "mark", "nodes": ["True."]}, {"tag": "note", "key": "smith-2020", "nodes": []}, " More.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("target", "link"),
    [
        ("https://example.org/a?b=c", {"tag": "a", "href": "https://example.org/a?b=c"}),
        ("psi.md#bins", {"tag": "a", "section": "psi#bins"}),
        ("../07/psi.md#bins", {"tag": "a", "section": "psi#bins"}),
        ("unknown.md", {"tag": "span"}),
        ("//evil.example/x", {"tag": "span"}),
        ("ftp://example.org/x", {"tag": "span"}),
        ("https:evil", {"tag": "span"}),
    ],
)
def test_links_lead_to_the_web_or_into_the_corpus_or_nowhere(target: str, link: dict[str, str]) -> None:
    assert tree(f"[words]({target})")[0]["nodes"] == [{**link, "nodes": ["words"]}]


def test_a_picture_is_its_words() -> None:
    assert words(tree("Before ![a chart](https://evil.example/p.png) after")).strip() == "Before [a chart] after"


def test_headings_have_the_anchors_of_their_sections() -> None:
    text = "# Top\n\nText\n\n## Next\n"
    page = Page("drift", anchors={0: "top", text.index("## "): "next"})
    made = [node for node in elements(render(text, Span(0, len(text)), page)) if node["tag"] == "h"]
    assert [(node["level"], node["anchor"]) for node in made] == [(1, "top"), (2, "next")]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_html_and_scripts_stay_words(payload: str) -> None:
    made = list(elements(tree(f"Before {payload} after\n\n- {payload}\n\n| a |\n|---|\n| {payload} |\n")))
    assert {node["tag"] for node in made} <= set(typing.get_args(Tag))
    assert all(node.get("href", "https://").startswith(("http://", "https://")) for node in made)
    assert {key for node in made for key in node} <= {"tag", "nodes", "href", "section", "level", "anchor", "key"}


@given(st.text(alphabet="ab `*_[]()|\\\n#>-1.!<&;~^:/"), st.integers(0, 60), st.integers(0, 60))
def test_any_text_keeps_its_words_and_any_range_can_be_marked(text: str, start: int, end: int) -> None:
    whole = render(text, Span(0, len(text)), PAGE)
    marked = render(text, Span(0, len(text)), PAGE, [Span(start, end)])
    assert words(whole, inside=True) == words(marked, inside=True)
    assert {node["tag"] for node in elements(marked)} <= set(typing.get_args(Tag))


def test_every_block_and_row_of_the_playbook_is_marked_exactly() -> None:
    """A sample of a tenth of the blocks, each with its items or rows; a quote that is all of one has all of its words marked."""
    chance, wrong = random.Random(7), []
    for path in sorted(pages_folder().glob("*/*.md")):
        text = path.read_text("utf-8")
        for block in parse_blocks(text, text.index("\n---", 3) + 5):
            if chance.random() > 0.1 or block.kind == "other":
                continue
            for span in (Span(block.start, block.end), *block.parts):
                source = text[span.start : span.end]
                lines = (
                    source.split("\n")[1:-1]
                    if block.kind == "code"
                    else [re.sub(r"^\s*\d+\.\s", "", line) for line in plain(source).split("\n")]
                )
                made = render(text, Span(block.start, block.end), PAGE, [span])
                if "".join(WORDS.findall(words(made, marked=True))) != "".join(WORDS.findall(" ".join(lines))):
                    wrong.append((path.stem, source))
    assert wrong == []
