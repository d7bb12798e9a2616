"""A child process that builds one size: python -m benchmarks.scale.build FOLDER CHUNKS SEED."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.commit import read_commit
from benchmarks.peers.noise import other_cores, read_meter
from benchmarks.peers.worker import peak_mb
from benchmarks.scale.pages import write_pages
from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.errors import BadSetting
from mlplaybook.ingest.weights import prepare
from mlplaybook.server.settings import Settings, read_settings
from mlplaybook.server.threads import one_thread_for_products
from mlplaybook.server.wiring import create_job

CORPUS = "scale"
BUILT = "built.json"
# Steps of ingest that are shown as one; `read` begins before the first step.
STAGES = {
    "read and split": ("", "locked", "read"),
    "catalog": ("catalog",),
    "embed": ("embed",),
    "Chroma": ("chroma",),
    "verify": ("verify",),
}
OTHER = "other"
MEGA = 1e6


@dataclass(frozen=True, slots=True)
class Built:
    """What building one size took: seconds by stage, pages and chunks a second, 10^6 bytes in memory and on disk."""

    size: int
    pages: int
    chunks: int
    tokens: int
    source_mb: float
    seconds: float
    pages_per_s: float
    chunks_per_s: float
    peak_mb: float
    stages_s: dict[str, float]
    disk_mb: dict[str, float]
    seed: int
    format: int
    encoder: str
    commit: str
    other_cores: float


def own_settings(settings: Settings, folder: Path) -> Settings:
    """The settings with the index below the folder of a size; weights stay where they are."""
    return settings.model_copy(update={"home": folder / "home"})


def build(
    folder: Path, size: int, seed: int, create: Callable[[Path], Job], clock: Callable[[], float] = time.perf_counter
) -> Built:
    """Write the corpus, ingest it anew and keep what that took in built.json; `create` makes the job for a corpus folder."""
    for name in ("corpus", "home"):
        shutil.rmtree(folder / name, ignore_errors=True)
    pages = write_pages(folder / "corpus", size, seed)
    source = sum(path.stat().st_size for path in (folder / "corpus").rglob("*.md"))
    meter = read_meter()
    marks = [("", clock())]
    report = ingest(create(folder / "corpus"), step=lambda name: marks.append((name, clock())))
    marks.append(("", clock()))
    manifest, seconds = report.manifest, marks[-1][1] - marks[0][1]
    built = Built(
        size=size,
        pages=pages,
        chunks=manifest.chunks,
        tokens=manifest.tokens,
        source_mb=source / MEGA,
        seconds=seconds,
        pages_per_s=pages / seconds,
        chunks_per_s=manifest.chunks / seconds,
        peak_mb=peak_mb(),
        stages_s=stage_seconds(marks),
        disk_mb=disk_use(manifest),
        seed=seed,
        format=manifest.format,
        encoder=manifest.encoder,
        commit=read_commit(),
        other_cores=other_cores(meter, read_meter()),
    )
    (folder / BUILT).write_text(json.dumps(dataclasses.asdict(built), indent=1) + "\n", "utf-8")
    return built


def stage_seconds(marks: list[tuple[str, float]]) -> dict[str, float]:
    """Seconds by stage: what passes between a step and the next one belongs to it; steps count by what stands before `-`.

    >>> stage_seconds([("", 0.0), ("read", 1.0), ("chroma-add", 3.0), ("chroma-add", 4.0), ("prune", 6.0), ("", 6.5)])
    {'read and split': 3.0, 'Chroma': 3.0, 'other': 0.5}
    """
    stage_of = {step: stage for stage, steps in STAGES.items() for step in steps}
    seconds: dict[str, float] = defaultdict(float)
    for (name, start), (_, end) in pairwise(marks):
        seconds[stage_of.get(name.split("-")[0], OTHER)] += end - start
    return {stage: seconds[stage] for stage in (*STAGES, OTHER) if stage in seconds}


def disk_use(manifest: gen.Manifest) -> dict[str, float]:
    """Megabytes by file, Chroma's many as one, the largest first."""
    sizes: dict[str, float] = defaultdict(float)
    for name, (size, _) in manifest.files.items():
        sizes[name.split("/")[0]] += size / MEGA
    return dict(sorted(sizes.items(), key=lambda entry: -entry[1]))


def read_built(folder: Path) -> Built | None:
    """What was built in a folder by an earlier run, or None where it is not whole."""
    try:
        return Built(**json.loads((folder / BUILT).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_current(built: Built, size: int, seed: int, encoder: str) -> bool:
    """Whether an earlier build is of this size and can be read with this code and encoder."""
    return (built.size, built.seed, built.format, built.encoder) == (size, seed, gen.FORMAT, encoder)


def main() -> None:
    """Build what the arguments say, with the encoder that the product uses."""
    folder, size, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    one_thread_for_products()
    settings = read_settings()
    weights = prepare(settings.weights, lambda line: None)
    if weights.folder is None:
        raise BadSetting(f"There is no encoder: {weights.origin}.", "Install the product with its extra 'local'.")
    build(folder, size, seed, lambda corpus: create_job(own_settings(settings, folder), CORPUS, corpus, weights))


if __name__ == "__main__":
    main()
