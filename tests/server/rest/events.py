"""Server-sent events as a client reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Event:
    name: str
    data: Any
    id: str


def read_events(lines: Iterator[str]) -> Iterator[Event]:
    """Events of a stream, with comments as events of the name ":"."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield Event(":", line, "")
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield Event(fields.get("event", ""), json.loads(fields["data"]), fields.get("id", ""))
            fields = {}


def ask(url: str, timeout: float = 30.0, **body: Any) -> list[Event]:
    """All events of a question."""
    with httpx.stream("POST", f"{url}/v1/chat", json={"stream": True, **body}, timeout=timeout) as response:
        assert response.status_code == 200, response.read()
        return list(read_events(response.iter_lines()))


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events if event.name != ":"]
