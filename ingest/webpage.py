"""HTML to Markdown: the content of a page with its headings, lists, tables and code, without what surrounds it."""

from __future__ import annotations

import re
from contextlib import suppress

from bs4 import BeautifulSoup, Tag
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString
from markdownify import ATX, MarkdownConverter

from mlplaybook.ingest.decode import NotText
from mlplaybook.ingest.markdown import BLOCK_MARK, Converted, readable

# Never content: programs, styles, navigation, fields to fill in, and the marks that documentation tools hang on headings.
# A form itself may be content: some programs put the whole page into one.
FURNITURE = (
    "script, style, noscript, template, svg, iframe, nav, footer, button, input, select, textarea, [hidden],"
    " [role=navigation], [role=search], [role=banner], [role=contentinfo], a.headerlink, a.anchor, a.anchor-link"
)
LANGUAGE = re.compile(r"(?:language|lang|highlight)-([A-Za-z][\w+#-]*)")
FENCE_RUN = re.compile(r"`{3,}")


class PageConverter(MarkdownConverter):
    """markdownify with two repairs: text cannot open a block, and a fence is longer than any inside it."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """A run of text on one line, with a backslash before what Markdown would take for markup of a block or cell."""
        words = " ".join(text.split())
        words = words.replace("|", "\\|") if parent_tags & {"td", "th"} else words
        words = f"\\{words}" if BLOCK_MARK.match(words) and len(words) > 1 else words
        before, after = (" " if text[:1].isspace() else "", " " if text[-1:].isspace() else "")
        return f"{before}{words}{after}" if words else before

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A fenced block with the language that the page names."""
        if not text.strip():
            return ""
        fence = "`" * max([3, *(len(run) + 1 for run in FENCE_RUN.findall(text))])
        return f"\n\n{fence}{language_of(el)}\n{text.strip(chr(10)).rstrip()}\n{fence}\n\n"


def convert_html(data: bytes | str) -> Converted:
    """The main part of a page; its title is the only level-one heading in it, else the `<title>`.

    :raises NotText: the bytes are in no encoding that the page names or that could be guessed.
    """
    text = data if isinstance(data, str) else decode_html(data)
    soup = BeautifulSoup(text, "lxml")
    title = words_of(soup.title)
    content = soup.select_one("main, [role=main]") or only_article(soup) or soup.body or soup
    for element in content.select(FURNITURE):
        element.decompose()
    headings = content.find_all("h1")
    title = words_of(headings[0]) if len(headings) == 1 else title
    # Links and pictures keep their words only: their targets lead nowhere from an index, and would be searched like text.
    kept = PageConverter(
        heading_style=ATX, bullets="-", strip=["a", "img"], escape_asterisks=False, escape_underscores=False
    )
    return Converted(title, readable(kept.convert_soup(content)).strip())


def decode_html(data: bytes) -> str:
    """The text of a page: by its byte-order mark, as UTF-8 where that fits, as it declares, else as old Windows programs wrote.

    :raises NotText: none of these fits.
    """
    rest, marked = EncodingDetector.strip_byte_order_mark(data)
    declared = EncodingDetector.find_declared_encoding(rest, is_html=True)
    for encoding in (marked or "utf-8", declared, "windows-1252"):
        with suppress(UnicodeDecodeError, LookupError):
            return rest.decode(encoding or "")
    msg = "its characters are in no known encoding; save it as UTF-8"
    raise NotText(msg)


def only_article(soup: BeautifulSoup) -> Tag | None:
    """The article of a page that has exactly one."""
    found = soup.find_all("article", limit=2)
    return found[0] if len(found) == 1 and isinstance(found[0], Tag) else None


def words_of(element: Tag | NavigableString | None) -> str:
    """The text of an element on one line."""
    return " ".join(element.get_text().split()) if element else ""


def language_of(block: Tag) -> str:
    """The language of a code block, from the classes on it, in it and around it."""
    parts = [block, block.find("code"), block.parent, block.parent.parent if block.parent else None]
    classes = " ".join(
        str(name)
        for part in parts
        if isinstance(part, Tag) and part.name in {"pre", "code", "div"}
        for name in part.get_attribute_list("class")
    )
    found = LANGUAGE.search(classes)
    return found[1] if found else ""
