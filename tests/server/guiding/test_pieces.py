"""What a guide may take of a page, depth by depth."""

from __future__ import annotations

from mlplaybook.ingest.documents import Document
from mlplaybook.server.artefacts.guiding.pieces import read_parts, tidy

PAGE = """# Drift

Drift is a change.

## Summary

- Compare windows.[^a-1]
- Read the [slices](../05-evaluation/slices.md#which-slices).

## Deep Guidance

### Which index?

Use the index.[^a-1] Its cut-offs are these:

| Index | Meaning |
|---|---|
| .2 | alert |

Ask the owner.

### In Python?

```python
import x  # see [docs](x.md) and [^a-1]
```

[a]: https://a.b
"""
DOCUMENT = Document("drift", "Drift", PAGE, "drift.md")
SUMMARY = ("- Compare windows.", "- Read the slices (`slices#which-slices`).")
TABLE = "| Index | Meaning |\n|---|---|\n| .2 | alert |"
CODE = "```python\nimport x  # see [docs](x.md) and [^a-1]\n```"


def shown(depth: int, document: Document = DOCUMENT) -> list[tuple[str, tuple[str, ...], bool]]:
    return [(part.section.id, part.units, part.whole) for part in read_parts(document, depth)]


def test_depth_two_is_the_summary_point_by_point() -> None:
    assert shown(2) == [("drift#summary", SUMMARY, True)]


def test_depth_three_is_what_a_section_says_first_without_what_it_announces() -> None:
    assert shown(3)[1:] == [("drift#which-index", ("Use the index.",), False), ("drift#in-python", (CODE,), True)]


def test_depth_four_is_the_first_paragraph_with_its_table() -> None:
    first = f"Use the index. Its cut-offs are these:\n\n{TABLE}"
    assert shown(4)[1] == ("drift#which-index", (first,), False)


def test_depth_five_is_every_word_of_the_sections_and_code_as_it_is() -> None:
    first = f"Use the index. Its cut-offs are these:\n\n{TABLE}"
    assert shown(5) == [
        ("drift#summary", SUMMARY, True),
        ("drift#which-index", (first, "Ask the owner."), True),
        ("drift#in-python", (CODE,), True),
    ]


def test_a_page_without_a_summary_is_all_sections_at_any_depth() -> None:
    text = "# Ours\n\nWe do it so.\n\n## Empty\n\n## Why\n\nBecause.\n"
    page = Document("ours", "Ours", text, "ours.md")
    expected = [("ours#ours", ("We do it so.",), True), ("ours#why", ("Because.",), True)]
    assert shown(2, page) == shown(5, page) == expected


def test_links_within_a_page_and_to_others_become_words() -> None:
    assert tidy("[a](#here), [b](b.md), `[c](c.md)` and ![d](x/d.svg)") == "a, b (`b`), `[c](c.md)` and d"
