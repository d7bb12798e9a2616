"""What a program is told by its environment: a home of its own, and nothing that was set for ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.clients.node import Programs

# No proxy, no key and no settings of the person who runs this may change what a program does.
KEPT = ("LANG", "LC_ALL", "TERM", "TMPDIR", "SSL_CERT_FILE", "TZ")
SAID = ("MLPLAYBOOK_HOME", "MLPLAYBOOK_MODELS")
STATE = Path(".state")


def playbook_command() -> str:
    """The command of this installation."""
    return str(Path(sys.executable).with_name("mlplaybook"))


def playbook_variables(base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where the index and the models lie: in the checkout unless something else is said, as `make` has it."""
    return {"MLPLAYBOOK_HOME": str(STATE.absolute())} | {name: base[name] for name in SAID if base.get(name)}


def program_environment(programs: Programs, home: Path, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables of a program whose home is `home`."""
    kept = {name: base[name] for name in KEPT if name in base}
    folders = {
        "HOME": home, "XDG_CONFIG_HOME": home / ".config", "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state", "XDG_CACHE_HOME": home / ".cache",
    }  # fmt: skip
    return {**kept, "PATH": programs.search_path, "NO_COLOR": "1", "CI": "1", **{k: str(v) for k, v in folders.items()}}
