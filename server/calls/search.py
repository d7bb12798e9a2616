"""Sections that match a question, a page of them at a time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlplaybook.ingest.errors import BadQuestion
from mlplaybook.server.answers.assess import COVERAGE, Findings, find, hit_record
from mlplaybook.server.answers.records import Status
from mlplaybook.server.retrieval.filters import EVERYTHING, Filter
from mlplaybook.server.retrieval.search import Hit, Method
from mlplaybook.server.service import Service

# Sections beyond these have little to do with the question.
MOST_HITS = 50
NEAR = 3


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """`k` sections from `cursor` on, which is what the reply before said; empty for the first ones."""

    query: str
    k: int = 5
    only: Filter = EVERYTHING
    method: Method = Method()  # noqa: RUF009 (frozen)
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class SearchReply:
    """Sections best first. `coverage` is full, partial or none; `hint` says what to do where it is not full.

    `next_cursor` is empty where there are no more.
    """

    query: str
    generation: str
    degraded: tuple[str, ...]
    coverage: str
    hits: tuple[Hit, ...]
    next_cursor: str = ""
    hint: str = ""


def search(service: Service, request: SearchRequest) -> SearchReply:
    """Search.

    :raises BadQuestion: the question cannot be searched for, or the cursor is of another search.
    """
    index = service.index
    key = cursor_key(request, index.manifest.generation, index.degraded)
    start = read_cursor(request.cursor, key)
    end = min(start + request.k, MOST_HITS)
    # One more than is shown says whether there are more.
    found = find(index, request.query, end + 1, request.only, request.method)
    shown = found.hits[start:end]
    more = len(found.hits) > end and end < MOST_HITS
    return SearchReply(
        found.question,
        index.manifest.generation,
        tuple(index.degraded),
        COVERAGE[found.status],
        shown,
        write_cursor(end, key) if more else "",
        hint(found, shown),
    )


def first_hits(request: SearchRequest, reply: SearchReply, count: int) -> SearchReply:
    """The reply with only its first hits; its cursor leads to the others."""
    if count >= len(reply.hits):
        return reply
    key = cursor_key(request, reply.generation, reply.degraded)
    place = read_cursor(request.cursor, key) + count
    return replace(reply, hits=reply.hits[:count], next_cursor=write_cursor(place, key))


def hint(found: Findings, shown: tuple[Hit, ...]) -> str:
    """What to do when the question is not fully covered."""
    if not shown:
        return "Nothing was found. Ask about one thing, in the words of the field, and without a filter."
    return hint_for(found.status, [hit.section.id for hit in found.hits[:NEAR]])


def hint_for(status: Status, sections: Sequence[str]) -> str:
    """What to do after an answer of this status, with the nearest sections."""
    if status == "answered":
        return ""
    near = "; ".join(sections[:NEAR])
    if status == "partial":
        read = f", and read the sections before you rely on them: {near}" if near else ""
        return f"Only a part of this is covered. Say so{read}."
    nearest = f" The nearest sections are {near}." if near else ""
    return f"The playbook does not cover this. Say so instead of answering from it.{nearest}"


def search_reply_record(reply: SearchReply) -> dict[str, Any]:
    """The `search` record."""
    return {
        "query": reply.query,
        "generation": reply.generation,
        "degraded": list(reply.degraded),
        "coverage": reply.coverage,
        "hits": [hit_record(hit) for hit in reply.hits],
        "next_cursor": reply.next_cursor,
        "hint": reply.hint,
    }


def cursor_key(request: SearchRequest, generation: str, degraded: Sequence[str]) -> str:
    """What a cursor belongs to: the search without its place, and all that its order depends on."""
    return digest(replace(request, cursor="", k=0), generation, *degraded)


def digest(*parts: object) -> str:
    """A short name for what a cursor belongs to."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def write_cursor(position: int, key: str) -> str:
    """An opaque place in a list."""
    return base64.urlsafe_b64encode(json.dumps([position, key]).encode()).decode().rstrip("=")


def read_cursor(cursor: str, key: str) -> int:
    """The place that a cursor names, 0 without one; raises BadQuestion for one of another search."""
    # A model may copy the full stop behind it.
    plain = cursor.strip().rstrip(".,;")
    if not plain:
        return 0
    try:
        position, of = json.loads(base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4)))
        if of == key and type(position) is int and 0 < position < 1_000_000:
            return position
    except (ValueError, TypeError, binascii.Error):
        pass
    raise BadQuestion(
        f"The cursor {cursor[:40]!r} does not belong to this request.",
        "Repeat the request without it: the index may have changed, and a cursor is for the same words only.",
    )
