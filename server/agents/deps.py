"""What every part of the MCP server works with."""

from __future__ import annotations

from dataclasses import dataclass

from mlplaybook.server.live import Live
from mlplaybook.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Deps:
    """`live` lends a service on the newest generation: from a worker thread, never on the event loop."""

    live: Live
    settings: Settings
