from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mlplaybook.server.rest.guard import create_rules
from tests.deploy.test_compose import SERVICES, settings_of
from tests.deploy.test_image import DEPLOY

FOLDER = DEPLOY / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))


def objects(*paths: Path) -> dict[str, Any]:
    """Objects by kind and name."""
    found = [one for path in paths for one in yaml.safe_load_all(path.read_text("utf-8"))]
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in found}


APPLIED = objects(*(FOLDER / name for name in KUSTOMIZATION["resources"]))
SECRET = objects(FOLDER / "secret.example.yaml")["Secret/mlplaybook"]
SETTINGS = APPLIED["ConfigMap/mlplaybook"]["data"]
SERVICE = APPLIED["Deployment/mlplaybook"]
WORKLOADS = {name: one for name, one in APPLIED.items() if name.split("/")[0] in ("Deployment", "StatefulSet")}


def labels(workload: Any) -> dict[str, str]:
    found: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return found


def pod(workload: Any) -> Any:
    return workload["spec"]["template"]["spec"]


def container(workload: Any) -> Any:
    (one,) = pod(workload)["containers"]
    return one


def test_every_file_is_applied_but_the_pattern_of_the_secret() -> None:
    here = {path.name for path in FOLDER.iterdir()}
    assert here - set(KUSTOMIZATION["resources"]) == {"kustomization.yaml", "secret.example.yaml"}
    assert {value for name, value in SECRET["stringData"].items()} == {""}


def test_every_variable_is_a_setting() -> None:
    assert settings_of([*SETTINGS, *SECRET["stringData"]]) == []
    assert all(isinstance(value, str) for value in SETTINGS.values())


@pytest.mark.parametrize("name", [name for name in APPLIED if name.startswith("Service/")])
def test_a_service_has_pods_behind_it_and_a_port_of_theirs(name: str) -> None:
    spec = APPLIED[name]["spec"]
    (workload,) = [one for one in WORKLOADS.values() if spec["selector"].items() <= labels(one).items()]
    assert {port["targetPort"] for port in spec["ports"]} <= {port["name"] for port in container(workload)["ports"]}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_selects_its_own_pods_and_may_do_no_more_than_it_must(name: str) -> None:
    workload = WORKLOADS[name]
    assert workload["spec"]["selector"]["matchLabels"] == labels(workload)
    assert pod(workload)["securityContext"]["runAsNonRoot"]
    assert not pod(workload)["automountServiceAccountToken"]
    context = container(workload)["securityContext"]
    assert (context["capabilities"], context["allowPrivilegeEscalation"]) == ({"drop": ["ALL"]}, False)
    assert container(workload)["resources"]["limits"]["memory"]


def test_every_volume_that_is_mounted_is_there() -> None:
    for workload in WORKLOADS.values():
        claims = [claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])]
        named = {volume["name"] for volume in pod(workload).get("volumes", [])} | set(claims)
        assert {mount["name"] for mount in container(workload)["volumeMounts"]} == named


def test_the_service_writes_into_two_places_only() -> None:
    assert container(SERVICE)["securityContext"]["readOnlyRootFilesystem"]
    assert [mount["mountPath"] for mount in container(SERVICE)["volumeMounts"]] == ["/var/lib/mlplaybook", "/tmp"]


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_a_probe_names_a_host_that_the_wall_lets_through(probe: str) -> None:
    asked = container(SERVICE)[probe]["httpGet"]
    (host,) = [header["value"] for header in asked["httpHeaders"] if header["name"] == "Host"]
    assert host in create_rules("0.0.0.0", [], ()).hosts
    assert asked["path"] == ("/ready" if probe == "readinessProbe" else "/health")


def test_streams_have_time_to_end() -> None:
    pause = int(container(SERVICE)["lifecycle"]["preStop"]["exec"]["command"][1])
    grace = int(SETTINGS["MLPLAYBOOK_REST_GRACE_SECONDS"])
    assert pod(SERVICE)["terminationGracePeriodSeconds"] > pause + grace


def test_what_scales_and_what_drains_mean_the_service() -> None:
    target = APPLIED["HorizontalPodAutoscaler/mlplaybook"]["spec"]["scaleTargetRef"]
    assert f"{target['kind']}/{target['name']}" in APPLIED
    assert "replicas" not in SERVICE["spec"]
    assert APPLIED["HorizontalPodAutoscaler/mlplaybook"]["spec"]["minReplicas"] >= 2
    selected = APPLIED["PodDisruptionBudget/mlplaybook"]["spec"]["selector"]["matchLabels"]
    assert [name for name, one in WORKLOADS.items() if selected.items() <= labels(one).items()] == [
        "Deployment/mlplaybook"
    ]


def test_both_ways_of_running_it_use_the_same_images() -> None:
    images = {container(one)["image"] for one in WORKLOADS.values()}
    assert images == {service["image"] for service in SERVICES.values()}


def test_the_stores_that_the_settings_name_are_there() -> None:
    for name in ("MLPLAYBOOK_CACHE", "MLPLAYBOOK_CHROMA_URL"):
        host, port = SETTINGS[name].split("/")[2].split(":")
        assert [one["port"] for one in APPLIED[f"Service/{host}"]["spec"]["ports"]] == [int(port)]
