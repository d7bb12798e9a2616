"""OpenAI, and every server that speaks its chat completions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import openai

from mlplaybook.server.llm.chat import as_text, key_of, open_chat, replies, takes_temperature, window_of
from mlplaybook.server.llm.line import client_settings, library_of
from mlplaybook.server.llm.provider import Provider, Setup
from mlplaybook.server.llm.records import Request

BASE_URL = "https://api.openai.com/v1"
# These think before they write, unseen and within the same bound of tokens.
THINKING = re.compile(r"o\d|gpt-[5-9](?!.*chat)")


def create(setup: Setup) -> Provider:
    """A model of OpenAI's, or of a server with the same protocol at the base URL."""
    connection = client_settings(library_of(openai), setup.line, setup.limits, setup.base_url)
    settings = {
        "api_key": key_of(setup, "OPENAI_API_KEY", "openai"),
        "base_url": setup.base_url,
        "http_client": openai.DefaultHttpxClient(**connection),
        "timeout": connection["timeout"],
        "max_retries": 0,
        "stream_usage": True,
        "use_responses_api": False,
    }
    chat = open_chat("openai", setup.name, settings)

    def ask(request: Request, plain: bool) -> Iterator[Any]:
        options = bounds(setup, request)
        if not plain:
            options |= {**takes_temperature(chat, request), **thinks_little(setup)}
        if request.schema is not None and not plain:
            # Beside the request proper: as an argument the library would parse, and refuse, replies by itself.
            options["extra_body"] = {**options.get("extra_body", {}), "response_format": reply_format(request.schema)}
        return replies(chat, as_text(request.messages), options, setup.streaming)

    return Provider(ask, window_of(setup, chat.profile))


def bounds(setup: Setup, request: Request) -> dict[str, Any]:
    """The bound of tokens by the name that the server knows it under: the new one is OpenAI's own."""
    if setup.base_url == BASE_URL:
        return {"max_completion_tokens": request.max_tokens}
    return {"extra_body": {"max_tokens": request.max_tokens}}


def thinks_little(setup: Setup) -> dict[str, Any]:
    """Quotes are found by reading, not by thinking, which would use up the time for the first text and the tokens."""
    return {"reasoning_effort": "low"} if setup.base_url == BASE_URL and THINKING.match(setup.name) else {}


def reply_format(schema: Mapping[str, Any]) -> dict[str, Any]:
    """`response_format` for a schema; strict if the schema is of the kind that can be."""
    reply = {"name": "reply", "schema": dict(schema), **({"strict": True} if is_strict(schema) else {})}
    return {"type": "json_schema", "json_schema": reply}


def is_strict(schema: object) -> bool:
    """Whether every object of a schema demands all its members and allows no others."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        complete = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(properties)
        return complete and all(is_strict(part) for part in properties.values())
    return all(is_strict(part) for part in schema.values())
