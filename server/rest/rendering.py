"""Markdown as a tree of allowed elements, with the characters of quotes marked.

Whoever shows the tree makes elements and text nodes of it, so that nothing of a page is ever parsed as HTML.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mlplaybook.ingest.blocks import Span, line_starts
from mlplaybook.ingest.plain import SOURCE_MARK

# A text, or an element with its tag, its nodes and what its tag needs.
Node: TypeAlias = "str | dict[str, Any]"
Quotes: TypeAlias = Sequence[Span]
# The whole of what can come out beside text: markdown-it's names and ours.
TAGS: Mapping[str, str] = {
    "paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "blockquote": "blockquote",
    "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr", "th": "th", "td": "td",
    "strong": "strong", "em": "em", "s": "s", "heading": "h", "link": "a",
}  # fmt: skip
WEB = frozenset({"http", "https"})
LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,20}")


def create_parser() -> MarkdownIt:
    """CommonMark with tables; HTML is text, and what stands behind a backslash stays apart so that it can be found again."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.core.ruler.disable("text_join")
    return parser


PARSER = create_parser()


@dataclass(frozen=True, slots=True)
class Page:
    """What links and headings of a page lead to.

    `anchors` are those of its headings by the character where they begin; `resolve` gives page#heading for a page's name and
    an anchor, "" where there is none.
    """

    id: str
    source: str = ""
    anchors: Mapping[int, str] = field(default_factory=dict)
    resolve: Callable[[str, str], str] = lambda page, anchor: ""


@dataclass(slots=True)
class Place:
    """How far the source has been read; a block's inline parts stand in it one behind the other."""

    text: str
    lines: Sequence[int]
    base: int
    at: int = 0
    end: int = 0

    def enter(self, rows: Sequence[int] | None) -> None:
        """Go to the lines of a block; cells of a row stand behind each other."""
        if rows is not None:
            self.at = max(self.at, self.lines[rows[0]])
            self.end = self.lines[min(rows[1], len(self.lines) - 1)]

    def find(self, words: str, *, behind: int = 0) -> int:
        """Where in the whole page words stand next; what follows is looked for `behind` them.

        Where they are written otherwise, the place that has been read up to, which is in the same block.
        """
        found = self.text.find(words, self.at, self.end)
        if found >= 0:
            self.at = found + len(words) + behind
        return self.base + (found if found >= 0 else self.at)


def render(text: str, span: Span, page: Page, quotes: Quotes = ()) -> list[Node]:
    """The tree of `text[span.start:span.end]`; `quotes` are ranges of `text`."""
    part = text[span.start : span.end]
    place = Place(part, line_starts(part, 0), span.start)
    root: list[Node] = []
    stack = [root]
    for token in PARSER.parse(part):
        if token.hidden and token.nesting:
            # The paragraphs of a list without blank lines.
            stack.append(stack[-1]) if token.nesting > 0 else stack.pop()
        elif token.nesting > 0:
            node = create_block(token, place, page)
            stack[-1].append(node)
            stack.append(node["nodes"])
        elif token.nesting < 0:
            stack.pop()
        elif token.type == "inline":
            place.enter(token.map)
            stack[-1].extend(inline(token.children or (), place, page, quotes))
        elif token.type in {"fence", "code_block"}:
            stack[-1].append(code(token, place, quotes))
        elif token.type == "hr":
            stack[-1].append({"tag": "hr", "nodes": []})
    return root


def create_block(token: Token, place: Place, page: Page) -> dict[str, Any]:
    """A block's element without its nodes."""
    name = token.type.removesuffix("_open")
    node: dict[str, Any] = {"tag": TAGS.get(name, "span"), "nodes": []}
    if name == "heading":
        start = place.base + place.lines[token.map[0]] if token.map else -1
        node |= {"level": int(token.tag[1]), "anchor": page.anchors.get(start, "")}
    elif name == "ordered_list" and token.attrGet("start"):
        node["start"] = int(token.attrGet("start") or 1)
    elif name in {"th", "td"} and "right" in str(token.attrGet("style") or ""):
        node["align"] = "right"
    return node


def code(token: Token, place: Place, quotes: Quotes) -> Node:
    """A block of code, line by line, since its indentation is not in what the parser gives."""
    place.enter(token.map)
    if token.type == "fence" and token.map:
        place.at = place.lines[min(token.map[0] + 1, len(place.lines) - 1)]
    nodes: list[Node] = []
    for line in token.content.splitlines(keepends=True):
        nodes.extend(marked(line, place.find(line.rstrip("\n")), len(line), quotes))
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    node: dict[str, Any] = {"tag": "pre", "nodes": joined(nodes)}
    return node | ({"language": language} if LANGUAGE.fullmatch(language) else {})


