"""docs/benchmarks.md from the kept results."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.peers.environments import BLUEPRINT, OURS, SYSTEMS
from benchmarks.peers.noise import QUIET_CORES
from benchmarks.report.load import load_part
from benchmarks.report.machine import is_busy, taken
from benchmarks.report.results import Record, Results
from benchmarks.report.tables import Column, cells, table, titles

QUALITY: tuple[Column, ...] = (
    ("ndcg10", "nDCG@10", 3), ("mrr10", "MRR@10", 3), ("success1", "hit@1", 3), ("success5", "hit@5", 3),
)  # fmt: skip
SPEED: tuple[Column, ...] = (
    ("p50_ms", "p50, ms", 1), ("p95_ms", "p95, ms", 1), ("p50_best_ms", "best p50, ms", 1),
    ("documents_per_s", "documents/s", 1), ("nothing_s", "from nothing, s", 1), ("cold_start_s", "cold start, s", 2),
    ("query_peak_mb", "query peak, MB", 0), ("ingest_peak_mb", "ingest peak, MB", 0),
)  # fmt: skip
SEARCH: tuple[Column, ...] = (
    ("p50_ms", "p50, ms", 1), ("p95_ms", "p95, ms", 1), ("cold_start_s", "cold start, s", 2),
    ("peak_mb", "peak, MB", 0), ("anonymous_mb", "of it not files, MB", 0),
)  # fmt: skip
BUILD: tuple[Column, ...] = (
    ("pages", "pages", 0), ("source_mb", "Markdown, MB", 1), ("seconds", "seconds", 1),
    ("chunks_per_s", "chunks/s", 1), ("pages_per_s", "pages/s", 1), ("peak_mb", "peak, MB", 0), ("disk", "index, MB", 0),
)  # fmt: skip

HEAD = """# Benchmarks

This page and its plots are written by `make bench-report` from the files in `benchmarks/results/`, which hold what the runs
below measured, and from nothing else."""
PEERS = f"""## Beside four other systems

The same documents, the same MiniLM weights, the same cores, one run: each system as its documentation sets it up, in an
environment of its own. `{BLUEPRINT}` is the usual LangChain chain (recursive splitter, Chroma, MMR), and the multiples in
brackets are of its figures; `{OURS}` is this checkout with its adapter and default ranking. All are scored by one function from
the documents they rank. Figures are medians over rounds in which the systems take turns.

"From nothing" is a new process that ingests and answers one question; "cold start" a new process that opens the written index
and answers one, its files in the page cache. Peaks are resident memory of those two processes (`ru_maxrss`, 10^6 bytes)."""
PEERS_PLOTS = """![nDCG@10 by dataset and system](img/bench-quality.svg)

![Milliseconds a question by dataset and system](img/bench-latency.svg)"""
SCALE = """## Growth with size

Invented English pages (`benchmarks/scale`): {seed_words}.
Each size is the beginning of the next. The {questions} questions are answered by the smallest size, each in other words than the
section that does; half of them name their service, half describe it. The larger sizes only add what is not asked for, so
quality can but fall. Each size is asked in a new process, in turn, {rounds} rounds; multiples in brackets are of the smallest
size."""
SCALE_PLOTS = """![Milliseconds a question by chunks](img/bench-scale-latency.svg)

![Ingest seconds and megabytes by chunks](img/bench-scale-build.svg)"""
SEARCH_NOTE = """Search alone (`k` = 10, encoding of the question included), warm, one question at a time. "Not files" is
memory that the kernel cannot drop and read again."""
STAGES_NOTE = "Milliseconds a question by stage, under a profiler, which makes the sum a little more than the clock's:"
QUALITY_NOTE = """Sections are what is ranked. "Nearest 100 found" is how many of the truly nearest chunks the approximate
index gives."""
BUILD_NOTE = "Ingest of all pages in one process, from Markdown to the verified, published index:"
REPEAT = """## Repeat it

    make bench DATA="FOLDER ..."       # folders in BEIR's form; writes .state/bench/peers.json
    make bench-scale                   # 1,000, 10,000 and 100,000 chunks; writes .state/scale/scale.json
    make load                          # the service; writes benchmarks/results/load.json
    .venv/bin/python -m benchmarks.report --keep .state/bench/peers.json --keep .state/scale/scale.json

