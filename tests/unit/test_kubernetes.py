"""The Kubernetes manifests: valid by the schemas of Kubernetes, locked down, and true to the settings."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from chat.settings import Settings
from chat.store import clients

FOLDER = Path(__file__).parents[2] / "deploy" / "k8s"
CUSTOM = {"ScaledObject"}
Manifest = dict[str, Any]


def kustomization() -> Manifest:
    return dict(yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8")))


def manifests() -> Iterator[Manifest]:
    for name in kustomization()["resources"]:
        yield from yaml.safe_load_all((FOLDER / name).read_text("utf-8"))


def name_of(manifest: Manifest) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


NATIVE = [manifest for manifest in manifests() if manifest["kind"] not in CUSTOM]
WORKLOADS = [manifest for manifest in NATIVE if "template" in manifest.get("spec", {})]


def settings() -> dict[str, str]:
    lines = (FOLDER / "settings.env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def pod(workload: Manifest) -> Manifest:
    return dict(workload["spec"]["template"]["spec"])


def workload(name: str) -> Manifest:
    return next(manifest for manifest in WORKLOADS if manifest["metadata"]["name"] == name)


@pytest.mark.parametrize("manifest", NATIVE, ids=name_of)
def test_each_manifest_is_what_kubernetes_takes(manifest: Manifest) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_no_manifest_is_left_out() -> None:
    there = {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization()["resources"]) == there


@pytest.mark.parametrize("manifest", WORKLOADS, ids=name_of)
def test_every_pod_meets_the_restricted_standard_and_writes_nowhere_but_to_its_volumes(manifest: Manifest) -> None:
    spec = pod(manifest)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is spec["enableServiceLinks"] is False
    for container in spec["containers"]:
        guarded = container["securityContext"]
        assert guarded["readOnlyRootFilesystem"] is True
        assert guarded["allowPrivilegeEscalation"] is False
        assert guarded["capabilities"] == {"drop": ["ALL"]}
        assert {"requests", "limits"} == set(container["resources"])


@pytest.mark.parametrize("manifest", WORKLOADS, ids=name_of)
def test_what_selects_pods_finds_them(manifest: Manifest) -> None:
    name = {"app.kubernetes.io/name": manifest["metadata"]["name"]}
    assert manifest["spec"]["selector"]["matchLabels"] == name
    assert name.items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    budgets = [m["spec"]["selector"]["matchLabels"] for m in NATIVE if m["kind"] == "PodDisruptionBudget"]
    policies = [m["spec"]["podSelector"].get("matchLabels") for m in NATIVE if m["kind"] == "NetworkPolicy"]
    assert budgets.count(name) == policies.count(name) == 1


@pytest.mark.parametrize("name", ["web", "api", "worker"])
def test_a_rollout_takes_nothing_away_before_its_successor_is_ready(name: str) -> None:
    strategy = workload(name)["spec"]["strategy"]["rollingUpdate"]
    assert strategy["maxUnavailable"] == 0
    assert "readinessProbe" in pod(workload(name))["containers"][0]


def test_a_worker_has_longer_than_its_replies() -> None:
    assert pod(workload("worker"))["terminationGracePeriodSeconds"] > float(settings()["DRAIN_SECONDS"]) + 10


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_name_is_looked_up_as_often_as_there_is_time_for(name: str) -> None:
    options = {option["name"]: int(option["value"]) for option in pod(workload(name))["dnsConfig"]["options"]}
    assert options["timeout"] * options["attempts"] < clients.CONNECT_SECONDS


def test_every_setting_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert settings().keys() <= known
    for name in ("api", "worker"):
        assert {variable["name"] for variable in pod(workload(name))["containers"][0]["env"]} <= known


def test_secrets_come_by_reference_only() -> None:
    secret = re.compile("KEY|PASSWORD|SECRET|TOKEN|REDIS_URL")
    for manifest in WORKLOADS:
        for variable in pod(manifest)["containers"][0].get("env", []):
            assert ("valueFrom" in variable) is bool(secret.search(variable["name"])), variable
    assert not any(secret.search(name) for name in settings())


def test_the_key_of_the_model_and_that_of_guests_are_kept_apart() -> None:
    told = {name: {each["name"] for each in pod(workload(name))["containers"][0]["env"]} for name in ("api", "worker")}
    assert "OPENAI_API_KEY" not in told["api"]
    assert not {"SECRET_KEY", "SECRET_KEY_PREVIOUS"} & told["worker"]
    for name in ("api", "worker"):  # a whole Secret would bring both
        assert all("secretRef" not in source for source in pod(workload(name))["containers"][0]["envFrom"])


@pytest.mark.parametrize("scaled", [m for m in manifests() if m["kind"] in CUSTOM], ids=name_of)
def test_what_is_scaled_exists_and_does_not_say_how_many_it_wants(scaled: Manifest) -> None:
    assert "replicas" not in workload(scaled["spec"]["scaleTargetRef"]["name"])["spec"]
    assert 2 <= scaled["spec"]["minReplicaCount"] < scaled["spec"]["maxReplicaCount"]
