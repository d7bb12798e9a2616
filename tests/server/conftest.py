"""The command in a process of its own, with real weights and an empty home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DRIFT, LEAKAGE

Run = Callable[..., subprocess.CompletedProcess[str]]

# Where `make test` has the exported encoder from an earlier run; else it is exported once for all these tests.
STATE = Path(os.environ.get("MLPLAYBOOK_HOME", Path(__file__).parents[2] / ".state"))


def command(
    *arguments: str | bytes, home: Path, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run mlplaybook with nothing of the user's around it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("MLPLAYBOOK_")}
    return subprocess.run(
        [sys.executable, "-m", "mlplaybook.server", *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
        timeout=120,
        env={**kept, "MLPLAYBOOK_HOME": str(home), "HOME": str(home), **env},
    )


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exported encoder."""
    if not any((STATE / "models").glob("*/encoder.json")):
        source = tmp_path_factory.mktemp("first") / "a.md"
        source.write_text(LEAKAGE)
        done = command("ingest", str(source), home=STATE)
        assert done.returncode == 0, done.stderr
        shutil.rmtree(STATE / "index" / "a")
    return next((STATE / "models").glob("*/encoder.json")).parent


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A home with one small corpus; tests that change it work on a copy."""
    home = tmp_path_factory.mktemp("ingested")
    source = home / "source"
    (source / "data").mkdir(parents=True)
    (source / "drift.md").write_text(DRIFT)
    (source / "data" / "leakage.md").write_text(LEAKAGE)
    done = command("ingest", str(source), "--corpus", "handbook", home=home, MLPLAYBOOK_MODELS=str(models))
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(tmp_path: Path, ingested: Path) -> Path:
    shutil.copytree(ingested, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, models: Path) -> Run:
    def run_command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return command(*arguments, **{"home": home, "MLPLAYBOOK_MODELS": str(models), **options})

    return run_command


def one_line(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """The only line on stderr of a command that failed cleanly."""
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stderr.strip().splitlines()
    assert (done.returncode, len(lines)) == (status, 1), done.stderr
    return lines[0].removeprefix("mlplaybook: ")
