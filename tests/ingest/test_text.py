"""Bytes to text, front matter, plain words."""

from __future__ import annotations

import datetime

import pytest

from mlplaybook.ingest.decode import NotText, decode
from mlplaybook.ingest.frontmatter import BadFrontMatter, FrontMatter, as_text, as_texts, read_front_matter
from mlplaybook.ingest.plain import plain, slug


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"abc\x00def", "byte 3 is NUL, so this is not a text file; remove it or convert the file to UTF-8 text"),
        (b"caf\xe9", "byte 3 (0xe9) is not UTF-8; save the file as UTF-8"),
        (b"x\xed\xa0\x80", "byte 1 (0xed) is not UTF-8; save the file as UTF-8"),
    ],
    ids=["nul", "latin-1", "lone surrogate"],
)
def test_bytes_that_are_no_text_are_named_with_their_place(data: bytes, reason: str) -> None:
    with pytest.raises(NotText, match="byte") as error:
        decode(data)
    assert str(error.value) == reason


def test_front_matter_ends_where_the_body_begins() -> None:
    text = "---\nid: a\n---\nBody"
    front = read_front_matter(text)
    assert front == FrontMatter({"id": "a"}, 14)
    assert text[front.body_start :] == "Body"


@pytest.mark.parametrize("text", ["Body", "---\nJust a line below a rule\n", "----\nx", ""])
def test_text_without_front_matter_begins_at_zero(text: str) -> None:
    assert read_front_matter(text) == FrontMatter({}, 0)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\nid: a\nBody", "front matter opens on line 1 with '---' and never closes"),
        ("---\nid: a\ntitle: b: c\n---\n", "front matter, line 3: mapping values are not allowed here"),
        ("---\n- a\n- b\n---\n", "front matter is a list, not 'key: value' lines"),
    ],
    ids=["never closed", "bad yaml", "a list"],
)
def test_broken_front_matter_is_named_with_line_and_remedy(text: str, reason: str) -> None:
    with pytest.raises(BadFrontMatter) as error:
        read_front_matter(text)
    assert str(error.value).startswith(reason)
    assert "; " in str(error.value)


def test_front_matter_values_become_text() -> None:
    assert as_text(datetime.date(2026, 11, 21)) == "2026-11-21"
    assert as_texts(["psi", 3]) == ("psi", "3")
    assert as_texts("psi, ks") == ("psi", "ks")
    assert as_texts(None) == ()


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**bold** and *soft*", "bold and soft"),
        ("`a*b*c` stays", "`a*b*c` stays"),
        ("2 * 3 * 4 and a_b_c", "2 * 3 * 4 and a_b_c"),
        ('[text](url "t") and ![alt](x.png)', "text and alt"),
        ("claim.[^key-1] Next.", "claim. Next."),
    ],
)
def test_plain_keeps_words_and_drops_markup(markdown: str, words: str) -> None:
    assert plain(markdown) == words


def test_slugs_follow_githubs_rule() -> None:
    assert slug("What is `PSI`, and why?") == "what-is-psi-and-why"
