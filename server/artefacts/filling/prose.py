"""Notes, mails and READMEs into pieces: sentences, list items and table rows, with what introduces them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlplaybook.ingest.sentences import sentence_spans
from mlplaybook.server.answers.orders import gives_orders
from mlplaybook.server.artefacts.filling.lines import Line, read_lines
from mlplaybook.server.artefacts.filling.records import InputText, Kind, Piece

# "Owner: ...", "**Counting**: ...", "Personal data - ..." ; a label has few words and no sentence mark of its own.
LABEL = re.compile(
    r"(?:\*\*|__)?(?P<label>[^\s:|.!?*_][^:|.!?\n*]{0,58}?)\s*(?:(?:\*\*|__)\s*:\s|:\s?(?:\*\*|__)|:\s|\s[-–—=]\s)\s*(?=\S)"
    r"|(?P<dotted>[^\s:|.!?*_][^:|.!?\n*]{0,58}?)\s*(?:\.{4,}|…{2,}|_{4,})\s*(?=[^\s._…])"
    r"|(?P<column>[^\s:|.!?*_][^:|.!?\n*\t]{0,40}?)(?:\t+| {3,})(?=\S)"
    r"|(?:\*\*|__)(?P<bold>[^*_\n]{2,60}?)[.:]?(?:\*\*|__)\s*:?\s+(?=\S)"
)
MOST_LABEL_WORDS = 8
# A word or two with a full stop before the sentences of a paragraph is its heading: "Data. CRM goes back to 2024."
RUN_IN = re.compile(r"[*_]*(?:[A-Z][\w'’/-]*)(?:\s[\w'’/-]+){0,3}[*_]*[.:][*_]*$")
# A line of a form: its label, dots, and what was filled in.
DOTTED = re.compile(r"[^\s.:|][^.:|\n]{0,58}?\s*(?:\.{4,}|…{2,}|_{4,})\s*[^\s._…][^\n]*$")
BOLD = re.compile(r"(?:\*\*|__)[^*_]{2,80}(?:\*\*|__)")
# Of the boxes on a line the ticked one counts.
TICKED = re.compile(r"(?:☒|☑|✓|✔|\[[xX]\])\s*(?P<words>[^☐☒☑✓✔\[\]|]+)")
BOX = re.compile(r"\[([ xX])\]\s*$")
UNTICKED = re.compile(r"☐|\[ \]")
# A line that ends although the next word would have fitted was ended on purpose.
EARLY = 0.72
SHORT_LINE = 60
QUESTION = re.compile(r"\?[\"'”’)*_]*$")


# A comment to a program, which no reader of the page sees.
ADDRESSED = re.compile(r"<!--\W*(?:assistant|system|ai|agent|bot|model)\b", re.IGNORECASE)


@dataclass(slots=True)
class Reader:
    """Where the reading of one text stands."""

    given: InputText
    headings: list[tuple[int, str]] = field(default_factory=list)
    lead: str = ""
    lead_blanks: int = 0
    block: int = 0
    unit: int = 0
    pieces: list[Piece] = field(default_factory=list)


def read_prose(given: InputText) -> tuple[Piece, ...]:
    r"""The pieces of a text in order; headings, mail headers, code and signatures introduce pieces but are none.

    A line that gives a program orders says nothing of a project, and is none either.

    >>> [p.text for p in read_prose(InputText("n.md", "# Data\nWe have till lines. They start in 2023."))]
    ['We have till lines.', 'They start in 2023.']
    """
    reader = Reader(given)
    lines = read_lines(given.text)
    number = 0
    while number < len(lines):
        number = read_block(reader, lines, number)
    return tuple(piece for piece in reader.pieces if not is_order(given.text, piece))


def read_block(reader: Reader, lines: tuple[Line, ...], number: int) -> int:
    """Reads what starts at a line; the number of the first line after it."""
    line = lines[number]
    if line.kind == "heading":
        take_heading(reader, line)
        return number + 1
    if line.kind == "row":
        return read_table(reader, lines, number)
    if line.kind in {"item", "text", "quote"}:
        return read_paragraph(reader, lines, number)
    if line.kind == "blank" and not leads_a_list(lines, number):
        reader.lead = reader.lead if reader.lead_blanks else ""
        reader.lead_blanks = 0
    return number + 1


def leads_a_list(lines: tuple[Line, ...], number: int) -> bool:
    """Whether a list or a table is the next thing after blank lines: its introduction still holds."""
    rest = (line.kind for line in lines[number:] if line.kind not in {"blank", "rule"})
    return next(rest, "") in {"item", "row"}


def take_heading(reader: Reader, line: Line) -> None:
    """A heading replaces those of its level and below."""
    words = reader.given.text[line.content : line.char_end].strip().strip("#*_: ")
    reader.headings = [(level, text) for level, text in reader.headings if level < line.level]
    reader.headings.append((line.level, words))
    reader.lead, reader.lead_blanks = "", 0
    reader.block += 1


def read_paragraph(reader: Reader, lines: tuple[Line, ...], number: int) -> int:
    """A paragraph, list item or quoted passage with the lines that continue it."""
    first, text = lines[number], reader.given.text
    reader.block += 0 if first.kind == "item" else 1
    reader.unit += 1
    end = number + 1
    while end < len(lines) and continues(first, lines[end]):
        end += 1
    last = lines[end - 1].char_end
    if first.kind == "quote":
        read_quoted(reader, lines[number:end])
    elif first.kind == "text" and every_line_labelled(text, lines[number:end]):
        for line in lines[number:end]:
            reader.unit += 1
            add_span(reader, line.content, line.char_end, "item")
    elif first.kind == "item":
        read_item(reader, first.content, last)
    else:
        read_lines_as_meant(reader, lines[number:end])
    return end


def read_lines_as_meant(reader: Reader, lines: tuple[Line, ...]) -> None:
    """A paragraph's sentences; lines that were ended on purpose are passages of their own, and a short first one is a heading."""
    text = reader.given.text
    passages = list(cut_early(text, lines))
    for number, (start, end) in enumerate(passages):
        words = squash(text[start:end])
        more = number + 1 < len(passages)
        if (
            more
            and number == 0
            and len(words) <= SHORT_LINE
            and not re.search(r"[.!?:;,]$", words)
            and words[:1].isupper()
        ):
            reader.lead = words
        else:
            read_sentences(reader, start, end)


