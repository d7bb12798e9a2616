"""One line of JSON a request, on stderr; what people asked stands in none unless they who run the service want that."""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TextIO

# Places in code that a line about a failure names, from the innermost outwards.
FRAMES = 8
# Enough of a path to find the file, without the machine's own folders.
PARTS = 3


class Log:
    """Writes lines; a stream that is gone costs nobody's answer."""

    def __init__(self, stream: TextIO | None = None, *, questions: bool = False) -> None:
        self._stream, self.questions = stream or sys.stderr, questions
        self._lock = threading.Lock()

    def write(self, event: str, **values: object) -> None:
        """One line; values that are empty are left out."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        kept = {name: value for name, value in values.items() if value not in ("", None)}
        line = json.dumps({"at": at, "event": event, **kept}, default=str)
        with self._lock:
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    def say(self, text: str) -> None:
        """A line of the core for people."""
        self.write("note", text=text)

    def failure(self, error: BaseException, request_id: str) -> None:
        """An error that nobody foresaw: its kind and where it came from; its words only where questions may be logged."""
        words = str(error) if self.questions else ""
        self.write(
            "failed", request=request_id, error=type(error).__name__, where=places(error.__traceback__), text=words
        )


class Handler(logging.Handler):
    """Lines of libraries in our log, without what they would fill in: that may be the words of a question."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        error = record.exc_info[1] if record.exc_info else None
        text = record.getMessage() if self._log.questions else str(record.msg)
        self._log.write(
            "library", name=record.name, level=record.levelname.lower(), text=text, error=type(error).__name__ if error else "",
            where=places(error.__traceback__) if error else None,
        )  # fmt: skip


def take_over(log: Log) -> None:
    """Let every library write into our log; some have put handlers of their own before."""
    logging.basicConfig(handlers=[Handler(log)], level=logging.WARNING, force=True)


def places(traceback: TracebackType | None) -> list[str]:
    """The innermost places of a traceback, as `file:line function`."""
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append(f"{'/'.join(Path(code.co_filename).parts[-PARTS:])}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return found[-FRAMES:]
