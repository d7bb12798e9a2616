"""Threads that come and go leave no heaps of their own behind."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
from mlplaybook.server.rest.memory import few_arenas
if sys.argv[1] == "few":
    few_arenas()
barrier = threading.Barrier(12)
def work():
    kept = []
    barrier.wait()
    for _ in range(200):
        kept.append(bytes(10_000))
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have one heap")
def test_all_threads_share_two_heaps() -> None:
    def heaps(way: str) -> int:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, way], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.count("<heap nr=")

    assert heaps("few") <= 2 < heaps("usual")
