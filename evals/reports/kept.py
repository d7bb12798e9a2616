"""What came of each case when a baseline was blessed, kept beside its scores so that a report can show what changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlplaybook.evals.gate.baseline import read_baseline, write_whole
from mlplaybook.evals.records import Run, digest
from mlplaybook.evals.reports.sides import Before, before_from
from mlplaybook.evals.selection import RUN_FILE, read_run

ENDING = ".outputs.jsonl"


def outputs_file(baseline: Path) -> Path:
    """Where the outputs of a baseline are.

    >>> outputs_file(Path("evals/baselines/core.json")).name
    'core.outputs.jsonl'
    """
    return baseline.with_suffix(ENDING)


def keep_outputs(run: Run, baseline: Path) -> None:
    """Write the outputs of the run that a baseline was made from, a case a line, and which baseline they are of."""
    head = json.dumps({"of": digest([baseline.read_text("utf-8")])})
    lines = [json.dumps([result.case.id, result.output], ensure_ascii=False) for result in run.results]
    write_whole(outputs_file(baseline), "\n".join([head, *lines]) + "\n")


def read_outputs(baseline: Path) -> Mapping[str, Mapping[str, Any]]:
    """The outputs of a baseline by case; nothing where they were not kept, or are of another one."""
    path = outputs_file(baseline)
    try:
        head, *lines = path.read_text("utf-8").splitlines()
        if json.loads(head)["of"] != digest([baseline.read_text("utf-8")]):
            return {}
        return dict(json.loads(line) for line in lines)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def read_before(path: Path) -> Before:
    """A run's folder or file, or a baseline with the outputs beside it; raises BadSource."""
    if path.is_dir() or path.name == RUN_FILE:
        return before_from(read_run(path), str(path))
    return Before(str(path), read_baseline(path).scores, read_outputs(path))
