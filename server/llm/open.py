"""A model by its name, PROVIDER:NAME, from whichever provider's packages are installed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from mlplaybook.ingest.errors import BadSetting
from mlplaybook.server.llm.deadline import Clock, Limits
from mlplaybook.server.llm.provider import LangchainModel, Provider, Setup

OLLAMA_PORT = 11434
# Where each provider is reached when no base URL is given: the variable that says so, else its own address.
ADDRESSES = {
    "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
    "ollama": ("OLLAMA_HOST", f"http://127.0.0.1:{OLLAMA_PORT}"),
}
DEFAULT_LIMITS = Limits()


def create_model(
    spec: str,
    base_url: str = "",
    environment: Mapping[str, str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    *,
    streaming: bool = True,
    window: int = 0,
    cites: bool = False,
    clock: Clock = time.monotonic,
) -> LangchainModel:
    """The model `PROVIDER:NAME`; any server that speaks OpenAI's protocol is `openai:NAME` with its `base_url`.

    Keys are read from `environment`; a server on this machine needs none. `window` overrides the known size. With `cites`
    a provider that can (Anthropic) takes the passages as documents and cites them by itself.

    :raises BadSetting: the name, the key or the provider's packages are missing.
    """
    provider, name = split(spec)
    environment = environment or {}
    variable, usual = ADDRESSES[provider]
    address = (base_url or environment.get(variable, "") or usual).strip()
    setup = Setup(name, url_of(address, provider), environment, limits, streaming, window, cites)
    return LangchainModel(f"{provider}:{name}", load(provider)(setup), setup, clock)


def split(spec: str) -> tuple[str, str]:
    """Provider and name of a model.

    >>> split("ollama:llama3.1:8b")
    ('ollama', 'llama3.1:8b')
    """
    provider, _, name = spec.strip().partition(":")
    if provider not in ADDRESSES or not name:
        known = ", ".join(ADDRESSES)
        raise BadSetting(f"The model {spec!r} has no known provider.", f"Write PROVIDER:NAME with one of {known}.")
    return provider, name


def url_of(address: str, provider: str) -> str:
    """An address as a URL: OLLAMA_HOST is often only a host, with a port or without.

    :raises BadSetting: it has another scheme than HTTP.
    """
    if "://" not in address and ":" not in address and provider == "ollama":
        address = f"{address}:{OLLAMA_PORT}"
    url = address if "://" in address else f"http://{address}"
    if not url.startswith(("http://", "https://")):
        raise BadSetting(f"The base URL {address!r} is no web address.", "Write it with http:// or https://.")
    return url.rstrip("/")


def load(provider: str) -> Callable[[Setup], Provider]:
    """What creates a provider's models; imported here, since it waits for the provider's optional packages.

    :raises BadSetting: the packages are not installed.
    """
    try:
        if provider == "openai":
            from mlplaybook.server.llm.chat_openai import create  # noqa: PLC0415
        elif provider == "anthropic":
            from mlplaybook.server.llm.chat_anthropic import create  # noqa: PLC0415
        else:
            from mlplaybook.server.llm.chat_ollama import create  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"Models of {provider} need packages that are not installed ({error.name}).",
            f"Run: pip install 'mlplaybook[{provider}]'",
        ) from error
    return create
