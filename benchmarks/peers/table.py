"""What is written at the end: every figure as JSON, and a Markdown table a dataset."""

from __future__ import annotations

import dataclasses
import os
import platform
import resource
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import BLUEPRINT, System
from benchmarks.peers.figures import ratios
from benchmarks.peers.noise import QUIET_CORES
from benchmarks.peers.protocol import Prepared, Queried
from benchmarks.peers.run import Dataset, Measured

# Field of Figures, head of its column, and digits after the point.
COLUMNS = (
    ("ndcg10", "nDCG@10", 3),
    ("mrr10", "MRR@10", 3),
    ("success1", "hit@1", 3),
    ("success5", "hit@5", 3),
    ("p50_ms", "p50 ms", 1),
    ("p95_ms", "p95 ms", 1),
    ("p50_best_ms", "best p50 ms", 1),
    ("documents_per_s", "documents/s", 1),
    ("nothing_s", "from nothing s", 1),
    ("cold_start_s", "cold start s", 2),
    ("query_peak_mb", "query peak MB", 0),
    ("ingest_peak_mb", "ingest peak MB", 0),
)
LEGEND = f"""Medians over rounds; in brackets the multiple of {BLUEPRINT}'s figure. p50 and p95 are of one question at a time
in a warm process, best p50 is that of the least disturbed round. documents/s counts splitting, embedding and writing with the
model loaded. "From nothing" is a new process that ingests and answers one question; "cold start" a new process that opens the
written index and answers one question, its files in the page cache. Peaks are resident memory of those two processes
(`ru_maxrss`, 10^6 bytes)."""


BUSY = (
    "**The machine was busy: do not cite these times.** Libraries whose threads spin while they wait, torch's among them, "
    "suffer far more from it than others. Quality and memory are not affected."
)


def machine() -> dict[str, Any]:
    """What the figures were taken on; `floor_mb` is the runner's own memory, which a child's peak is never below."""
    return {
        "cpu": cpu_model(Path("/proc/cpuinfo")),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "floor_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6),
    }


def cpu_model(cpuinfo: Path) -> str:
    """The model name that Linux gives, or what Python knows."""
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def draw(dataset: Dataset, measured: Sequence[Measured]) -> str:
    """The table of one dataset."""
    documents = measured[0].ingested[0].documents
    base = next((one.figures for one in measured if one.system == BLUEPRINT), None)
    head = f"## {dataset.name}: {documents:,} documents, {len(dataset.labelled.questions):,} questions\n"
    names = ["system", *(title for _, title, _ in COLUMNS)]
    rows = [row(one, ratios(one.figures, base) if base else {}) for one in measured]
    rule = ["---", *("---:" for _ in COLUMNS)]
    return "\n".join([head, *(f"| {' | '.join(cells)} |" for cells in (names, rule, *rows))])


def row(measured: Measured, multiples: Mapping[str, float]) -> list[str]:
    """The cells of one system."""
    values = dataclasses.asdict(measured.figures)
    cells = [measured.system]
    for name, _, digits in COLUMNS:
        multiple = f" ({multiples[name]:.2f}×)" if name in multiples else ""
        cells.append(f"{values[name]:,.{digits}f}{multiple}")
    return cells


def page(
    tables: Sequence[str], about: Mapping[str, Any], systems: Sequence[System], made: Mapping[str, Prepared]
) -> str:
    """The Markdown file."""
    others = f"{about['other_cores']:.2f} cores were busy with something else"
    where = f"{about['cpu']}, {about['cores']} cores, Python {about['python']}; on average {others}."
    if about["other_cores"] > QUIET_CORES:
        where += f" {BUSY}"
    versions = [version_line(system, made[system.name]) for system in systems]
    return "\n\n".join(["# The product beside four peers", where, LEGEND, *tables, "\n".join(versions)]) + "\n"


def version_line(system: System, prepared: Prepared) -> str:
    """The versions that matter, and what was done once before."""
    known = {name.lower().replace("_", "-"): version for name, version in prepared.versions.items()}
    named = ", ".join(f"{name} {known.get(name, 'not installed')}" for name in system.packages)
    return f"- {system.name}: {named}; once a machine {prepared.seconds:.1f} s"


def system_record(prepared: Prepared) -> dict[str, Any]:
    """What a system is made of: its weights and every installed version."""
    return {"once_s": prepared.seconds, "weights_sha256": prepared.weights_sha256, "versions": prepared.versions}


def dataset_record(dataset: Dataset, measured: Sequence[Measured]) -> dict[str, Any]:
    """Every figure of one dataset, round by round."""
    base = next((one.figures for one in measured if one.system == BLUEPRINT), None)
    return {
        "name": dataset.name,
        "documents": measured[0].ingested[0].documents,
        "questions": len(dataset.labelled.questions),
        "systems": {
            one.system: {
                "figures": dataclasses.asdict(one.figures),
                "ratios": ratios(one.figures, base) if base else {},
                "ranks_alike_in_every_round": one.steady,
                "ingests": [dataclasses.asdict(ingested) for ingested in one.ingested],
                "rounds": [round_record(queried) for queried in one.queried],
                "ranked": one.queried[0].ranked,
            }
            for one in measured
        },
    }


def round_record(queried: Queried) -> dict[str, Any]:
    """A pass over the questions without its rankings."""
    record = dataclasses.asdict(queried)
    del record["ranked"]
    return record | {"latencies_ms": [round(value, 3) for value in queried.latencies_ms]}
