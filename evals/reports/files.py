"""Everything that a run leaves in its folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mlplaybook.evals.gate.baseline import write_whole
from mlplaybook.evals.gate.gate import Judgement
from mlplaybook.evals.records import Run, run_record
from mlplaybook.evals.reports.junit import to_junit
from mlplaybook.evals.reports.markdown import to_markdown
from mlplaybook.ingest.errors import BadSetting

Render = Callable[[Run, Judgement], str]


def to_json(run: Run, judgement: Judgement) -> str:
    """The run without its judgement, which depends on the baseline."""
    return json.dumps(run_record(run), ensure_ascii=False, indent=1) + "\n"


def to_verdicts(run: Run, judgement: Judgement) -> str:
    """The judgement."""
    return json.dumps(judgement_record(judgement), ensure_ascii=False, indent=1) + "\n"


def judgement_record(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON."""
    return {"exit_code": judgement.exit_code, **asdict(judgement)}


FORMATS: Mapping[str, tuple[str, Render]] = {
    "json": ("verdicts.json", to_verdicts),
    "md": ("summary.md", to_markdown),
    "junit": ("junit.xml", to_junit),
}


def write_reports(run: Run, judgement: Judgement, folder: Path, formats: Sequence[str]) -> None:
    """run.json always, and what was asked for beside it; raises BadSetting for a format that there is not."""
    write_whole(folder / "run.json", to_json(run, judgement))
    for name in formats:
        if name in FORMATS:
            file, render = FORMATS[name]
            write_whole(folder / file, render(run, judgement))


def read_formats(text: str) -> tuple[str, ...]:
    """Formats by commas; raises BadSetting."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in {"table", *FORMATS}:
            raise BadSetting(f"There is no format '{name}'.", f"Use some of: table, {', '.join(FORMATS)}.")
    return names
