"""What can be installed beside the core, as the installed distribution says."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable
from dataclasses import dataclass

DISTRIBUTION = "mlplaybook"
# Only for whoever works on this package itself.
NOT_SHOWN = frozenset({"browser", "dev"})
# What each is good for, in the order in which they are listed; one that is not named here comes last.
PURPOSES = {
    "local": "exports the encoder's weights",
    "documents": "reads PDF, HTML and office files",
    "openai": "models of OpenAI and servers that speak its protocol",
    "anthropic": "models of Anthropic",
    "ollama": "models on this machine by Ollama",
    "langchain": "the retriever for LangChain",
    "redis": "a cache that machines share",
    "telemetry": "OpenTelemetry traces",
    "calculate": "calculators for statistics, with plots",
    "serve": "the HTTP server",
    "mcp": "the MCP server for coding agents",
    "evals": "RAGAS, a judge and plots for `evals run`",
}
# `redis>=6; extra == "redis"`; a marker of another kind stands before or behind it.
REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*).*;.*\bextra\s*==\s*['\"]([\w.-]+)['\"]")


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra with the distributions that it installs; `purpose` is empty where nobody wrote one down."""

    name: str
    packages: tuple[str, ...]
    purpose: str = ""


def read_extras() -> tuple[Extra, ...]:
    """The extras of the installed distribution, without those for its own development."""
    return create_extras(importlib.metadata.requires(DISTRIBUTION) or ())


def create_extras(requirements: Iterable[str]) -> tuple[Extra, ...]:
    """The extras that requirements as in a distribution's metadata belong to.

    >>> create_extras(["numpy>=2", "redis>=6; extra == 'redis'"])
    (Extra(name='redis', packages=('redis',), purpose='a cache that machines share'),)
    """
    found: dict[str, dict[str, None]] = {}
    for requirement in requirements:
        match = REQUIREMENT.match(requirement)
        if match and match[2] not in NOT_SHOWN:
            found.setdefault(match[2], {})[match[1]] = None
    known = list(PURPOSES)
    order = sorted(found, key=lambda name: (known.index(name) if name in PURPOSES else len(known), name))
    return tuple(Extra(name, tuple(found[name]), PURPOSES.get(name, "")) for name in order)
