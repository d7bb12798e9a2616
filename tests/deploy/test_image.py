from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from mlplaybook.ingest.adapter import DEFAULT_ADAPTER
from tests.server.rest.serving import running

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def instructions() -> list[tuple[str, str]]:
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1].strip()) for line in lines]


def last_stage() -> list[tuple[str, str]]:
    found = instructions()
    return found[max(n for n, (word, _) in enumerate(found) if word == "FROM") :]


def health_command() -> list[str]:
    (text,) = [text for word, text in last_stage() if word == "HEALTHCHECK"]
    command: list[str] = json.loads(text[text.index("CMD") + 3 :])
    return command


def check_health(port: int, **environment: str) -> int:
    command = [sys.executable, *health_command()[1:]]
    return subprocess.run(
        command, env={"MLPLAYBOOK_REST_PORT": str(port), **environment}, stderr=subprocess.PIPE, check=False
    ).returncode


def test_only_what_serves_is_in_the_last_stage() -> None:
    stage = last_stage()
    assert [text.split()[0] for word, text in stage if word == "COPY"] == [
        "--from=packages",
        "--from=index",
        "--from=index",
        "--chmod=0755",
    ]
    assert not any("local" in text for word, text in instructions() if word == "ARG")


def test_the_service_runs_as_nobody_in_particular() -> None:
    assert [text for word, text in last_stage() if word == "USER"] == ["10001:10001"]


def test_every_copied_file_is_there_and_passes_the_ignore_file() -> None:
    sources = [
        name for word, text in instructions() if word == "COPY" and "--from" not in text
        for name in text.split()[:-1] if not name.startswith("--")
    ]  # fmt: skip
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    assert [name for name in sources if not (ROOT / name).exists()] == []
    assert [name for name in sources if f"!{name}" not in ignored] == []


def test_the_exported_encoder_is_the_one_with_the_adapter() -> None:
    """Its folder is the only one with a plus in its name."""
    assert DEFAULT_ADAPTER != "none"
    assert any("mv /seed/models/*+* /seed/model" in text for _, text in instructions())


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_asks_the_service_without_curl(status: int, code: int) -> None:
    app = Starlette(routes=[Route("/health", lambda request: PlainTextResponse("", status))])
    with running(app) as (url, _):
        assert check_health(int(url.rsplit(":", 1)[1])) == code


def test_the_health_check_takes_no_proxy() -> None:
    app = Starlette(routes=[Route("/health", lambda request: PlainTextResponse(""))])
    with running(app) as (url, _):
        assert check_health(int(url.rsplit(":", 1)[1]), http_proxy="http://127.0.0.1:9") == 0


def test_the_health_check_fails_where_nobody_listens() -> None:
    assert check_health(1) == 1


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """An image's index, and a `mlplaybook` that says how it was called."""
    (tmp_path / "seed" / "playbook").mkdir(parents=True)
    (tmp_path / "seed" / "playbook" / "CURRENT").write_text("gen-1")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mlplaybook").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "bin" / "mlplaybook").chmod(0o755)
    (tmp_path / "home").mkdir()
    return tmp_path


def run_start(folder: Path) -> str:
    environment = {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "MLPLAYBOOK_HOME": str(folder / "home"),
        "MLPLAYBOOK_SEED": str(folder / "seed"),
    }
    command = [str(DEPLOY / "start"), "serve", "--host", "0.0.0.0"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_an_empty_data_folder_gets_the_image_s_index(start: Path) -> None:
    assert run_start(start) == "serve --host 0.0.0.0\n"
    assert [str(path.relative_to(start / "home")) for path in (start / "home").rglob("*")] == [
        "index", "index/playbook", "index/playbook/CURRENT",
    ]  # fmt: skip


def test_an_index_that_is_there_stays(start: Path) -> None:
    (start / "home" / "index").mkdir()
    (start / "home" / "index" / "mine").write_text("")
    run_start(start)
    assert [path.name for path in (start / "home").rglob("*")] == ["index", "mine"]
