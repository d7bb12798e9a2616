"""What figures were taken on, and whether they can be cited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.peers.noise import QUIET_CORES
from benchmarks.peers.table import BUSY


def taken(machine: Mapping[str, Any]) -> str:
    """When and on what, and whether the times can be cited."""
    day, commit, others = machine["started"][:10], machine.get("commit", "unknown"), machine.get("other_cores")
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_mb'] / 1000:.0f} GB, {machine['system']}"
    noise = "" if others is None else f"; {others:.2f} cores busy with something else"
    line = f"Taken {day} at commit `{commit}` on {where}, Python {machine['python']}{noise}."
    return f"{line} {BUSY}" if is_busy(machine) else line


def is_busy(machine: Mapping[str, Any]) -> bool:
    """Whether so much else ran that times say little; a run that did not look counts as quiet."""
    others: float = machine.get("other_cores") or 0.0
    return others > QUIET_CORES
