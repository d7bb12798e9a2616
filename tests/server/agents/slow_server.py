"""A server that does little, and what a server should not do: `python slow_server.py LOG [word]...`.

Every line that comes is written to LOG. Words: `sleep=SECONDS` before it reads, `stay` after the end of stdin, `deaf` to
signals, `print` on stdout what is no message, `die=METHOD:STATUS` when a method is called, `hold=METHOD` without an answer.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

WORDS = dict(word.partition("=")[::2] for word in sys.argv[2:])


def say(line: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{line}\n")
    stream.flush()


def answer(record: dict[str, object]) -> None:
    method = record.get("method")
    if method == WORDS.get("die", "").partition(":")[0]:
        say("mlplaybook: the disk is full. Make room.", sys.stderr)
        status = int(WORDS["die"].partition(":")[2])
        os.kill(os.getpid(), -status) if status < 0 else os._exit(status)
    if "id" in record and "method" in record and method != WORDS.get("hold"):
        say(json.dumps({"jsonrpc": "2.0", "id": record["id"], "result": {"asked": method}}))


def main() -> None:
    with Path(sys.argv[1]).open("a", encoding="utf-8") as log:
        if "deaf" in WORDS:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
        else:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        log.write("ready\n")
        log.flush()
        if "print" in WORDS:
            say("a library says hello\n[1, 2]\n{}")
        time.sleep(float(WORDS.get("sleep", 0)))
        for line in sys.stdin:
            log.write(line)
            log.flush()
            answer(json.loads(line))
        log.write("end\n")
        log.flush()
        if "stay" in WORDS:
            time.sleep(60)


main()
