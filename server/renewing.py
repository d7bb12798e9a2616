"""Bring the playbook's index up to date in a process of its own, so that what building takes of memory goes with it.

A server holds 270 MB; one that had built the index held 440. The process has a low priority, and goes on when the server ends:
agents come and go, and an index that is half made would be begun again by the next.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import is_current
from mlplaybook.ingest.errors import IngestBusy, PlaybookError, WeightsRefused
from mlplaybook.ingest.weights import find_exported, find_source
from mlplaybook.knowledge import pages_folder
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.settings import Settings
from mlplaybook.server.wiring import (
    FIRST_BUILD_SECONDS,
    LOOK_SECONDS,
    PLAYBOOK,
    Say,
    corpus_name,
    create_encoder_loader,
    create_job,
    own_pages,
    own_warnings,
    refresh_playbook,
)

# Locks in the corpus' folder: of the process that brings it up to date, which exports the encoder too where that is needed,
# and of the server that has started it, so that others do not start theirs in the second before it holds its own.
GATE, STARTER = ".renewing", ".starting"
# Others who write hold the index for a moment only, unless they build all of it.
WRITER_SECONDS = 10.0
LOWER_PRIORITY = 5
REFUSED = 3
# Begins what the server passes on; other lines are of libraries.
SAID = "renewing: "


def open_renewed(settings: Settings, corpus: str, say: Say) -> Index:
    """The index of a corpus with all it has; the playbook's own is brought up to date before, which may take minutes.

    :raises PlaybookError: it cannot be brought up to date or opened.
    """
    if corpus == PLAYBOOK:
        renew(settings, say)
    loader = create_encoder_loader(settings)
    return open_index(settings.index_folder, corpus_name(settings, corpus), loader, settings.chroma_url)


def renew(settings: Settings, say: Say) -> None:
    """Bring the playbook's index up to date where that is needed, in another process; of several servers one starts it.

    :raises IngestBusy: some other process has been at it for too long.
    """
    try:
        if needs_renewing(settings):
            with turn(settings, STARTER):
                with turn(settings, GATE):
                    still = needs_renewing(settings)
                if still:
                    run_apart(settings, say)
    except OSError as error:
        say(f"serving the index as it is: {error}")


def needs_renewing(settings: Settings) -> bool:
    """Whether pages, encoder or version differ from what the serving generation was made of; builds and exports nothing."""
    found = find_exported(settings.weights)
    if found.folder is None:
        return can_export(settings)
    job = create_job(settings, corpus_name(settings, PLAYBOOK), pages_folder(), found)
    return not is_current(dataclasses.replace(job, own=own_pages(settings)))


def can_export(settings: Settings) -> bool:
    """Whether weights are on this machine; those that are refused count, since it is the other process that says so."""
    named = settings.weights.encoder
    if named and not Path(named).is_dir():
        return False
    try:
        return find_source(settings.weights, hub=False)[0] is not None
    except WeightsRefused:
        return True


@contextmanager
def turn(settings: Settings, name: str, seconds: float = FIRST_BUILD_SECONDS) -> Iterator[None]:
    """A lock in the corpus' folder, waited for and held.

    :raises IngestBusy: it was held by others for longer than that.
    """
    path = gen.corpus_folder(settings.index_folder, corpus_name(settings, PLAYBOOK)) / name
    lock = FileLock(path)
    try:
        lock.acquire(timeout=seconds, poll_interval=LOOK_SECONDS)
    except Timeout as error:
        cause = f"Another process has been building the index for more than {seconds:g} seconds."
        raise IngestBusy(cause, "The index it builds will serve when it is done.") from error
    try:
        yield
    finally:
        lock.release()


def run_apart(settings: Settings, say: Say, command: Sequence[str] = ()) -> None:
    """Start the other process and wait for its end; what it says is said.

    :param command: another one than this module.

    :raises PlaybookError: it refused, in its words. A process that died has changed nothing, and what serves is opened.
    """
    own = [sys.executable, "-I" if sys.flags.isolated else "-P", "-m", __name__]
    with subprocess.Popen(
        command or own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8", errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(settings.model_dump_json())
        process.stdin.close()
        last = ""
        for line in process.stderr:
            last = line.strip() or last
            if line.startswith(SAID):
                say(line.removeprefix(SAID).strip())
        refusal = process.stdout.read()
    if process.returncode == REFUSED:
        raise PlaybookError(**json.loads(refusal))
    if process.returncode != 0:
        say(f"serving the index as it is: building it ended with status {process.returncode}. {last}".strip())


def speak(line: str) -> None:
    """A line to the server, if it still lives."""
    try:
        sys.stderr.write(f"{SAID}{line}\n")
        sys.stderr.flush()
    except OSError:
        return


def main() -> int:
    """Bring the index up to date as settings on stdin say; the exit status, with cause and remedy on stdout for REFUSED."""
    if hasattr(os, "nice"):
        os.nice(LOWER_PRIORITY)
    settings = Settings(**json.load(sys.stdin))
    name, own = corpus_name(settings, PLAYBOOK), own_pages(settings)
    try:
        with turn(settings, GATE):
            report = refresh_playbook(settings, name, own, speak, lambda done, total: None, WRITER_SECONDS)
        for line in own_warnings(report):
            speak(line)
    except PlaybookError as error:
        sys.stdout.write(json.dumps({"cause": error.cause, "remedy": error.remedy}))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
