"""Rounds: every system in turn, again and again, so that a noisy minute hits all alike."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.environments import PeerFailed, Say, System, child_environment
from benchmarks.peers.figures import Figures, summarise
from benchmarks.peers.protocol import Answer, Ask, Ingested, Prepared, Queried, read_answer, write_record
from mlplaybook.evals.questions import LabelledSet

ROOT = Path(__file__).parents[2]
WORKER = "benchmarks.peers.worker"
# A worker that has been silent for an hour hangs; a thousand documents take the slowest system two minutes on two cores.
SILENT_SECONDS = 3600

# Asks a system's worker and waits for its answer.
Launch = Callable[[System, Ask], Answer]


@dataclass(frozen=True, slots=True)
class Plan:
    """How often each system ingests a dataset, and how often it is asked all its questions."""

    ingests: int = 3
    rounds: int = 3


@dataclass(frozen=True, slots=True)
class Dataset:
    """A labelled set and what it is called in the table."""

    name: str
    labelled: LabelledSet


@dataclass(frozen=True, slots=True)
class Measured:
    """All answers of one system on one dataset, round by round, and their figures."""

    system: str
    figures: Figures
    ingested: tuple[Ingested, ...]
    queried: tuple[Queried, ...]

    @property
    def steady(self) -> bool:
        """Whether every round ranked alike."""
        return all(one.ranked == self.queried[0].ranked for one in self.queried)


def create_launch(pythons: Mapping[str, Path], environment: Mapping[str, str], root: Path = ROOT) -> Launch:
    """Start workers with each system's interpreter; `environment` is what they inherit."""
    inherited = child_environment(environment)

    def launch(system: System, ask: Ask) -> Answer:
        with tempfile.TemporaryDirectory(prefix="mlplaybook-peers-") as scratch:
            question, answer = Path(scratch) / "ask.json", Path(scratch) / "answer.json"
            write_record(question, dataclasses.replace(ask, asked=time.monotonic()))
            command = [str(pythons[system.name]), "-m", WORKER, str(question), str(answer)]
            run_worker(command, inherited, root, f"{system.name} ({ask.task})")
            return read_answer(answer, ask.task)

    return launch


def run_worker(command: Sequence[str], environment: Mapping[str, str], root: Path, what: str) -> None:
    """Run a worker to its end; raises PeerFailed with its last words."""
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=SILENT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        cause = f"The worker of {what} gave no answer in {SILENT_SECONDS} s."
        raise PeerFailed(cause, "Try a smaller dataset or a quieter machine.") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        cause = f"The worker of {what} ended with status {done.returncode}: {last}."
        raise PeerFailed(cause, "Leave that system out with --only, or delete its environment to install it anew.")


def prepare(systems: Sequence[System], cache: Path, launch: Launch, say: Say) -> dict[str, Prepared]:
    """What every system needs once a machine; raises PeerFailed unless all have the same weights."""
    prepared = {}
    for system in systems:
        done = launch(system, Ask("prepare", system.module, index=str(cache)))
        assert isinstance(done, Prepared)
        say(f"{system.name}: prepared in {done.seconds:.1f} s")
        prepared[system.name] = done
    hashes = {name: one.weights_sha256 for name, one in prepared.items()}
    if len(set(hashes.values())) > 1:
        raise PeerFailed(f"The systems do not have the same weights: {hashes}.", "Pin one release of the weights.")
    return prepared


def measure(
    dataset: Dataset, systems: Sequence[System], plan: Plan, prepared: Mapping[str, Prepared], launch: Launch, say: Say
) -> list[Measured]:
    """Ingest and ask, system after system in every round."""
    with tempfile.TemporaryDirectory(prefix="mlplaybook-peers-index-") as scratch:
        asks = {
            system.name: Ask(
                "query",
                system.module,
                index=str(Path(scratch) / system.name),
                weights=prepared[system.name].weights,
                corpus=str(dataset.labelled.corpus.absolute()),
                questions=tuple((question.id, question.text) for question in dataset.labelled.questions),
            )
            for system in systems
        }
        ingested: dict[str, list[Ingested]] = {system.name: [] for system in systems}
        queried: dict[str, list[Queried]] = {system.name: [] for system in systems}
        for number in range(1, plan.ingests + 1):
            for system in systems:
                ingested[system.name].append(ingest_anew(system, asks[system.name], launch))
                speed = ingested[system.name][-1]
                say(
                    f"{dataset.name}: ingest {number}/{plan.ingests} {system.name}: "
                    f"{speed.documents / speed.ingest_s:.1f} documents/s"
                )
        for number in range(1, plan.rounds + 1):
            for system in systems:
                done = launch(system, asks[system.name])
                assert isinstance(done, Queried)
                queried[system.name].append(done)
                say(
                    f"{dataset.name}: questions {number}/{plan.rounds} {system.name}: first after "
                    f"{done.first_result_s:.2f} s, then {sum(done.latencies_ms) / len(done.latencies_ms):.1f} ms"
                )
    questions = dataset.labelled.questions
    return [
        Measured(name, summarise(questions, ingested[name], rounds), tuple(ingested[name]), tuple(rounds))
        for name, rounds in queried.items()
    ]


def ingest_anew(system: System, ask: Ask, launch: Launch) -> Ingested:
    """Ingest into an empty folder; what the last round leaves there is what questions are asked of."""
    shutil.rmtree(ask.index, ignore_errors=True)
    Path(ask.index).mkdir(parents=True)
    done = launch(system, dataclasses.replace(ask, task="ingest"))
    assert isinstance(done, Ingested)
    return done
