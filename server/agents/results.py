"""What a tool says: the same facts as text and as a record, each within the tokens that were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent

from mlplaybook.server.calls.read import uri_of
from mlplaybook.server.calls.search import digest, read_cursor, write_cursor
from mlplaybook.server.calls.tokens import count_mixed, count_record, prose_of
from mlplaybook.server.usage.tokens import Counter

Record = dict[str, Any]
# So often the room for a reply's bodies is corrected.
ROUNDS = 8
MOST_LINKS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """A record, the text that says the same, and sections (page#heading) that it leads to."""

    record: Record
    text: str
    links: tuple[str, ...] = ()

    def tokens(self, counter: Counter) -> int:
        """Tokens of the larger one of the two channels; a client shows one of them, links or not."""
        links = "\n".join(f"[Resource link: {name}] {uri_of(name)}" for name in self.links)
        shown = f"{self.text}\n{links}"
        prose = [words for words in prose_of(self.record) if words in self.text]
        return max(count_record(counter, self.record), count_mixed(counter, shown, prose))


def fitted(most: int, counter: Counter, build: Callable[[int], Reply]) -> Reply:
    """The reply that `build` makes with so much room for its bodies that it has at most `most` tokens."""
    reply = build(0)
    room = most - reply.tokens(counter)
    for _ in range(ROUNDS):
        if room <= 0:
            break
        made = build(room)
        over = made.tokens(counter) - most
        if over <= 0:
            return made
        room -= over
    return reply


@dataclass(frozen=True, slots=True)
class Paging:
    """Which of many entries to show: from `start` on, as many as fit; `key` is what a cursor belongs to."""

    start: int
    key: str

    def cursor(self, shown: int, of: int) -> str:
        """The cursor behind the entries that are shown, empty at the end."""
        end = self.start + shown
        return write_cursor(end, self.key) if end < of else ""


def paging_of(cursor: str, *belongs: object) -> Paging:
    """Where to begin; raises BadQuestion for a cursor of another request."""
    key = digest(*belongs)
    return Paging(read_cursor(cursor, key), key)


def fit_entries(
    most: int, counter: Counter, entries: Sequence[Any], paging: Paging, build: Callable[[Sequence[Any], str], Reply]
) -> Reply:
    """The reply with as many entries as fit, at least one; `build` takes the entries and the cursor behind them."""
    rest = entries[paging.start :]

    def reply_with(shown: int) -> Reply:
        return build(rest[:shown], paging.cursor(shown, len(entries)))

    low, high = min(1, len(rest)), len(rest)
    best = reply_with(high)
    if best.tokens(counter) <= most:
        return best
    best = reply_with(low)
    # As many as fit, found by halving: each try counts both channels.
    while low < high:
        middle = (low + high + 1) // 2
        tried = reply_with(middle)
        if tried.tokens(counter) <= most:
            best, low = tried, middle
        else:
            high = middle - 1
    return best


def to_result(reply: Reply) -> CallToolResult:
    """The reply as the protocol has it: text, links, record."""
    content: list[ContentBlock] = [TextContent(type="text", text=reply.text)]
    for name in dict.fromkeys(reply.links[:MOST_LINKS]):
        link = ResourceLink(type="resource_link", uri=uri_of(name), name=name, mime_type="text/markdown")
        content.append(link)
    return CallToolResult(content=content, structured_content=reply.record)


def without_empty(record: Mapping[str, Any]) -> Record:
    """The record without what says nothing: None, empty texts, lists and mappings."""
    return {key: value for key, value in record.items() if value not in (None, "", [], {}, ())}


def joined(*parts: str) -> str:
    """Paragraphs; empty ones are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())


def call_with(tool: str, **arguments: object) -> str:
    """A call as a model can copy it.

    >>> call_with("read_playbook", name="drift#psi")
    'read_playbook {"name": "drift#psi"}'
    """
    return f"{tool} {json.dumps(arguments, ensure_ascii=False)}"
