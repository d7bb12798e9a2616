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
from mlplaybook.evals.reports.sides import Report
from mlplaybook.evals.reports.web_page import to_html
from mlplaybook.ingest.errors import BadSetting

Render = Callable[[Report], str]
TABLE, HTML = "table", "html"
VERDICTS, PAGE = "verdicts.json", "report.html"
RUN_FILE = "run.json"


def to_json(run: Run) -> str:
    """The run without its judgement, which depends on the baseline."""
    return json.dumps(run_record(run), ensure_ascii=False, indent=1) + "\n"


def to_verdicts(report: Report) -> str:
    """The judgement, and what it is against."""
    against = {"against": report.before.name} if report.before else {}
    return json.dumps({**judgement_record(report.last.judgement), **against}, ensure_ascii=False, indent=1) + "\n"


def judgement_record(judgement: Judgement) -> dict[str, Any]:
    """A judgement as JSON."""
    return {"exit_code": judgement.exit_code, **asdict(judgement)}


FORMATS: Mapping[str, tuple[str, Render]] = {
    "json": (VERDICTS, to_verdicts),
    "md": ("summary.md", lambda report: to_markdown(report.last.run, report.last.judgement)),
    "junit": ("junit.xml", lambda report: to_junit(report.last.run, report.last.judgement)),
    HTML: (PAGE, to_html),
}


def write_reports(report: Report, folder: Path, formats: Sequence[str]) -> None:
    """Write what was asked for into the folder."""
    for name in formats:
        if name in FORMATS:
            file, render = FORMATS[name]
            write_whole(folder / file, render(report))


def write_run(run: Run, folder: Path) -> None:
    """Write the run, from which every report can be made again."""
    write_whole(folder / RUN_FILE, to_json(run))


def read_formats(text: str) -> tuple[str, ...]:
    """Formats by commas; raises BadSetting."""
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if name not in {TABLE, *FORMATS}:
            raise BadSetting(f"There is no format '{name}'.", f"Use some of: table, {', '.join(FORMATS)}.")
    return names
