"""The command: python -m benchmarks.load [--seconds 120 | --minutes 10] [--out FILE]; exit 1 where a bound is broken."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.commit import read_commit
from benchmarks.load.bounds import broken, check, table
from benchmarks.load.clients import read_questions
from benchmarks.load.model import running
from benchmarks.load.run import Run, load, say, settings
from benchmarks.peers.noise import other_cores, read_meter
from benchmarks.peers.table import machine
from benchmarks.process import serving
from benchmarks.report.results import LOAD, RESULTS

CASES = Path(__file__).parents[2] / "evals" / "cases" / "followups.jsonl"
SECONDS = 120.0


def failures(lines: Sequence[str]) -> list[str]:
    """Lines of the service's log on errors that it did not foresee; they name kinds and places, and no words of anybody."""
    return [line.strip() for line in lines if '"event": "failed"' in line]


def main() -> None:
    """Run it, keep what it says, and judge it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long the hundred clients ask")
    parser.add_argument("--minutes", type=float, help="the same in minutes")
    parser.add_argument("--out", type=Path, default=RESULTS / LOAD)
    given = parser.parse_args()
    seconds = given.minutes * 60 if given.minutes else given.seconds
    questions = read_questions(CASES.read_text("utf-8").splitlines())
    about = machine() | {"started": datetime.now(UTC).isoformat(timespec="seconds"), "commit": read_commit()}
    before = read_meter()
    with running() as model, serving(settings(model)) as service:
        figures = asyncio.run(load(Run(service, model, questions, seconds)))
    about |= {"other_cores": round(other_cores(before, read_meter()), 2)}
    failed = failures(service.lines)
    record = {"machine": about, **figures, "failures": len(failed), "first_failures": failed[:3]}
    given.out.write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    say(f"wrote {given.out}")
    checked = check(record)
    sys.stdout.write(table(checked, about))
    for line in failed[:3]:
        say(line)
    sys.exit(bool(broken(checked)))


if __name__ == "__main__":
    main()