def cut_early(text: str, lines: tuple[Line, ...]) -> Iterator[tuple[int, int]]:
    """The spans of a paragraph between line breaks that were set on purpose."""
    width = max(line.char_end - line.char_start for line in lines)
    begin = lines[0].content
    for line, following in itertools.pairwise(lines):
        words = text[following.content : following.char_end].split()
        fits = line.char_end - line.char_start + 1 + len(words[0]) <= EARLY * width
        if fits and (re.search(r"[.!?:;)]\s*$", text[line.char_start : line.char_end]) or words[0][:1].isupper()):
            yield begin, line.char_end
            begin = following.content
    yield begin, lines[-1].char_end


def continues(first: Line, line: Line) -> bool:
    """Whether a line belongs to the paragraph that began with `first`."""
    if first.kind == "quote":
        return line.kind == "quote"
    return line.kind == "text"


def every_line_labelled(text: str, lines: tuple[Line, ...]) -> bool:
    """Whether each of several lines is a `Key: value` of its own."""
    labelled = [LABEL.match(text[line.content : line.char_end]) for line in lines]
    return len(lines) > 1 and all(labelled)


def read_quoted(reader: Reader, lines: tuple[Line, ...]) -> None:
    """A quoted passage of a mail: a question in it introduces the answer below, the rest is read like any other text."""
    text = reader.given.text
    words = " ".join(text[line.content : line.char_end].strip() for line in lines)
    if "?" in words:
        reader.lead, reader.lead_blanks = words, 1
        return
    for line in lines:
        add_span(reader, line.content, line.char_end, "sentence", quoted=True)


def read_item(reader: Reader, start: int, end: int) -> None:
    """A list item as its sentences; a question in it introduces the items below."""
    text = reader.given.text
    if QUESTION.search(text[start:end].rstrip()):
        add_span(reader, start, end, "question")
        reader.lead = squash(text[start:end])
        return
    for span in sentence_spans(text, start, end):
        add_span(reader, span.start, span.end, "item")


