"""Where the command `mlplaybook` begins: `mlplaybook mcp` answers before anything else is loaded."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main() -> None:
    """Run the command.

    Agents wait about a second for a server to answer, and the command line alone takes half of that to load: an agent's
    own call is recognised here, by nothing but its words.
    """
    corpus = corpus_to_serve(sys.argv[1:])
    if corpus is None:
        from mlplaybook.server.__main__ import main as command  # noqa: PLC0415

        command()
    else:
        from mlplaybook.server.agents.front import serve_behind_front, server_command  # noqa: PLC0415

        serve_behind_front(server_command(corpus))


def corpus_to_serve(arguments: Sequence[str]) -> str | None:
    """The corpus that an agent wants served on stdin and stdout, "" for the usual one; None for any other command.

    >>> corpus_to_serve(["mcp"]), corpus_to_serve(["mcp", "--corpus=notes"]), corpus_to_serve(["mcp", "--help"])
    ('', 'notes', None)
    """
    match list(arguments):
        case ["mcp"]:
            return ""
        case ["mcp", "--corpus", name] if name and not name.startswith("-"):
            return name
        case ["mcp", option] if option.startswith("--corpus=") and option != "--corpus=":
            return option.removeprefix("--corpus=")
    return None
