"""What a worker is asked and what it answers; only the standard library, because it is read in every environment."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

Task = Literal["prepare", "ingest", "query"]
# Document ids for a question, best first, at most DEPTH.
Search = Callable[[str], list[str]]
DEPTH = 10
# Later questions are timed; the first ones still fill caches and start threads.
WARM_UP = 5


class Peer(Protocol):
    """What the module of a system offers; importing it imports the system's libraries."""

    def prepare(self, cache: Path) -> Path:
        """What is done once a machine; gives the folder of weights that `load` and `open_index` take."""

    def load(self, weights: Path) -> Any:  # noqa: ANN401 (every library has a model of its own)
        """The model, in memory."""

    def ingest(self, model: Any, corpus: Path, index: Path) -> Search:  # noqa: ANN401
        """Read, split, embed and write a corpus.jsonl to the folder `index`."""

    def open_index(self, weights: Path, index: Path) -> Search:
        """Search what another process has written."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One task for one system; `asked` is time.monotonic() of the parent just before it starts the worker."""

    task: Task
    module: str
    index: str
    weights: str = ""
    corpus: str = ""
    questions: tuple[tuple[str, str], ...] = ()
    asked: float = 0.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """The folder of weights, the SHA-256 of the packaged originals, and the versions of what is installed."""

    weights: str
    weights_sha256: str
    seconds: float
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ingested:
    """Seconds of importing, of loading the model and of ingest proper; of the first result since the process was started."""

    documents: int
    import_s: float
    load_s: float
    ingest_s: float
    first_result_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Queried:
    """One pass over all questions in a new process; `latencies_ms` leaves out the warm-up."""

    import_s: float
    open_s: float
    first_result_s: float
    peak_mb: float
    latencies_ms: list[float]
    ranked: dict[str, list[str]]


Answer = Prepared | Ingested | Queried
ANSWERS: dict[Task, type[Prepared] | type[Ingested] | type[Queried]] = {
    "prepare": Prepared,
    "ingest": Ingested,
    "query": Queried,
}


def write_record(path: Path, record: Ask | Answer) -> None:
    """One JSON file."""
    path.write_text(json.dumps(dataclasses.asdict(record)), "utf-8")


def read_ask(path: Path) -> Ask:
    """The question to a worker."""
    values = json.loads(path.read_text("utf-8"))
    questions = tuple((name, text) for name, text in values.pop("questions"))
    return Ask(**values, questions=questions)


def read_answer(path: Path, task: Task) -> Answer:
    """What a worker wrote; raises OSError when it wrote nothing, ValueError or TypeError when it wrote something else."""
    return ANSWERS[task](**json.loads(path.read_text("utf-8")))
