"""The command that an agent starts the playbook with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from mlplaybook.server.agents.setup.machine import Machine

Way = Literal["installed", "uvx"]
WAYS: tuple[Way, ...] = ("installed", "uvx")
PACKAGE, COMMAND = "mlplaybook", "mlplaybook"
# With the encoder's weights; without them the playbook searches by words alone.
EXTRA = "local"
# Where the index and models lie: an agent that is started from a desktop does not have the shell's variables.
KEPT = ("MLPLAYBOOK_HOME", "MLPLAYBOOK_MODELS", "MLPLAYBOOK_CORPUS")
# Folders of environments that are made for one run and cleaned away later.
PASSING = ("archive-v0", "environments-v2", ".tmp", "pipx/.cache")


@dataclass(frozen=True, slots=True)
class Start:
    """A program with its arguments and the variables it needs."""

    command: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()


def pinned_start(release: str = "") -> Start:
    """The released package, fetched once by uv: the same on every machine.

    >>> " ".join(pinned_start("0.1.0").arguments)
    '--from mlplaybook[local]==0.1.0 mlplaybook mcp'
    """
    requirement = f"{PACKAGE}[{EXTRA}]=={release or version(PACKAGE)}"
    return Start("uvx", ("--from", requirement, COMMAND, "mcp"))


def installed_start(environment: Mapping[str, str], executable: str = sys.executable) -> Start:
    """The installation that this runs in, by its full path: nothing is fetched."""
    kept = tuple((name, environment[name]) for name in KEPT if environment.get(name))
    for name in (COMMAND, f"{COMMAND}.exe"):
        script = Path(executable).with_name(name)
        if script.is_file():
            return Start(str(script), ("mcp",), kept)
    return Start(executable, ("-m", "mlplaybook.server", "mcp"), kept)


def choose_start(machine: Machine, way: Way | None, *, project: bool, executable: str = sys.executable) -> Start:
    """What was wished; else this installation for the user, and the pinned package for a project, which others share.

    An environment that was made for one run will not stay, so that it too is replaced by the pinned package.
    """
    passing = any(part in Path(executable).as_posix() for part in PASSING)
    if way == "uvx" or (way is None and (project or passing)):
        start = pinned_start()
        # Programs that are started from a desktop do not have the shell's PATH.
        return start if project else replace(start, command=machine.program(start.command) or start.command)
    return installed_start(machine.environment, executable)
