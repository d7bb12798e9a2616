"""What is installed is what is here."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("evals", "ingest", "knowledge", "prompts", "server")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def packages_on_disk() -> set[str]:
    found = {path.parent for name in FOLDERS for path in (ROOT / name).rglob("__init__.py")}
    return {"mlplaybook." + ".".join(path.relative_to(ROOT).parts) for path in found}


def test_every_package_is_listed_because_discovery_does_not_work_with_a_mapping() -> None:
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


def test_every_folder_of_the_mapping_says_that_it_is_typed() -> None:
    assert [name for name in FOLDERS if not (ROOT / name / "py.typed").is_file()] == []


def test_the_core_install_needs_no_torch() -> None:
    core = " ".join(PROJECT["project"]["dependencies"])
    assert not any(name in core for name in ("torch", "transformers", "ragas"))


def test_the_constraints_pin_a_cpu_torch() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text("utf-8").splitlines()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        ".",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_module_and_page(wheel: zipfile.ZipFile) -> None:
    kinds = {".py", ".md", ".json", ".yaml", ".typed", ".css", ".html", ".js", ".svg"}
    here = {
        f"mlplaybook/{path.relative_to(ROOT)}"
        for name in FOLDERS
        for path in (ROOT / name).rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    assert here - set(wheel.namelist()) == set()


def test_the_wheel_puts_nothing_beside_its_namespace(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mlplaybook"}


def test_the_wheel_carries_licence_and_notice(wheel: zipfile.ZipFile) -> None:
    names = {Path(name).name for name in wheel.namelist() if "licenses/" in name}
    assert names == {"LICENSE", "NOTICE"}
