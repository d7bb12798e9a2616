"""Signals to the front are the server's too, and how both end."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# A terminal's, a client's, and Ctrl-Break on Windows.
FORWARDED = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
ONE, STOPPED = 1, 128


def forward_signals(child: subprocess.Popen[bytes], seconds: float) -> list[int]:
    """Pass signals on to a child; the list that comes back fills with those that came.

    A child that has not ended after so many seconds is killed, and this process ends.
    """
    came: list[int] = []

    def forward(number: int, frame: object) -> None:
        came.append(number)
        if len(came) > 1:
            return
        try:
            if os.name == "nt":
                child.terminate()
            else:
                child.send_signal(number)
        except OSError:
            pass
        timer = threading.Timer(seconds, give_up, (child, number))
        timer.daemon = True
        timer.start()

    if threading.current_thread() is threading.main_thread():
        for number in FORWARDED:
            signal.signal(number, forward)
    return came


@contextmanager
def signals_elsewhere() -> Iterator[None]:
    """Threads that are started here get no signals: the main thread does, whose waiting a signal has to interrupt."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def give_up(child: subprocess.Popen[bytes], number: int) -> None:
    """Kill a child that does not end, and end."""
    child.kill()
    os._exit(STOPPED + number)


def status_of(returned: int, came: list[int]) -> int:
    """The exit status for a child that has ended: by a signal as shells say it, 1 where it said 0 and nobody had asked it to end.

    >>> status_of(2, []), status_of(-9, []), status_of(0, []), status_of(0, [15])
    (2, 137, 1, 143)
    """
    if came:
        return STOPPED + came[0]
    if returned < 0:
        return STOPPED - returned
    return returned or ONE
