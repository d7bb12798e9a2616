"""A document as text, parsed as far as it can be, with the line and the words of every value."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from mlplaybook.ingest.errors import BadDocument
from mlplaybook.server.artefacts.documents.safe_yaml import LARGEST, compose_yaml, plain
from mlplaybook.server.artefacts.documents.trailer import Trailer, read_trailer

Form = Literal["yaml", "json", "markdown", "text"]
Path = tuple[str, ...]
# Longer words say no more in a list of findings.
LONGEST_WORDS = 160
FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?\n)?---[ \t]*(?:\r?\n|$)", re.DOTALL)
FENCE = re.compile(r"^(?:```|~~~)(?P<kind>[\w-]*)[ \t]*$")
HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
# In YAML one sign begins a comment; two hardly ever do.
SECOND_HEADING = re.compile(r"^#{2,6}[ \t]+\S", re.MULTILINE)
# JSON knows escapes that YAML does not; only places are read from the text in which they are replaced.
JSON_ONLY = re.compile(r"\\/|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
# A document with more blocks is no single filled one.
MOST_BLOCKS = 20
NAME = "the document"
MEND = "Give YAML, JSON, Markdown or the form of the template as UTF-8 text."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and its words as the document has them; `line` counts from 1."""

    line: int
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed document; `tree` is None where it is no YAML or JSON, `body` starts at line `body_line` (Markdown only).

    `trailer` is what `mlplaybook fill` wrote below it; `text` and `body` are without it.
    """

    text: str
    form: Form
    tree: Any = None
    places: Mapping[Path, Place] = field(default_factory=dict)
    body: str = ""
    body_line: int = 1
    trailer: Trailer | None = None


def read_source(text: str, file: str = "") -> Source:
    """Parse a document by its looks; `file` is its name, which decides where the looks do not.

    :raises BadDocument: it is empty, binary, larger than 1 MB, or front matter, YAML or JSON with an error.
    """
    check_text(text)
    trailer = read_trailer(text)
    source = parse(trailer.text if trailer else text, file)
    return dataclasses.replace(source, trailer=trailer)


def parse(text: str, file: str) -> Source:
    """A document without its trailer."""
    ending = file.lower().rpartition(".")[2] if "." in file else ""
    if ending == "json" or (ending not in {"yaml", "yml", "md"} and is_json(text)):
        return read_json(text)
    found = FRONT_MATTER.match(text)
    if ending in {"md", "markdown"} or (found and text[found.end() :].strip() and HEADING.search(text, found.end())):
        return read_markdown(text)
    if ending in {"yaml", "yml"}:
        return read_structure(text, "yaml")
    try:
        source = read_structure(text, "yaml")
    except BadDocument:
        source = None
    if source and isinstance(source.tree, dict) and not SECOND_HEADING.search(text):
        return source
    if ending:
        return Source(text, "text", body=text)
    if HEADING.search(text):
        return read_markdown(text)
    return source if source and isinstance(source.tree, dict | list) else Source(text, "text", body=text)


def check_text(text: str) -> None:
    """Raise BadDocument for what no reader can use."""
    if not text.strip():
        raise BadDocument("The document is empty.", "Fill it first: mlplaybook fill TEMPLATE.")
    if "\x00" in text:
        raise BadDocument("The document is binary.", MEND)
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise BadDocument(f"The document has more than {LARGEST:,} bytes.", "Give the document alone.")


def is_json(text: str) -> bool:
    """Whether a text begins as a JSON object."""
    return re.match(r'\s*\{\s*("|\})', text) is not None


def read_structure(text: str, form: Form) -> Source:
    """YAML with places; raises BadDocument."""
    node = compose(text)
    try:
        tree = None if node is None else plain(node, NAME)
        return Source(text, form, tree, places_of(node, text))
    except RecursionError as error:
        raise BadDocument("The document is nested too deep through its aliases.", MEND) from error


def compose(text: str) -> yaml.Node | None:
    """The nodes of a YAML text; raises BadDocument, with the remedy for the commonest slip."""
    try:
        return compose_yaml(text, NAME)
    except BadDocument as error:
        if "mapping values are not allowed" in error.cause:
            raise BadDocument(error.cause, "Put the text of that line in quotes: it has a colon.") from error
        raise


def read_json(text: str) -> Source:
    """JSON with places; raises BadDocument."""
    try:
        tree = json.loads(text, object_pairs_hook=once)
    except RecursionError as error:
        raise BadDocument("The document is nested too deep.", MEND) from error
    except ValueError as error:
        raise BadDocument(f"The document is not JSON: {error}.", MEND) from error
    same_length = JSON_ONLY.sub(lambda found: "\\u0020" if len(found[0]) > 2 else "\\ ", text.replace("\t", " "))
    try:
        places = places_of(compose_yaml(same_length, NAME), text)
    except BadDocument as error:
        if "nested" in error.cause:
            raise
        places = {}
    return Source(text, "json", tree, places)


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; raises BadDocument where a key comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise BadDocument(f"The document has the key '{twice}' twice.", "Keep one of them.")
    return found


def read_markdown(text: str) -> Source:
    """Markdown: front matter or the first fenced YAML block as tree, the rest as body; raises BadDocument."""
    found = FRONT_MATTER.match(text)
    start = found.end() if found else 0
    block = (found.start(1), found.end(1)) if found and found[1] else None
    block = block or next((span for span in yaml_blocks(text) if is_mapping(text[slice(*span)])), None)
    tree, places = None, {}
    if block:
        # Blank lines and spaces keep every character at its place.
        before = re.sub(r"[^\n]", " ", text[: block[0]])
        inner = read_structure(before + text[block[0] : block[1]], "yaml")
        tree, places = inner.tree, dict(inner.places)
    return Source(text, "markdown", tree, places, text[start:], text.count("\n", 0, start) + 1)


def yaml_blocks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the first fenced YAML blocks."""
    start, at, found = -1, 0, 0
    for line in text.splitlines(keepends=True):
        fence = FENCE.match(line)
        at += len(line)
        if fence and start >= 0 and not fence["kind"]:
            yield start, at - len(line)
            start, found = -1, found + 1
            if found == MOST_BLOCKS:
                return
        elif fence and start < 0 and fence["kind"].lower() in {"yaml", "yml"}:
            start = at


