"""Lines of a note or README by what they are: headings, list items, table rows, mail headers, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["blank", "heading", "item", "row", "mail", "fence", "quote", "text", "rule"]

HEADING = re.compile(r"(#{1,6})\s+(?P<words>\S.*?)\s*#*\s*$")
UNDERLINE = re.compile(r"(=|-|~){3,}\s*$")
ITEM = re.compile(r"\s*(?:[-*+•–]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+(?:\[[ xX]\]\s+)?(?=\S)")
NUMBERED = re.compile(r"\s*\d{1,2}(?:\.\d{1,2})*[.)]?\s+(?=\S)")
CHAT = re.compile(
    r"\s*(?:\[\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\]|\d{1,2}:\d\d(?::\d\d)?\s)\s*<?(?:@?[\w.-]+(?: [\w.-]+)?)>?\s?:\s+(?=\S)"
)
ROW = re.compile(r"\s*\|.*\|\s*$")
ROW_RULE = re.compile(r"\s*\|(?:\s*:?-{2,}:?\s*\|)+\s*$")
FENCE = re.compile(r"\s*(?:```|~~~)")
QUOTE = re.compile(r"\s*>+\s?")
PAGE = re.compile(r"\s*(?:SLIDE|Slide|PAGE|Page|SECTION|Section|STEP)\s+\d{1,3}\b[.:)\]–-]*\s*(?P<words>\S.*?)\s*$")
RULE = re.compile(r"\s*(?:\*\s*\*\s*\*|-\s*-\s*-|_\s*_\s*_|=\s*=\s*=)[\s*_=-]*$")
MAIL = re.compile(
    r"(?:From|To|Cc|Bcc|Date|Sent|Subject|Re|Fwd|Reply-To|Present|Attendees|Attending|Apologies|Absent)\s?:\s", re.I
)
SIGNATURE = re.compile(r"--\s?$")
BOLD_LINE = re.compile(r"\s*(?:\*\*|__)(?P<words>[^*_]{2,80}?)(?:\*\*|__)\s*:?\s*$")
# What is to be filled in or ticked is a line of a form.
FORM = re.compile(r"\.{4,}|…{2,}|_{4,}|[☐☒☑]|\[[ xX]\]")
# A line that ends like a sentence or goes on is no heading; longer ones are sentences without a full stop.
LONGEST_HEADING = 70
LONGEST_PAGE = 110
ENDS_A_SENTENCE = re.compile(r"[.!?;,…]\s*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `text_of[char_start:char_end]` without its line break; `content` is where its words begin."""

    kind: Kind
    char_start: int
    char_end: int
    content: int
    level: int = 0


def read_lines(text: str) -> tuple[Line, ...]:
    """Every line with its kind; what stands in a code fence and below a mail signature is left out as blank."""
    raw = list(raw_lines(text))
    found: list[Line] = []
    fenced = signed = False
    for number, (start, end) in enumerate(raw):
        line = text[start:end]
        if FENCE.match(line):
            fenced = not fenced
            found.append(Line("fence", start, end, start))
            continue
        signed = (signed or bool(SIGNATURE.fullmatch(line))) and not MAIL.match(line)
        if fenced or signed or not line.strip():
            found.append(Line("blank", start, end, start))
            continue
        before = text[slice(*raw[number - 1])] if number else ""
        after = text[slice(*raw[number + 1])] if number + 1 < len(raw) else ""
        found.append(classify(line, start, end, before, after))
    return tuple(found)


def raw_lines(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the lines without their breaks."""
    position = 0
    for line in text.splitlines(keepends=True):
        yield position, position + len(line.rstrip("\r\n"))
        position += len(line)


def classify(line: str, start: int, end: int, before: str, after: str) -> Line:
    """One non-blank line between its neighbours."""
    if match := HEADING.match(line):
        return Line("heading", start, end, start + match.start("words"), len(match[1]))
    if (match := PAGE.match(line)) and len(line.strip()) <= LONGEST_PAGE and not ENDS_A_SENTENCE.search(line):
        return Line("heading", start, end, start + match.start("words"), 3)
    if RULE.match(line) or (UNDERLINE.match(line) and before.strip()):
        return Line("rule", start, end, start)
    if ROW.match(line):
        kind: Kind = "rule" if ROW_RULE.match(line) else "row"
        return Line(kind, start, end, start)
    if match := QUOTE.match(line):
        return Line("quote", start, end, start + match.end())
    if MAIL.match(line):
        return Line("mail", start, end, start)
    if match := CHAT.match(line):
        return Line("item", start, end, start + match.end())
    if stands_alone(line, before, after):
        return Line("heading", start, end, start + heading_offset(line), 2 if UNDERLINE.match(after) else 5)
    if match := ITEM.match(line):
        return Line("item", start, end, start + match.end())
    return Line("text", start, end, start + len(line) - len(line.lstrip()))


def stands_alone(line: str, before: str, after: str) -> bool:
    """Whether a short line is a heading: underlined, bold, or alone between blank lines (`2. Performance`, `DATA`)."""
    if UNDERLINE.match(after) and not ROW.match(line):
        return True
    if introduces_list(line, before, after):
        return True
    if BOLD_LINE.match(line) and not ITEM.match(line):
        return True
    if before.strip() or after.strip() or len(line.strip()) > LONGEST_HEADING or ENDS_A_SENTENCE.search(line):
        return False
    if line.rstrip().endswith(":"):
        return False
    words = NUMBERED.sub("", line).strip()
    if FORM.search(words):
        return False
    return (
        bool(words) and words[0].isupper() and ":" not in words and "→" not in words and not re.search(r"\d\s*%", words)
    )


def introduces_list(line: str, before: str, after: str) -> bool:
    """Whether a short line without a stop stands right above a list: `When it fails`."""
    return (
        not before.strip()
        and bool(ITEM.match(after))
        and not ITEM.match(line)
        and len(line.strip()) <= LONGEST_HEADING
        and not ENDS_A_SENTENCE.search(line)
        and not line.rstrip().endswith(":")
    )


def heading_offset(line: str) -> int:
    """Where the words of a heading without `#` begin: after its number or its stars."""
    match = NUMBERED.match(line) or re.match(r"\s*(?:\*\*|__)", line) or re.match(r"\s*", line)
    return match.end() if match else 0
