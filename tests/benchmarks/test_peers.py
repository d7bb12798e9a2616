"""The peer benchmark with a worker that is made up: what is asked, how it is scored, what is written."""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from benchmarks.peers.environments import (
    BLUEPRINT,
    OURS,
    STAMP,
    SYSTEMS,
    PeerFailed,
    System,
    child_environment,
    ensure_environment,
    run_quietly,
)
from benchmarks.peers.figures import Figures, percentile, ratios, score, summarise
from benchmarks.peers.noise import Meter, busy_seconds, other_cores, read_meter
from benchmarks.peers.protocol import (
    DEPTH,
    Answer,
    Ask,
    Ingested,
    Prepared,
    Queried,
    Search,
    read_answer,
    read_ask,
    write_record,
)
from benchmarks.peers.run import ROOT, Dataset, Launch, Measured, Plan, create_launch, measure, prepare
from benchmarks.peers.table import COLUMNS, cpu_model, dataset_record, draw, page
from benchmarks.peers.worker import answer
from mlplaybook.evals.questions import LabelledSet, Question

QUESTIONS = (Question("q1", "first?", {"d1": 1.0}), Question("q2", "second?", {"d2": 1.0}))
TWO = (System(OURS, "fake_peer", ("numpy",)), System(BLUEPRINT, "fake_peer", ("torch", "nothing-like-it")))
FAKE_MODULE = """
from pathlib import Path


def load(weights):
    return str(weights)


def ingest(model, corpus, index):
    (index / "written").write_text(model)
    return lambda question: ["d1"]


def open_index(weights, index):
    assert (index / "written").read_text() == str(weights)
    return lambda question: ["d2", question]
"""


class FakePeer:
    """A system that finds d1 for everything."""

    def prepare(self, cache: Path) -> Path:
        return cache / "weights"

    def load(self, weights: Path) -> str:
        return weights.name

    def ingest(self, model: str, corpus: Path, index: Path) -> Search:
        (index / "model").write_text(model)
        return lambda question: ["d1"]

    def open_index(self, weights: Path, index: Path) -> Search:
        assert (index / "model").read_text() == weights.name
        return lambda question: ["d1", question]


def seconds() -> Callable[[], float]:
    """A clock that goes on by one second a look."""
    ticks = itertools.count(100)
    return lambda: float(next(ticks))


def an_ask(folder: Path, **changes: object) -> Ask:
    corpus = folder / "corpus.jsonl"
    corpus.write_text('{"_id": "d1", "text": "one"}\n{"_id": "d2", "text": "two"}\n\n')
    ask = Ask("ingest", "fake_peer", str(folder), "/w/weights", str(corpus), (("q1", "first?"),), asked=90.0)
    return dataclasses.replace(ask, **changes)  # type: ignore[arg-type]


def ingested(speed: float = 10.0) -> Ingested:
    return Ingested(20, 1.0, 2.0, 20 / speed, 5.0, 300.0)


def queried(*latencies: float, first: str = "d1") -> Queried:
    return Queried(1.0, 0.5, 2.0, 200.0, list(latencies or (4.0, 6.0)), {"q1": [first], "q2": ["d1", "d2"]})


def prepared(digest: str = "abc") -> Prepared:
    return Prepared("/weights", digest, 3.0, {"NumPy": "2.0", "torch": "2.13.0"})


def a_dataset(corpus: Path = Path("corpus.jsonl")) -> Dataset:
    return Dataset("faq", LabelledSet(corpus, QUESTIONS))


def two_measured() -> list[Measured]:
    """The product twice as fast as the blueprint."""
    return [
        Measured(name, summarise(QUESTIONS, [ingested(speed)], [one]), (ingested(speed),), (one,))
        for name, speed, one in ((OURS, 20.0, queried(2.0)), (BLUEPRINT, 10.0, queried(4.0)))
    ]


def fake_launch(asked: list[tuple[str, str]], digests: Sequence[str] = ("abc", "abc")) -> Launch:
    """Answers at once, and notes who was asked for what."""

    def launch(system: System, ask: Ask) -> Answer:
        asked.append((ask.task, system.name))
        if ask.task == "prepare":
            return prepared(digests[[one.name for one in TWO].index(system.name)])
        return ingested() if ask.task == "ingest" else queried()

    return launch


def test_an_ask_is_read_as_it_was_written(tmp_path: Path) -> None:
    ask = an_ask(tmp_path)
    write_record(tmp_path / "ask.json", ask)
    assert read_ask(tmp_path / "ask.json") == ask


@pytest.mark.parametrize(("task", "record"), [("prepare", prepared()), ("ingest", ingested()), ("query", queried())])
def test_an_answer_is_read_as_it_was_written(tmp_path: Path, task: str, record: Answer) -> None:
    write_record(tmp_path / "answer.json", record)
    assert read_answer(tmp_path / "answer.json", task) == record  # type: ignore[arg-type]


