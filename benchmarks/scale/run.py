"""One run: build what is not there yet, then ask every size in turn, round after round."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.commit import ROOT
from benchmarks.scale.ask import Asked, read_asked
from benchmarks.scale.build import Built, is_current, read_built
from benchmarks.scale.pages import first_pages
from benchmarks.scale.questions import create_questions
from mlplaybook.evals.questions import Question
from mlplaybook.ingest.errors import PlaybookError

Say = Callable[[str], None]
# Runs a module of ours with arguments in a process of its own.
Launch = Callable[[str, Sequence[str]], None]


class ChildFailed(PlaybookError):
    """A child process of the benchmark ended with an error."""


def launch(module: str, arguments: Sequence[str]) -> None:
    """Run a child to its end; its progress goes to stderr."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), stdout=sys.stderr, check=False)
    if done.returncode != 0:
        cause = f"{module} ended with status {done.returncode}."
        raise ChildFailed(cause, "What it said stands above; run it again to go on with what is built.")


def folder_of(out: Path, size: int) -> Path:
    """Where one size is kept."""
    return out / str(size)


def ensure_built(out: Path, sizes: Sequence[int], seed: int, encoder: str, run: Launch, say: Say) -> list[Built]:
    """Every size, built now or by an earlier run with the same encoder and index format."""
    done = []
    for size in sizes:
        folder = folder_of(out, size)
        built = read_built(folder)
        if built is None or not is_current(built, size, seed, encoder):
            say(f"{size:,} chunks: building")
            folder.mkdir(parents=True, exist_ok=True)
            run("benchmarks.scale.build", [str(folder.absolute()), str(size), str(seed)])
            built = read_built(folder)
        assert built is not None
        say(f"{size:,} chunks: {built.chunks:,} in {built.seconds:,.1f} s, {built.chunks_per_s:.1f} a second")
        done.append(built)
    return done


def write_questions(out: Path, smallest: int, count: int, seed: int) -> tuple[Question, ...]:
    """Questions that the smallest corpus answers, and so every larger one."""
    questions = create_questions(list(first_pages(smallest, seed)), count, seed)
    text = json.dumps([dataclasses.asdict(question) for question in questions], indent=1)
    (out / "questions.json").write_text(text + "\n", "utf-8")
    return questions


def ask_all(out: Path, sizes: Sequence[int], rounds: int, run: Launch, say: Say) -> dict[int, list[Asked]]:
    """Each round every size in a new process."""
    asked: dict[int, list[Asked]] = {size: [] for size in sizes}
    for number in range(1, rounds + 1):
        for size in sizes:
            answer = out / "answer.json"
            answer.unlink(missing_ok=True)
            paths = [str(path.absolute()) for path in (folder_of(out, size), out / "questions.json", answer)]
            run("benchmarks.scale.ask", [*paths, str(time.monotonic())])
            one = read_asked(answer)
            asked[size].append(one)
            mean = sum(one.latencies_ms) / len(one.latencies_ms)
            say(f"round {number}/{rounds}, {size:,} chunks: first after {one.first_result_s:.2f} s, then {mean:.1f} ms")
    (out / "answer.json").unlink(missing_ok=True)
    return asked