def inline(tokens: Sequence[Token], place: Place, page: Page, quotes: Quotes) -> list[Node]:
    """The words of a block."""
    root: list[Node] = []
    stack = [root]
    for token in tokens:
        if token.nesting > 0:
            node: dict[str, Any] = {"tag": tag_of(token), "nodes": []}
            if token.type == "link_open":
                node = create_link(token, page)
            stack[-1].append(node)
            stack.append(node["nodes"])
        elif token.nesting < 0:
            stack.pop()
            if token.type == "link_close" and token.markup != "autolink":
                skip_target(place)
        else:
            stack[-1].extend(leaf(token, place, quotes))
    return joined(root)


def tag_of(token: Token) -> str:
    """The element of an inline token."""
    return TAGS.get(token.type.removesuffix("_open"), "span")


def leaf(token: Token, place: Place, quotes: Quotes) -> Iterator[Node]:
    """What stands within no further markup."""
    if token.type in {"softbreak", "hardbreak"}:
        yield "\n" if token.type == "softbreak" else {"tag": "br", "nodes": []}
    elif token.type == "code_inline":
        place.find(token.markup)
        start = place.find(token.content, behind=len(token.markup))
        yield {"tag": "code", "nodes": marked(token.content, start, len(token.content), quotes)}
    elif token.type == "image":
        # No page loads anything from elsewhere.
        yield f"[{token.content or 'image'}]"
        skip_target(place)
    elif token.content:
        # What was written otherwise (`&amp;`, `\*`) has its own length in the source.
        source = token.markup if token.type == "text_special" else token.content
        yield from words(token.content, place.find(source), len(source), quotes)


def skip_target(place: Place) -> None:
    """Go behind the target of a link, whose words are not words of the page."""
    found = place.text.find("](", place.at, place.end)
    close = place.text.find(")", found, place.end) if found >= 0 else -1
    if close >= 0:
        place.at = close + 1


def words(text: str, start: int, length: int, quotes: Quotes) -> Iterator[Node]:
    """A run of text, its source marks as notes."""
    at = 0
    for found in SOURCE_MARK.finditer(text):
        yield from marked(text[at : found.start()], start + at, found.start() - at, quotes)
        yield {"tag": "note", "key": found[0][2:-1], "nodes": []}
        at = found.end()
    yield from marked(text[at:], start + at, length - at, quotes)


def marked(text: str, start: int, length: int, quotes: Quotes) -> list[Node]:
    """A text that stands at `start` of the page, with the parts within quotes marked."""
    parts: list[Node] = []
    at = 0
    for quote in sorted(quotes, key=lambda span: span.start):
        low, high = max(quote.start - start, at), min(quote.end - start, length)
        if low >= high:
            continue
        if length != len(text):
            return [{"tag": "mark", "nodes": [text]}]
        parts += [text[at:low], {"tag": "mark", "nodes": [text[low:high]]}]
        at = high
    return [part for part in [*parts, text[at:]] if part]


def joined(nodes: Sequence[Node]) -> list[Node]:
    """Neighbouring texts and neighbouring marks as one."""
    made: list[Node] = []
    for node in nodes:
        last = made[-1] if made else None
        if isinstance(node, str) and isinstance(last, str):
            made[-1] = last + node
        elif isinstance(node, dict) and isinstance(last, dict) and node["tag"] == last["tag"] == "mark":
            made[-1] = {"tag": "mark", "nodes": joined([*last["nodes"], *node["nodes"]])}
        else:
            made.append(node)
    return made


def create_link(token: Token, page: Page) -> dict[str, Any]:
    """A link to a section, to the web, or to nowhere: then it is only its words."""
    target = str(token.attrGet("href") or "")
    try:
        parts = urlsplit(target)
    except ValueError:
        return {"tag": "span", "nodes": []}
    if parts.scheme.lower() in WEB and parts.netloc:
        return {"tag": "a", "href": target, "nodes": []}
    if parts.scheme or parts.netloc:
        return {"tag": "span", "nodes": []}
    section = page.resolve(page_of(parts.path, page), unquote(parts.fragment))
    return {"tag": "a", "section": section, "nodes": []} if section else {"tag": "span", "nodes": []}


def page_of(path: str, page: Page) -> str:
    """The path of a page that a relative link leads to, without its ending.

    >>> page_of("../07-operations/drift.md", Page("psi", "02-data/psi.md")), page_of("", Page("psi"))
    ('07-operations/drift', 'psi')
    """
    if not path:
        return page.id
    return posixpath.normpath(posixpath.join(posixpath.dirname(page.source), unquote(path))).removesuffix(".md")
