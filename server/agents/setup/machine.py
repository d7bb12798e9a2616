"""Where agents keep their settings on this machine, as plain values that a test can choose."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

System = Literal["linux", "macos", "windows"]


@dataclass(frozen=True, slots=True)
class Machine:
    """`environment` are its variables; `project` is the folder that project settings go to."""

    home: Path
    system: System
    environment: Mapping[str, str]
    project: Path

    def folder(self, variable: str, usual: Path) -> Path:
        """A folder that a variable may name."""
        value = self.environment.get(variable, "")
        return Path(value).expanduser() if value else usual

    @property
    def config(self) -> Path:
        """Where programs that follow the XDG rules keep their settings."""
        return self.folder("XDG_CONFIG_HOME", self.home / ".config")

    @property
    def applications(self) -> Path:
        """Where desktop programs keep their settings."""
        if self.system == "macos":
            return self.home / "Library" / "Application Support"
        if self.system == "windows":
            return self.folder("APPDATA", self.home / "AppData" / "Roaming")
        return self.config

    def program(self, name: str) -> str:
        """The full path of a command, empty where it is not found."""
        return shutil.which(name, path=self.environment.get("PATH", "")) or ""


def this_machine(project: Path) -> Machine:
    """The machine that this runs on."""
    systems: dict[str, System] = {"darwin": "macos", "win32": "windows"}
    return Machine(Path.home(), systems.get(sys.platform, "linux"), dict(os.environ), project)
