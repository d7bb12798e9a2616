from __future__ import annotations

from pathlib import Path

from mlplaybook.server.agents.setup.machine import Machine
from mlplaybook.server.agents.setup.start import Start, choose_start, installed_start, pinned_start

PINNED = Start("uvx", ("--from", "mlplaybook[local]==1.2.3", "mlplaybook", "mcp"))


def machine(folder: Path, **environment: str) -> Machine:
    return Machine(folder, "linux", environment, folder)


def test_the_released_package_is_pinned_with_its_weights() -> None:
    assert pinned_start("1.2.3") == PINNED


def test_the_command_beside_the_interpreter_is_started_by_its_full_path(tmp_path: Path) -> None:
    (tmp_path / "mlplaybook").touch()
    start = installed_start({"MLPLAYBOOK_HOME": "/x", "MLPLAYBOOK_LLM": "openai:a"}, str(tmp_path / "python"))
    assert start == Start(str(tmp_path / "mlplaybook"), ("mcp",), (("MLPLAYBOOK_HOME", "/x"),))


def test_without_a_command_the_interpreter_runs_the_module(tmp_path: Path) -> None:
    python = str(tmp_path / "python")
    assert installed_start({}, python) == Start(python, ("-m", "mlplaybook.server", "mcp"))


def test_what_is_shared_or_will_not_stay_is_not_written_by_its_path(tmp_path: Path) -> None:
    here, there = str(tmp_path / "python"), "/home/me/.cache/uv/archive-v0/AbC/bin/python"
    mine = machine(tmp_path)
    assert choose_start(mine, None, project=False, executable=here).command == here
    assert choose_start(mine, None, project=True, executable=here).command == "uvx"
    assert choose_start(mine, None, project=False, executable=there).command == "uvx"
    assert choose_start(mine, "installed", project=True, executable=here).command == here
    assert choose_start(mine, "uvx", project=False, executable=here).command == "uvx"


def test_for_one_user_uvx_is_named_by_its_full_path(tmp_path: Path) -> None:
    (tmp_path / "uvx").touch(mode=0o755)
    mine = machine(tmp_path, PATH=str(tmp_path))
    assert choose_start(mine, "uvx", project=False).command == str(tmp_path / "uvx")
    assert choose_start(mine, "uvx", project=True).command == "uvx"
