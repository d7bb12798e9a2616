"""A process killed at any step of ingest leaves an index that serves, old or new but never half."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlplaybook.ingest import generation as gen
from mlplaybook.ingest.build import Job, ingest
from mlplaybook.ingest.verify import verify_generation
from mlplaybook.server.retrieval.index import open_index
from mlplaybook.server.retrieval.search import search
from tests.conftest import DRIFT, LEAKAGE, WordEncoder, WritePages

ROOT = Path(__file__).parents[2]
OLD = LEAKAGE
NEW = LEAKAGE.replace("Split the rows", "Divide the rows") + "\n## What next?\n\nMeasure again on later data.\n"


def run_child(source: Path, index: Path, step: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.ingest.crash_child", str(source), str(index), str(step)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.timeout(600)
def test_every_step_may_be_the_last(
    write_pages: WritePages, job: Callable[..., Job], tmp_path: Path, encoder: WordEncoder
) -> None:
    source = write_pages({"drift.md": DRIFT, "leakage.md": OLD})
    old = ingest(job()).manifest.generation
    write_pages({"leakage.md": NEW})
    template = tmp_path / "template"
    shutil.copytree(tmp_path / "index", template)
    whole = run_child(source, tmp_path / "rehearsal", 0)
    assert whole.returncode == 0, whole.stderr
    shutil.copytree(template, tmp_path / "mended")
    mended = run_child(source, tmp_path / "mended", 0)
    assert mended.returncode == 0, mended.stderr
    steps = mended.stdout.split()
    assert set(steps) >= {
        "locked",
        "catalog",
        "embed",
        "chroma-copy",
        "chroma-add",
        "verify",
        "sync",
        "rename",
        "swap",
        "prune",
    }
    new = current(tmp_path / "mended")
    assert new != old
    for number, name in enumerate(steps, start=1):
        index = tmp_path / f"crash-{number}"
        shutil.copytree(template, index)
        died = run_child(source, index, number)
        assert died.returncode == -signal.SIGKILL, (name, died.stderr)
        # What serves is whole: the old one before the swap, the new one after it.
        assert current(index) == (new if name == "prune" else old), name
        folder = gen.current_folder(index / "handbook")
        assert folder is not None
        verify_generation(folder, gen.read_manifest(folder))
        served = open_index(index, "handbook", lambda wanted: (encoder, ""))
        assert search(served, "rows scaling")[0].section.id == "leakage#when-should-data-be-split"
        # And the next run ends where an undisturbed one would have.
        assert ingest(job(index=index)).manifest.generation == new
        assert list((index / "handbook").glob("building-*")) == []
        shutil.rmtree(index)


def current(index: Path) -> str:
    folder = gen.current_folder(index / "handbook")
    assert folder is not None
    return gen.read_manifest(folder).generation
