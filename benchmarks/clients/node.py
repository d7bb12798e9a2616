"""Programs from the npm registry, each at the version of package.json, in a folder that can be thrown away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlplaybook.ingest.errors import PlaybookError

PINS = Path(__file__).with_name("package.json")
# Downloads and unpacks 1.8 GB.
INSTALL_SECONDS = 900
# The machine's own node only unpacks the pinned one.
INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")

Say = Callable[[str], None]


class NodeAbsent(PlaybookError):
    """There is no npm, or it could not fetch the programs."""

    code = "node-absent"


@dataclass(frozen=True, slots=True)
class Programs:
    """An installed folder of programs."""

    folder: Path

    def path(self, name: str) -> str:
        """The file of a program."""
        return str(self.folder / "node_modules" / ".bin" / name)

    @property
    def search_path(self) -> str:
        """PATH with the pinned node before all others."""
        modules = self.folder / "node_modules"
        return os.pathsep.join([str(modules / "node" / "bin"), str(modules / ".bin"), os.environ.get("PATH", "")])


def installed_programs(folder: Path) -> Programs | None:
    """What is installed there, None where a package is absent or has another version than package.json says."""
    # Not resolved, but absolute: the programs are run in other folders.
    folder = folder.absolute()
    return Programs(folder) if all(is_installed(folder, *pin) for pin in pinned().items()) else None


def is_installed(folder: Path, package: str, version: str) -> bool:
    """Whether that version is there, with what it does after it was unpacked."""
    about = folder / "node_modules" / package / "package.json"
    if not about.is_file() or json.loads(about.read_text("utf-8"))["version"] != version:
        return False
    return package != "node" or (folder / "node_modules" / "node" / "bin" / "node").exists()


def pinned() -> dict[str, str]:
    """The version of every package."""
    pins: dict[str, str] = json.loads(PINS.read_text("utf-8"))["dependencies"]
    return pins


def install_programs(folder: Path, say: Say) -> Programs:
    """The programs, fetched when they are not there; raises NodeAbsent."""
    found = installed_programs(folder)
    if found:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PINS, folder / "package.json")
    say(f"fetching {len(pinned())} programs into {folder}")
    try:
        done = subprocess.run(INSTALL, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeAbsent(f"npm did not run: {error}.", "Install Node.js with npm, any version from 20 on.") from error
    found = installed_programs(folder)
    if not found:
        last = " ".join((done.stderr or done.stdout).strip().splitlines()[-3:]) or "no message"
        raise NodeAbsent(
            f"npm did not install the programs: {last}.", f"Check the network, empty {folder}, and run it again."
        )
    return found