def is_mapping(text: str) -> bool:
    """Whether a block is a YAML mapping of its own."""
    try:
        node = compose_yaml(text, NAME)
    except BadDocument:
        return False
    return isinstance(node, yaml.MappingNode)


def places_of(node: yaml.Node | None, text: str) -> dict[Path, Place]:
    """Path to place for every key and item below a node."""
    return dict(walk(node, (), text)) if node is not None else {}


def walk(node: yaml.Node, path: Path, text: str) -> Iterator[tuple[Path, Place]]:
    """The node's own place, then those of what it holds; keys as text, items by number."""
    start, end = node.start_mark.index, node.end_mark.index
    # A byte order mark is not counted by the parser.
    shift = 1 if text.startswith("\ufeff") else 0
    words = text[start + shift : end + shift] if isinstance(node, yaml.ScalarNode) else ""
    yield path, Place(node.start_mark.line + 1, unquoted(words, node) or flat(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inner = (*path, str(key.value) if isinstance(key, yaml.ScalarNode) else "?")
            for where, place in walk(value, inner, text):
                # A block value starts below its key; the key is where a person looks.
                yield where, Place(key.start_mark.line + 1, place.words) if where == inner else place
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from walk(value, (*path, str(number)), text)


def unquoted(words: str, node: yaml.Node) -> str:
    """A scalar's own words on one line; the parsed value where quotes or block signs would stand in the way."""
    style = getattr(node, "style", None)
    return shorten(str(node.value) if style else words)


def flat(node: yaml.Node) -> str:
    """The scalars below a collection in a row."""
    if isinstance(node, yaml.ScalarNode):
        return shorten(str(node.value))
    parts = (part for pair in node.value for part in pair) if isinstance(node, yaml.MappingNode) else iter(node.value)
    words = ""
    for part in parts:
        if len(words) > LONGEST_WORDS:
            break
        words += (", " if words else "") + (str(part.value) if isinstance(part, yaml.ScalarNode) else "…")
    return shorten(words)


def shorten(words: str) -> str:
    """One line of at most 160 characters."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1].rstrip() + "…"