def test_an_ingest_is_timed_part_by_part(tmp_path: Path) -> None:
    """Looks at the clock: import 100-101, loading 102-103, ingest 103-104, and the first result at 105, asked at 90."""
    done = answer(an_ask(tmp_path), lambda module: FakePeer(), seconds())
    assert isinstance(done, Ingested)
    assert dataclasses.replace(done, peak_mb=0.0) == Ingested(2, 1.0, 1.0, 1.0, 15.0, 0.0)
    assert done.peak_mb > 1


def test_a_pass_of_questions_leaves_the_warm_up_out(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("weights")
    questions = tuple((f"q{n}", f"text {n}") for n in range(7))
    done = answer(an_ask(tmp_path, task="query", questions=questions), lambda module: FakePeer(), seconds())
    assert isinstance(done, Queried)
    assert done.latencies_ms == [1000.0, 1000.0]
    assert done.first_result_s == 106 - 90
    assert done.ranked == {f"q{n}": ["d1", f"text {n}"] for n in range(7)}


def test_few_questions_are_all_timed(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("weights")
    done = answer(an_ask(tmp_path, task="query"), lambda module: FakePeer(), seconds())
    assert isinstance(done, Queried)
    assert done.latencies_ms == [1000.0]


def test_a_worker_is_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "fake_peer.py").write_text(FAKE_MODULE)
    # The worker finds the made-up system beside the package: the folder stands in for the checkout.
    (tmp_path / "benchmarks").symlink_to(ROOT / "benchmarks")
    launch = create_launch({OURS: Path(sys.executable)}, {"PYTHONPATH": "/nowhere"}, root=tmp_path)
    done = launch(TWO[0], an_ask(tmp_path))
    assert isinstance(done, Ingested)
    assert (done.documents, 0 < done.first_result_s < 60) == (2, True)
    again = launch(TWO[0], an_ask(tmp_path, task="query"))
    assert isinstance(again, Queried)
    assert again.ranked == {"q1": ["d2", "first?"]}
    with pytest.raises(PeerFailed, match="No module named 'gone'"):
        launch(TWO[0], an_ask(tmp_path, module="gone"))


def test_systems_take_turns() -> None:
    asked: list[tuple[str, str]] = []
    lines: list[str] = []
    launch = fake_launch(asked)
    ready = prepare(TWO, Path("cache"), launch, lines.append)
    measured = measure(a_dataset(), TWO, Plan(ingests=2, rounds=2), ready, launch, lines.append)
    turns = [(task, name) for task in ("ingest", "query") for _ in range(2) for name in (OURS, BLUEPRINT)]
    assert asked == [("prepare", OURS), ("prepare", BLUEPRINT), *turns]
    assert [(one.system, len(one.ingested), len(one.queried), one.steady) for one in measured] == [
        (OURS, 2, 2, True),
        (BLUEPRINT, 2, 2, True),
    ]
    assert lines[2] == "faq: ingest 1/2 ours: 10.0 documents/s"


def test_other_weights_are_refused() -> None:
    with pytest.raises(PeerFailed, match="do not have the same weights"):
        prepare(TWO, Path("cache"), fake_launch([], ("abc", "def")), lambda line: None)


def test_quality_is_the_mean_over_all_questions() -> None:
    """q1 is found first; q2 is not answered at all and counts 0."""
    assert score(QUESTIONS, {"q1": ["d1"]}) == (0.5, 0.5, 0.5, 0.5)


def test_figures_are_medians_over_rounds() -> None:
    """The second round is a noisy one."""
    rounds = [queried(1.0, 2.0, 3.0), queried(90.0, 90.0, 90.0), queried(2.0, 4.0, 6.0)]
    figures = summarise(QUESTIONS, [ingested(10.0), ingested(1.0), ingested(20.0)], rounds)
    q2 = 1 / 1.584962500721156
    assert dataclasses.asdict(figures) == pytest.approx(
        dataclasses.asdict(Figures((1 + q2) / 2, 0.75, 0.5, 1.0, 4.0, 4.0, 2.0, 10.0, 5.0, 2.0, 200.0, 300.0))
    )


def test_a_round_that_ranks_otherwise_is_noticed() -> None:
    one = two_measured()[0]
    assert not dataclasses.replace(one, queried=(queried(), queried(first="d2"))).steady


def test_percentiles_and_ratios_by_hand() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    ours, base = (one.figures for one in two_measured())
    multiples = ratios(ours, base)
    assert (multiples["p50_ms"], multiples["documents_per_s"], multiples["ndcg10"]) == (0.5, 2.0, 1.0)
    assert "success1" not in ratios(ours, dataclasses.replace(base, success1=0.0))


def test_every_figure_has_a_column() -> None:
    assert [name for name, _, _ in COLUMNS] == [field.name for field in dataclasses.fields(Figures)]


def test_the_table_of_a_dataset() -> None:
    lines = draw(a_dataset(), two_measured()).splitlines()
    assert lines[0] == "## faq: 20 documents, 2 questions"
    assert lines[2].startswith("| system | nDCG@10 | MRR@10 | hit@1 | hit@5 | p50 ms |")
    assert lines[4] == (
        "| ours | 0.815 (1.00×) | 0.750 (1.00×) | 0.500 (1.00×) | 1.000 (1.00×) | 2.0 (0.50×) | 2.0 (0.50×) | 2.0 (0.50×) "
        "| 20.0 (2.00×) | 5.0 (1.00×) | 2.00 (1.00×) | 200 (1.00×) | 300 (1.00×) |"
    )
    assert draw(a_dataset(), two_measured()[:1]).splitlines()[4].startswith("| ours | 0.815 | 0.750 |")


def test_the_page_names_machine_and_versions() -> None:
    about = {"cpu": "CPU", "cores": 2, "python": "3.11", "other_cores": 0.05}
    written = page(["TABLE"], about, TWO, {OURS: prepared(), BLUEPRINT: prepared()})
    assert "CPU, 2 cores, Python 3.11; on average 0.05 cores were busy with something else.\n" in written
    assert "\n\nTABLE\n\n- ours: numpy 2.0; once a machine 3.0 s\n" in written
    assert written.endswith("- blueprint: torch 2.13.0, nothing-like-it not installed; once a machine 3.0 s\n")


def test_times_taken_on_a_busy_machine_say_so() -> None:
    about = {"cpu": "CPU", "cores": 2, "python": "3.11", "other_cores": 1.06}
    assert "1.06 cores were busy with something else. **The machine was busy" in page([], about, (), {})


def test_the_record_keeps_every_round() -> None:
    record = dataset_record(a_dataset(), two_measured())
    ours = record["systems"][OURS]
    assert (record["name"], record["documents"], record["questions"]) == ("faq", 20, 2)
    assert ours["ratios"]["p50_ms"] == 0.5
    assert ours["rounds"] == [
        {"import_s": 1.0, "open_s": 0.5, "first_result_s": 2.0, "peak_mb": 200.0, "latencies_ms": [2.0]}
    ]
    assert ours["ranked"] == {"q1": ["d1"], "q2": ["d1", "d2"]}


def test_the_processor_is_what_linux_says(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A CPU\n")
    assert cpu_model(tmp_path / "cpuinfo") == "A CPU"


def test_other_work_on_the_machine_is_counted(tmp_path: Path) -> None:
    """Of 1,000 ticks 600 are idle, 100 wait for a disk, and guest time is not counted twice."""
    (tmp_path / "stat").write_text("cpu  200 0 50 600 100 0 0 50 77 0\ncpu0 1 2 3\n")
    assert busy_seconds((tmp_path / "stat").read_text()) == 300 / os.sysconf("SC_CLK_TCK")
    assert other_cores(Meter(0.0, 5.0, 1.0), Meter(10.0, 25.0, 16.0)) == 0.5
    alone = read_meter(tmp_path / "missing")
    assert alone.busy == alone.own


def test_workers_do_not_see_what_is_set_for_our_own_runs() -> None:
    base = {"PATH": "/bin", "PYTHONPATH": "/x", "MLPLAYBOOK_HOME": "/y", "OMP_NUM_THREADS": "1"}
    seen = child_environment(base)
    assert set(seen) == {"PATH", "HF_HUB_OFFLINE", "ANONYMIZED_TELEMETRY", "CUDA_VISIBLE_DEVICES"}


def test_an_environment_is_made_again_only_when_its_requirements_change(tmp_path: Path) -> None:
    (tmp_path / "blueprint.txt").write_text("torch==2.13.0\n")
    commands: list[Sequence[str]] = []

    def make() -> Path:
        return ensure_environment(TWO[1], tmp_path / "venvs", lambda line: None, commands.append, tmp_path)

    python = tmp_path / "venvs" / "blueprint" / "bin" / "python"
    assert [make(), make()] == [python, python]
    assert [command[2] for command in commands] == ["venv", "pip"]
    (tmp_path / "blueprint.txt").write_text("torch==2.14.0\n")
    make()
    assert len(commands) == 4
    assert (tmp_path / "venvs" / "blueprint" / STAMP).read_text() == "torch==2.14.0\n"


def test_the_product_runs_where_the_benchmark_runs(tmp_path: Path) -> None:
    assert ensure_environment(TWO[0], tmp_path, lambda line: None) == Path(sys.executable)


def test_a_command_that_fails_is_named() -> None:
    with pytest.raises(PeerFailed, match="failed with status 3"):
        run_quietly([sys.executable, "-c", "raise SystemExit(3)"])


def test_every_system_has_a_module_and_its_pins() -> None:
    folder = ROOT / "benchmarks" / "peers"
    assert [one.name for one in SYSTEMS if not (folder / f"{one.module.split('.')[-1]}.py").is_file()] == []
    pins = {
        one.name: (folder / "requirements" / f"{one.name}.txt").read_text("utf-8") for one in SYSTEMS if not one.own
    }
    assert [name for name, text in pins.items() if "torch==2.13.0\n" not in text] == []
    lines = [line for text in pins.values() for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if "==" not in line] == []
    assert DEPTH == 10
