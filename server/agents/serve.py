"""The MCP server on stdin and stdout of a process of its own.

`python -m mlplaybook.server.agents.serve` is the same as `mlplaybook mcp` without what a command line needs.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import anyio

from mlplaybook.ingest.errors import PlaybookError
from mlplaybook.server.agents.deps import Deps
from mlplaybook.server.agents.server import create_server
from mlplaybook.server.live import open_live
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.threads import one_thread_for_products


def serve_stdio(settings: Settings, corpus: str = "") -> None:
    """Answer on stdin and stdout until stdin ends; everything else is said on stderr.

    :raises CorpusMissing: nothing has been published under that name.
    """
    with open_live(settings, corpus or settings.corpus, say) as live:
        server = create_server(Deps(live, settings))
        # What is loaded now stays until the end, so that nobody needs to look through it for garbage again.
        gc.freeze()
        gc.enable()
        anyio.run(server.run_stdio_async)


def say(line: str) -> None:
    """One line on stderr: stdout belongs to the protocol."""
    sys.stderr.write(f"mlplaybook: {line}\n")
    sys.stderr.flush()


def main(arguments: Sequence[str] = ()) -> int:
    """Serve over stdio; `--corpus NAME` names another corpus. The exit status."""
    one_thread_for_products()
    corpus = arguments[arguments.index("--corpus") + 1] if "--corpus" in arguments[:-1] else ""
    try:
        serve_stdio(read_settings(), corpus)
    except PlaybookError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def run() -> None:
    """Serve as the command line says, and end the process."""
    status = main(sys.argv[1:])
    sys.stderr.flush()
    # Threads of the SDK and of the model's runtime may still wait for something; nothing is left to save.
    os._exit(status)


if __name__ == "__main__":
    run()
