"""The baseline in git: the scores of every case, one case a line, with what they were measured on."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mlplaybook.evals.records import Fingerprint, Run, Score
from mlplaybook.ingest.errors import BadSource

FOLDER = Path(__file__).parents[1] / "baselines"
REMEDY = "Make one with: evals bless RUN"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Scores by case and metric, a state instead of a value where there is none."""

    suite: str
    config: str
    fingerprint: Fingerprint
    scores: Mapping[str, Mapping[str, Score]]


def bless(run: Run, path: Path) -> None:
    """Make a run the baseline; raises BadSource for one that is not whole."""
    errors = [r.case.id for r in run.results if any(score.status == "error" for score in r.scores.values())]
    if not run.complete or errors:
        what = f"{len(errors)} cases could not be measured, such as {errors[0]}" if errors else "cases are missing"
        raise BadSource(f"The run of '{run.suite}' is no baseline: {what}.", "Run the whole suite, then bless it.")
    write_whole(path, to_text(from_run(run)))


def from_run(run: Run) -> Baseline:
    """What a baseline keeps of a run."""
    return Baseline(run.suite, run.config, run.fingerprint, {result.case.id: result.scores for result in run.results})


def to_text(baseline: Baseline) -> str:
    """The file: a line for every case, so that a change can be read in a diff."""
    head = {"suite": baseline.suite, "config": baseline.config, "fingerprint": asdict(baseline.fingerprint)}
    lines = [json.dumps(head, sort_keys=True, indent=1)[:-2] + ',\n "scores": {']
    rows = [f"  {json.dumps(case)}: {json.dumps(plain(scores))}" for case, scores in sorted(baseline.scores.items())]
    return "\n".join([*lines, ",\n".join(rows), " }", "}"]) + "\n"


def plain(scores: Mapping[str, Score]) -> dict[str, float | str | None]:
    """Values by metric; the state where there is none."""
    return {name: score.value if score.status == "ok" else score.status for name, score in sorted(scores.items())}


def read_baseline(path: Path) -> Baseline:
    """A baseline from its file; raises BadSource."""
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        scores = {
            case: {name: read_score(value) for name, value in row.items()} for case, row in record["scores"].items()
        }
        return Baseline(record["suite"], record["config"], Fingerprint(**record["fingerprint"]), scores)
    except OSError as error:
        raise BadSource(f"{path} cannot be read: {error.strerror}.", REMEDY) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSource(f"{path} is no baseline: {error}.", REMEDY) from error


def read_score(value: float | str) -> Score:
    """A score as it was kept."""
    if value in ("na", "error"):
        return Score(None, "na" if value == "na" else "error")
    return Score(float(value))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)
