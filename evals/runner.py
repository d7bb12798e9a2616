"""Cases measured one by one, several at once; what is done is kept whatever happens."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from mlplaybook.evals.config import Plan
from mlplaybook.evals.judge import judged
from mlplaybook.evals.judge.records import Stopped
from mlplaybook.evals.records import (
    Case,
    Fingerprint,
    Measured,
    Result,
    Run,
    Usage,
    create_result,
    digest,
    failed,
    result_record,
)
from mlplaybook.evals.suites.catalogue import SUITES
from mlplaybook.evals.suites.world import World, pages_digest, prompts_digest
from mlplaybook.server.cache.keys import program_version

KEPT = "results.jsonl"
# Run last: what it asks for costs money, and offline cases may already say that something is worse.
JUDGED = judged.NAME
# Called with each result and how many there will be.
Progress = Callable[[Result, int], None]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run: `whole` says that no case of the suite was left out, `kept` is where results go as they come."""

    suite: str
    cases: tuple[Case, ...]
    whole: bool
    kept: Path
    jobs: int = 1
    done: Mapping[str, Result] = field(default_factory=dict)


def execute(world: World, plan: Plan, job: Job, progress: Progress, clock: Clock = time.perf_counter) -> Run:
    """Measure every case that is not done; Ctrl-C ends the run with what there is, and so does a judge that is stopped."""
    started, begin = datetime.now(UTC).isoformat(timespec="seconds"), clock()
    todo = sorted((case for case in job.cases if case.id not in job.done), key=lambda case: case.suite == JUDGED)
    results = dict(job.done)
    job.kept.parent.mkdir(parents=True, exist_ok=True)
    with job.kept.open("a" if job.done else "w", encoding="utf-8") as kept:
        try:
            for result in measure_all(world, todo, job.jobs, clock):
                results[result.case.id] = result
                kept.write(json.dumps({**result_record(result), "seconds": result.seconds}, ensure_ascii=False) + "\n")
                kept.flush()
                progress(result, len(job.cases))
        except KeyboardInterrupt:
            pass
    ordered = tuple(results[name] for name in sorted(results))
    complete = job.whole and len(ordered) == len(job.cases)
    made = fingerprint(world, plan, job.cases)
    usage = world.judge.spent() if world.judge else Usage()
    left = len(job.cases) - len(ordered)
    return Run(job.suite, world.config.name, started, made, ordered, complete, usage, clock() - begin, left)


def measure_all(world: World, cases: Sequence[Case], jobs: int, clock: Clock) -> Iterator[Result]:
    """Results as they are ready; a case for which the judge was stopped has none."""
    if jobs == 1:
        for case in cases:
            with suppress(Stopped):
                yield measure_case(world, case, clock)
        return
    pool = ThreadPoolExecutor(jobs)
    futures: list[Future[Result]] = [pool.submit(measure_case, world, case, clock) for case in cases]
    try:
        for future in as_completed(futures):
            with suppress(Stopped):
                yield future.result()
    except BaseException:
        if world.judge is not None:
            world.judge.stop()  # else the cases on their way would be waited for
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def measure_case(world: World, case: Case, clock: Clock = time.perf_counter) -> Result:
    """One case; whatever goes wrong becomes an error of each of its metrics. Raises Stopped."""
    suite, begin = SUITES[case.suite], clock()
    try:
        measured = suite.measure(world, case)
    except Stopped:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        measured = Measured(dict.fromkeys(suite.metrics, failed(why)), {"error": why})
    scores = {f"{case.suite}/{metric}": score for metric, score in measured.scores.items()}
    return Result(case, scores, measured.output, clock() - begin)


def fingerprint(world: World, plan: Plan, cases: Sequence[Case]) -> Fingerprint:
    """What this run was made from."""
    parts = sorted({case.suite for case in cases})
    manifest = world.index.manifest
    encoder = "" if world.index.encoder is None else manifest.encoder
    prints = {part: digest([c.id, c.input, c.gold] for c in cases if c.suite == part) for part in parts}
    if JUDGED in prints:
        prints[JUDGED] = judged.fingerprint_of([case for case in cases if case.suite == JUDGED], prints[JUDGED])
    return Fingerprint(
        prints,
        pages_digest(world.index),
        encoder,
        manifest.generation,
        prompts_digest(),
        plan.digest,
        program_version(),
    )


def read_kept(path: Path, cases: Sequence[Case]) -> dict[str, Result]:
    """What an interrupted run left, as far as its cases are still what they were and nothing went wrong with them."""
    if not path.is_file():
        return {}
    wanted = {case.id: case for case in cases}
    found: dict[str, Result] = {}
    for line in path.read_text("utf-8").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the line that was being written
        result = create_result(record, record["seconds"])
        errors = any(score.status == "error" for score in result.scores.values())
        if wanted.get(result.case.id) == result.case and not errors:
            found[result.case.id] = result
    return found


def repeated(runs: Sequence[Run]) -> tuple[Run, tuple[str, ...]]:
    """The first of several runs of the same, and the cases whose scores differ between them."""
    first = {result.case.id: result.scores for result in runs[0].results}
    flaky = {r.case.id for run in runs[1:] for r in run.results if first.get(r.case.id) != r.scores}
    return replace(runs[0], complete=runs[0].complete and not flaky), tuple(sorted(flaky))
