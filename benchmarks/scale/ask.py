"""A child process that opens one size and asks all questions: python -m benchmarks.scale.ask FOLDER QUESTIONS ANSWER STARTED."""

from __future__ import annotations

import cProfile
import dataclasses
import json
import pstats
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.worker import peak_mb
from benchmarks.scale.build import CORPUS, own_settings
from mlplaybook.evals.metrics import DEPTH, grade
from mlplaybook.evals.questions import Question
from mlplaybook.server.retrieval.dense import create_exact_nearest
from mlplaybook.server.retrieval.index import Index, open_index
from mlplaybook.server.retrieval.search import CANDIDATES, Hit, search
from mlplaybook.server.settings import read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import create_encoder_loader

# Functions of the search whose share of the time is shown, by stage; none of them calls another.
STAGES = {
    "encode": "encode_query",
    "lexical": "lexical_scores",
    "dense": "nearest_rows",
    "rerank": "rerank",
    "expand": "expand",
}
OTHER = "other"
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Asked:
    """One process on one size: seconds to open and to the first result, milliseconds a question, 10^6 bytes of memory.

    `anonymous_mb` is what is not a file that the kernel can drop and read again; None where it does not say. `grades` has
    nDCG@10, MRR@10, hit@1 and hit@5 by question; `dense_recall` is how many of the truly nearest chunks the index finds.
    """

    open_s: float
    first_result_s: float
    peak_mb: float
    anonymous_mb: float | None
    latencies_ms: list[float]
    stages_ms: dict[str, float]
    grades: dict[str, tuple[float, float, float, float]]
    dense_recall: float


def ask(open_it: Callable[[], Index], questions: Sequence[Question], started: float, clock: Clock) -> Asked:
    """Open, ask once to warm up, once by the clock and once by the profiler; `started` is when the process was."""
    before = clock()
    index = open_it()
    opened = clock()
    search(index, questions[0].text, DEPTH)
    first = clock()
    for question in questions:
        search(index, question.text, DEPTH)
    found: dict[str, list[Hit]] = {}
    times = []
    for question in questions:
        start = clock()
        found[question.id] = search(index, question.text, DEPTH)
        times.append((clock() - start) * 1000)
    # Whatever comes after this is no part of serving.
    peak, anonymous = peak_mb(), anonymous_mb(Path("/proc/self/status"))
    return Asked(
        open_s=opened - before,
        first_result_s=first - started,
        peak_mb=peak,
        anonymous_mb=anonymous,
        latencies_ms=times,
        stages_ms=profile(index, questions),
        grades={q.id: grade([hit.section.id for hit in found[q.id]], q.relevant) for q in questions},
        dense_recall=dense_recall(index, questions),
    )


def profile(index: Index, questions: Sequence[Question]) -> dict[str, float]:
    """Milliseconds a question by stage; the profiler's own time makes them a little more than the clock's."""
    profiler = cProfile.Profile()
    for question in questions:
        profiler.runcall(search, index, question.text, DEPTH)
    return stage_times(pstats.Stats(profiler), len(questions))


def stage_times(stats: pstats.Stats, questions: int) -> dict[str, float]:
    """Cumulative milliseconds a question of each stage's function, and of the rest of `search`."""
    entries: dict[tuple[str, int, str], tuple[Any, ...]] = stats.stats  # type: ignore[attr-defined]
    seconds = {name: entry[3] for (_, _, name), entry in entries.items() if name in {*STAGES.values(), "search"}}
    times = {stage: seconds[name] * 1000 / questions for stage, name in STAGES.items() if name in seconds}
    return times | {OTHER: seconds["search"] * 1000 / questions - sum(times.values())}


def dense_recall(index: Index, questions: Sequence[Question]) -> float:
    """Share of the CANDIDATES nearest chunks, by comparing all, that the index gives; 1 where it has no vectors."""
    if index.nearest is None or index.encoder is None or index.vectors is None:
        return 1.0
    exact, count = create_exact_nearest(index.vectors.sentences), min(CANDIDATES, index.manifest.chunks)
    shares = []
    for question in questions:
        vector = index.encoder.encode_query(question.text).sentence
        shares.append(len(set(exact(vector, count)) & set(index.nearest(vector, count))) / count)
    return sum(shares) / len(shares)


def anonymous_mb(status: Path) -> float | None:
    """Memory of this process that no file backs."""
    found = re.search(r"^RssAnon:\s+(\d+) kB", status.read_text("utf-8") if status.is_file() else "", re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else None


def read_questions(path: Path) -> tuple[Question, ...]:
    """Questions that the parent wrote."""
    return tuple(Question(**record) for record in json.loads(path.read_text("utf-8")))


def read_asked(path: Path) -> Asked:
    """What a child wrote."""
    values = json.loads(path.read_text("utf-8"))
    return Asked(**values | {"grades": {name: tuple(row) for name, row in values["grades"].items()}})


def main() -> None:
    """Ask the size in a folder; `STARTED` is time.monotonic() of the parent."""
    folder, questions, answer = map(Path, sys.argv[1:4])
    one_thread_for_products()
    settings = read_settings()
    index_folder, loader = own_settings(settings, folder).index_folder, create_encoder_loader(settings)
    asked = ask(
        lambda: open_index(index_folder, CORPUS, loader), read_questions(questions), float(sys.argv[4]), time.monotonic
    )
    answer.write_text(json.dumps(dataclasses.asdict(asked)), "utf-8")


if __name__ == "__main__":
    main()
