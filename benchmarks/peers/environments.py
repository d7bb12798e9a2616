"""A throw-away virtual environment for every peer, and what its processes see of ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.ingest.errors import PlaybookError

REQUIREMENTS = Path(__file__).parent / "requirements"
# Written last: an environment without it was interrupted.
STAMP = ".requirements"
# Nothing set for our own runs may change what a library does by default.
DROPPED_PREFIXES = ("MLPLAYBOOK_", "PYTHON")
DROPPED = frozenset(
    {"VIRTUAL_ENV", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TOKENIZERS_PARALLELISM"}
)
# No telemetry and no look at a hub during a measurement; the same cores for all, also where there is a GPU.
SET = {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False", "CUDA_VISIBLE_DEVICES": ""}

Say = Callable[[str], None]
Run = Callable[[Sequence[str]], None]


class PeerFailed(PlaybookError):
    """A peer could not be installed, or its worker ended without an answer."""

    code = "peer-failed"


@dataclass(frozen=True, slots=True)
class System:
    """A system that is measured: its name, its module here, and the packages whose versions the table names."""

    name: str
    module: str
    packages: tuple[str, ...]

    @property
    def own(self) -> bool:
        """Whether it is the product, which runs in this environment."""
        return self.name == OURS


OURS, BLUEPRINT = "ours", "blueprint"
SYSTEMS = (
    System(OURS, "benchmarks.peers.ours", ("mlplaybook", "onnxruntime", "chromadb")),
    System(
        BLUEPRINT,
        "benchmarks.peers.blueprint",
        ("langchain", "langchain-chroma", "langchain-huggingface", "chromadb", "sentence-transformers", "torch"),
    ),
    System(
        "langchain-ensemble",
        "benchmarks.peers.langchain_ensemble",
        ("langchain-classic", "langchain-community", "langchain-chroma", "rank-bm25", "sentence-transformers", "torch"),
    ),
    System("txtai", "benchmarks.peers.txtai", ("txtai", "faiss-cpu", "transformers", "torch")),
    System(
        "llamaindex",
        "benchmarks.peers.llamaindex",
        ("llama-index-core", "llama-index-retrievers-bm25", "bm25s", "sentence-transformers", "torch"),
    ),
)


def child_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The variables of a worker."""
    kept = {name: value for name, value in base.items() if not name.startswith(DROPPED_PREFIXES)}
    return {name: value for name, value in kept.items() if name not in DROPPED} | SET


def run_quietly(command: Sequence[str]) -> None:
    """Run a command; raises PeerFailed with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = " ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
        cause = f"`{' '.join(command)}` failed with status {done.returncode}: {last}."
        raise PeerFailed(cause, "Check the network and the disk, then run the benchmark again.")


def ensure_environment(
    system: System, venvs: Path, say: Say, run: Run = run_quietly, requirements: Path = REQUIREMENTS
) -> Path:
    """The interpreter of a system's environment, made when it is not there or its requirements have changed."""
    if system.own:
        return Path(sys.executable)
    # Not resolved: the interpreter in an environment is a link out of it.
    folder = (venvs / system.name).absolute()
    python = folder / "bin" / "python"
    wanted = (requirements / f"{system.name}.txt").read_text("utf-8")
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return python
    say(f"{system.name}: installing into {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(folder)])
    run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements / f"{system.name}.txt")])
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, "utf-8")
    return python
