from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from mlplaybook.server.settings import Settings
from tests.deploy.test_image import DEPLOY, ROOT

TEXT = (DEPLOY / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]


def settings_of(names: list[str]) -> list[str]:
    """Names that no setting has."""
    known = {f"MLPLAYBOOK_{name.upper()}" for name in Settings.model_fields}
    return [name for name in names if name.startswith("MLPLAYBOOK_") and name not in known]


def test_the_dockerfile_is_where_compose_looks_for_it() -> None:
    build = SERVICES["playbook"]["build"]
    assert (DEPLOY / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()


def test_every_variable_is_a_setting() -> None:
    assert settings_of(list(SERVICES["playbook"]["environment"])) == []


def test_a_service_that_is_named_is_there() -> None:
    environment = SERVICES["playbook"]["environment"]
    hosts = [
        re.sub(r"^\w+://([\w-]+):.*", r"\1", environment[f"MLPLAYBOOK_{name}"]) for name in ("CACHE", "CHROMA_URL")
    ]
    assert hosts == ["redis", "chroma"]
    assert set(SERVICES["playbook"]["depends_on"]) == set(SERVICES) - {"playbook"}


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_may_do_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])


def test_the_service_writes_into_two_places_only() -> None:
    service = SERVICES["playbook"]
    assert service["read_only"]
    assert [place.split(":")[0] for place in service["tmpfs"]] == ["/tmp"]
    assert service["volumes"] == ["home:/var/lib/mlplaybook"]


def test_only_this_machine_reaches_the_service_and_nobody_the_stores() -> None:
    assert SERVICES["playbook"]["ports"] == ["127.0.0.1:8000:8000"]
    assert [name for name in SERVICES if SERVICES[name].get("ports")] == ["playbook"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert all(SERVICES[name]["networks"] == ["inside"] for name in ("chroma", "redis"))


def test_streams_have_time_to_end() -> None:
    assert int(SERVICES["playbook"]["stop_grace_period"].removesuffix("s")) > Settings().rest_grace_seconds


def test_the_server_of_chroma_is_of_the_version_that_is_tested() -> None:
    assert f"chromadb=={SERVICES['chroma']['image'].split(':')[1]}" in (ROOT / "constraints.txt").read_text("utf-8")
