"""Models on one's own machine by Ollama."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from mlplaybook.server.llm.chat import as_text, open_chat, replies, window_of
from mlplaybook.server.llm.line import client_settings
from mlplaybook.server.llm.provider import Provider, Setup
from mlplaybook.server.llm.records import Request


def create(setup: Setup) -> Provider:
    """A model that Ollama serves at the base URL."""
    connection = client_settings(httpx, setup.line, setup.limits, setup.base_url)
    chat = open_chat("ollama", setup.name, {"base_url": setup.base_url, "sync_client_kwargs": connection})
    window = window_of(setup, None)

    def ask(request: Request, plain: bool) -> Iterator[Any]:
        # Without num_ctx Ollama cuts a prompt to its own small default without a word.
        options = {"num_ctx": window, "num_predict": request.max_tokens, "temperature": request.temperature}
        form = {} if plain or request.schema is None else {"format": dict(request.schema)}
        return replies(chat, as_text(request.messages), {"options": options, **form}, setup.streaming)

    return Provider(ask, window)
