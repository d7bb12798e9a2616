"""Ingest a folder and die at the n-th step, as by `kill -9`: crash_child.py SOURCE INDEX STEP; prints the steps passed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mlplaybook.ingest.build import Job, ingest
from tests.conftest import ID, WordEncoder


def main() -> None:
    last = int(sys.argv[3])
    passed: list[str] = []

    def step(name: str) -> None:
        passed.append(name)
        if len(passed) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    encoder = WordEncoder()
    ingest(Job(Path(sys.argv[1]), "handbook", Path(sys.argv[2]), ID, lambda: encoder), step=step)
    sys.stdout.write("\n".join(passed))


if __name__ == "__main__":
    main()