The other systems need about 7 GB of packages, once. Sizes that are built stay in `.state/scale`. A quiet machine matters: each
run notes how many cores were busy with something else."""


def render(results: Results) -> str:
    """The whole page."""
    parts = [HEAD]
    if results.peers:
        parts += [PEERS, PEERS_PLOTS, *(dataset_part(name, record) for name, record in results.peers.items())]
        parts.append(versions_part(next(iter(results.peers.values()))))
    if results.scale is not None:
        parts.append(scale_part(results.scale))
    if results.load is not None:
        parts.append(load_part(results.load))
    return "\n\n".join([*parts, REPEAT]) + "\n"


def dataset_part(name: str, record: Record) -> str:
    """The two tables of one dataset, with a sentence on what they say of the product."""
    dataset = record["dataset"]
    figures = {system: one["figures"] for system, one in dataset["systems"].items()}
    base = figures.get(BLUEPRINT, {})
    head = f"### {name}: {dataset['documents']:,} documents, {dataset['questions']:,} questions"
    tables = (
        table(["system", *titles(kind)], [[system, *cells(row, base, kind)] for system, row in figures.items()])
        for kind in (QUALITY, SPEED)
    )
    return "\n\n".join([head, taken(record["machine"]), *summary(figures, busy=is_busy(record["machine"])), *tables])


def summary(figures: Mapping[str, Mapping[str, float]], *, busy: bool) -> list[str]:
    """What a reader wants to know first, where both systems were measured; no times of a busy machine."""
    if OURS not in figures or BLUEPRINT not in figures:
        return []
    ours, base = figures[OURS], figures[BLUEPRINT]
    named = {"ndcg10": "nDCG@10", "query_peak_mb": "memory"} | ({} if busy else {"p50_ms": "p50", "p95_ms": "p95"})
    times = ", ".join(f"{ours[name] / base[name]:.2f} times the {title}" for name, title in named.items() if base[name])
    best = max((name for name in figures if name != OURS), key=lambda name: figures[name]["ndcg10"])
    others = f"the best nDCG@10 of the others is {figures[best]['ndcg10']:.3f} (`{best}`), beside {ours['ndcg10']:.3f}"
    return [f"Against `{BLUEPRINT}`, `{OURS}` has {times}; {others}."]


def versions_part(record: Record) -> str:
    """The versions that matter of every system."""
    lines = []
    for system in (one for one in SYSTEMS if one.name in record["systems"]):
        installed = record["systems"][system.name]["versions"]
        known = {name.lower().replace("_", "-"): version for name, version in installed.items()}
        named = ", ".join(f"{name} {known.get(name, 'not installed')}" for name in system.packages)
        lines.append(f"- `{system.name}`: {named}")
    return "\n".join(["### Versions", "", *lines])


def scale_part(record: Record) -> str:
    """The section on growth."""
    sizes = record["sizes"]
    words = f"{sizes[-1]['build']['pages']:,} pages of six to eleven sections about invented services, seed {record['seed']}"
    intro = SCALE.format(seed_words=words, questions=record["questions"], rounds=record["rounds"])
    versions = "Versions: " + ", ".join(f"{name} {version}" for name, version in record["versions"].items()) + "."
    parts = [intro, taken(record["machine"]), versions, SCALE_PLOTS]
    parts += [
        "### Search",
        SEARCH_NOTE,
        growth_table(record, "ask", SEARCH),
        STAGES_NOTE,
        stage_table(record, "ask", "stages_ms", 2),
    ]
    parts += ["### Quality", QUALITY_NOTE, quality_table(record)]
    parts += ["### Ingest", BUILD_NOTE, growth_table(record, "build", BUILD), "Seconds by stage:"]
    parts += [
        stage_table(record, "build", "stages_s", 1),
        "Megabytes on disk by file:",
        stage_table(record, "build", "disk_mb", 1),
    ]
    return "\n\n".join([*parts, *builds_note(record)])


def builds_note(record: Record) -> list[str]:
    """Which sizes were not built on a quiet machine, or from another commit than they were asked at."""
    busy = [f"{one['build']['chunks']:,}" for one in record["sizes"] if one["build"]["other_cores"] > QUIET_CORES]
    commits = sorted({one["build"]["commit"] for one in record["sizes"]} - {record["machine"]["commit"]})
    notes = [f"**Built on a busy machine: {', '.join(busy)} chunks; do not cite those seconds.**"] if busy else []
    return notes + ([f"Built at commit {', '.join(f'`{commit}`' for commit in commits)}."] if commits else [])


def growth_table(record: Record, part: str, columns: tuple[Column, ...]) -> str:
    """A row a size, with multiples of the smallest."""
    rows = [{**one[part], "disk": sum(one["build"]["disk_mb"].values())} for one in record["sizes"]]
    return table(
        ["chunks", *titles(columns)],
        [[chunks_of(one), *cells(row, rows[0], columns)] for one, row in zip(record["sizes"], rows, strict=True)],
    )


def stage_table(record: Record, part: str, field: str, digits: int) -> str:
    """A row a size, a column a stage or file."""
    names = list(record["sizes"][-1][part][field])
    rows = [
        [chunks_of(one), *(f"{one[part][field].get(name, 0.0):,.{digits}f}" for name in names)]
        for one in record["sizes"]
    ]
    return table(["chunks", *names], rows)


def quality_table(record: Record) -> str:
    """A row a size, columns by kind of question."""
    kinds = list(record["sizes"][0]["ask"]["quality"])
    head = [f"{kind}: {title}" for kind in kinds for title in ("nDCG@10", "hit@5")]
    rows = []
    for one in record["sizes"]:
        grades = one["ask"]["quality"]
        shown = [f"{grades[kind][name]:.3f}" for kind in kinds for name in ("ndcg10", "success5")]
        rows.append([chunks_of(one), *shown, f"{100 * one['ask']['dense_recall']:.1f} %"])
    return table(["chunks", *head, "nearest 100 found"], rows)


def chunks_of(one: Record) -> str:
    """How many chunks a size really has."""
    return f"{one['build']['chunks']:,}"