def read_sentences(reader: Reader, start: int, end: int) -> None:
    """The sentences of a paragraph; a question or a run-in word at its start introduces the others."""
    text = reader.given.text
    if DOTTED.match(text[start:end]):
        add_span(reader, start, end, "item")
        return
    holding = reader.lead
    spans = list(sentence_spans(text, start, end))
    for number, span in enumerate(spans):
        words = squash(text[span.start : span.end])
        more = number + 1 < len(spans)
        if QUESTION.search(words):
            add_span(reader, span.start, span.end, "question")
            reader.lead = words
        elif (more and number == 0 and (RUN_IN.fullmatch(words) or BOLD.fullmatch(words))) or words.endswith(":"):
            reader.lead = words
            if len(words.split()) > 2 and not words.endswith(":") and not BOLD.fullmatch(words):
                add_span(reader, span.start, span.end, "sentence")
        else:
            add_span(reader, span.start, span.end, "sentence")
    ends_open = bool(spans) and text[spans[-1].start : spans[-1].end].rstrip().endswith((":", "?"))
    if ends_open:
        reader.lead_blanks = 1
    else:
        reader.lead = holding


def read_table(reader: Reader, lines: tuple[Line, ...], number: int) -> int:
    """The rows of a table; the first cell is the label, and the header row introduces them all."""
    reader.block += 1
    text = reader.given.text
    end = number
    while end < len(lines) and lines[end].kind in {"row", "rule"}:
        end += 1
    rows = [line for line in lines[number:end] if line.kind == "row"]
    headed = number + 1 < end and lines[number + 1].kind == "rule"
    if headed:
        reader.lead = squash(f"{reader.lead} {' '.join(cells_of(text[rows[0].char_start : rows[0].char_end]))}")
    for row in rows[1:] if headed else rows:
        reader.unit += 1
        add_row(reader, row)
    reader.lead = ""
    return end


def cells_of(row: str) -> list[str]:
    """The words of a table row's cells."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def add_row(reader: Reader, row: Line) -> None:
    """One row as a piece without its outer bars."""
    text = reader.given.text
    line = text[row.char_start : row.char_end]
    start = row.char_start + len(line) - len(line.lstrip().removeprefix("|").lstrip())
    end = row.char_start + len(line.rstrip().removesuffix("|").rstrip())
    first, _, rest = text[start:end].partition("|")
    if not rest.strip(" |"):
        return
    body = start + len(first) + 1 + len(rest) - len(rest.lstrip())
    add(reader, start, end, "row", first.strip().strip("*_` "), body, quoted=False)


def add_span(reader: Reader, start: int, end: int, kind: Kind, *, quoted: bool = False) -> None:
    """A piece without space around it, with its label where it has one."""
    text = reader.given.text
    words = text[start:end]
    start, end = start + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
    if start >= end:
        return
    ticked = TICKED.findall(text[start:end]) if UNTICKED.search(text[start:end]) else []
    if len(ticked) == 1:
        box = TICKED.search(text, start, end)
        assert box is not None
        before = UNTICKED.split(text[start : box.start()])[0]
        stop = box.start("words") + len(box["words"].rstrip())
        add(reader, box.start("words"), stop, kind, squash(before).strip(" :?"), box.start("words"), quoted=quoted)
        return
    match = LABEL.match(text[start:end])
    label = label_of(match) if match else ""
    if match is None or not label:
        add(reader, start, end, kind, "", start, quoted=quoted)
        return
    add(reader, start, end, kind, label, start + match.end(), quoted=quoted)


def label_of(match: re.Match[str]) -> str:
    """The words of a label; "" when there are so many that it is the beginning of a sentence."""
    label = squash(match["label"] or match["dotted"] or match["column"] or match["bold"] or "").strip("*_`\"' ")
    return label if len(label.split()) <= MOST_LABEL_WORDS else ""


def add(reader: Reader, start: int, end: int, kind: Kind, label: str, body: int, *, quoted: bool) -> None:
    """Keeps a piece."""
    headings = tuple(text for _, text in reader.headings)
    given = reader.given
    piece = Piece(
        given.source,
        given.text[start:end],
        start,
        end,
        kind,
        reader.block,
        label,
        body,
        headings,
        reader.lead,
        quoted,
        reader.unit,
        box.group(1).lower() if (box := BOX.search(given.text, max(0, start - 6), start)) else "",
    )
    reader.pieces.append(piece)


def squash(text: str) -> str:
    """Words with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


def is_order(text: str, piece: Piece) -> bool:
    """Whether the lines that a piece stands on give orders."""
    start = text.rfind("\n", 0, piece.char_start) + 1
    end = text.find("\n", piece.char_end)
    line = text[start : end if end >= 0 else len(text)]
    return gives_orders(line) or ADDRESSED.search(line) is not None
