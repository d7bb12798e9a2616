"""LangChain's chat models, opened without retries of their own and without telling a tracing service what is asked."""

from __future__ import annotations

import itertools
import logging
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langsmith import tracing_context

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.line import is_loopback
from mlplaybook.server.llm.provider import Setup
from mlplaybook.server.llm.records import Message, Request

# Window sizes by the beginning of a name, for models that LangChain's table of profiles does not know yet.
FAMILIES = (("claude", 200_000), ("gpt-4.1", 1_000_000), ("gpt-4o", 128_000), ("gpt-", 200_000), ("o", 128_000))
# What every model in use has; a wrong guess upwards would cut off the instructions without a word.
SAFE_WINDOW = 8_192
SILENT = logging.NullHandler()


def open_chat(provider: str, name: str, settings: dict[str, Any]) -> BaseChatModel:
    """A LangChain chat model."""
    # What a package of LangChain's warns of is for whoever sets up logging, not for the terminal.
    logging.getLogger(f"langchain_{provider}").addHandler(SILENT)
    # Replies of the wrong form are judged by us. pydantic would show pieces of them.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings", category=UserWarning)
    warnings.filterwarnings("ignore", message="Received unexpected tool content block", category=UserWarning)
    chat: BaseChatModel = init_chat_model(name, model_provider=provider, **settings)
    return chat


def replies(chat: BaseChatModel, messages: list[Any], options: dict[str, Any], streaming: bool) -> Iterator[Any]:
    """The chunks of a reply, or the one message it is.

    LANGSMITH_TRACING, set for other programs, would send the question and the passages away.
    """
    with tracing_context(enabled=False):
        if streaming:
            yield from chat.stream(messages, **options)
        else:
            yield chat.invoke(messages, **options)


def as_text(messages: tuple[Message, ...]) -> list[Any]:
    """Messages in the form LangChain reads; neighbours of one role become one, as the templates of local models demand."""
    return [
        {"role": role, "content": "\n\n".join(message.content for message in group)}
        for role, group in itertools.groupby(messages, key=lambda message: message.role)
    ]


def window_of(setup: Setup, profile: Mapping[str, Any] | None) -> int:
    """Tokens a model takes: as set, by its profile, by its family, else what is safe."""
    known = setup.window or int((profile or {}).get("max_input_tokens") or 0)
    return known or next((size for start, size in FAMILIES if setup.name.startswith(start)), SAFE_WINDOW)


def takes_temperature(chat: BaseChatModel, request: Request) -> dict[str, Any]:
    """The temperature, for a model that may be told one."""
    profile = chat.profile or {}
    return {"temperature": request.temperature} if profile.get("temperature", True) else {}


def key_of(setup: Setup, variable: str, provider: str) -> str:
    """The key in the environment; a server on this machine needs none.

    :raises BadSetting: there is none.
    """
    key = setup.environment.get(variable, "").strip()
    if not key and not is_loopback(setup.base_url):
        raise BadSetting(
            f"The model {provider}:{setup.name} needs a key, and {variable} is not set.",
            f"Set {variable}, or ask without a model.",
        )
    return key or "none"
