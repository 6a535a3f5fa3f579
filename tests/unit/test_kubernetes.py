"""The Kubernetes manifests pass the schemas, meet the restricted standard, and match the settings."""

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
def test_each_manifest_passes_the_kubernetes_schema(manifest: Manifest) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_the_kustomization_lists_every_manifest() -> None:
    files = {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization()["resources"]) == files


@pytest.mark.parametrize("manifest", WORKLOADS, ids=name_of)
def test_every_pod_meets_the_restricted_standard(manifest: Manifest) -> None:
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
def test_each_selector_matches_the_pods_of_its_workload(manifest: Manifest) -> None:
    name = {"app.kubernetes.io/name": manifest["metadata"]["name"]}
    assert manifest["spec"]["selector"]["matchLabels"] == name
    assert name.items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    budgets = [m["spec"]["selector"]["matchLabels"] for m in NATIVE if m["kind"] == "PodDisruptionBudget"]
    policies = [m["spec"]["podSelector"].get("matchLabels") for m in NATIVE if m["kind"] == "NetworkPolicy"]
    assert budgets.count(name) == policies.count(name) == 1


@pytest.mark.parametrize("name", ["web", "api", "worker"])
def test_a_rollout_keeps_old_pods_until_new_ones_are_ready(name: str) -> None:
    strategy = workload(name)["spec"]["strategy"]["rollingUpdate"]
    assert strategy["maxUnavailable"] == 0
    assert "readinessProbe" in pod(workload(name))["containers"][0]


def test_the_workers_grace_period_exceeds_its_drain_time() -> None:
    assert pod(workload("worker"))["terminationGracePeriodSeconds"] > float(settings()["DRAIN_SECONDS"]) + 10


@pytest.mark.parametrize("name", ["api", "worker"])
def test_all_dns_attempts_fit_into_the_connect_timeout(name: str) -> None:
    options = {option["name"]: int(option["value"]) for option in pod(workload(name))["dnsConfig"]["options"]}
    assert options["timeout"] * options["attempts"] < clients.CONNECT_SECONDS


def test_every_variable_is_a_known_setting() -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert settings().keys() <= known
    for name in ("api", "worker"):
        assert {variable["name"] for variable in pod(workload(name))["containers"][0]["env"]} <= known


def test_only_secrets_are_set_by_reference() -> None:
    secret = re.compile("KEY|PASSWORD|SECRET|TOKEN|REDIS_URL")
    for manifest in WORKLOADS:
        for variable in pod(manifest)["containers"][0].get("env", []):
            assert ("valueFrom" in variable) is bool(secret.search(variable["name"])), variable
    assert not any(secret.search(name) for name in settings())


def test_the_api_lacks_the_model_key_and_the_worker_guest_keys() -> None:
    variables = {
        name: {each["name"] for each in pod(workload(name))["containers"][0]["env"]} for name in ("api", "worker")
    }
    assert "OPENAI_API_KEY" not in variables["api"]
    assert not {"SECRET_KEY", "SECRET_KEY_PREVIOUS"} & variables["worker"]
    for name in ("api", "worker"):  # secretRef would import every key of the Secret
        assert all("secretRef" not in source for source in pod(workload(name))["containers"][0]["envFrom"])


@pytest.mark.parametrize("scaled", [m for m in manifests() if m["kind"] in CUSTOM], ids=name_of)
def test_a_scaled_workload_exists_without_fixed_replicas(scaled: Manifest) -> None:
    assert "replicas" not in workload(scaled["spec"]["scaleTargetRef"]["name"])["spec"]
    assert 2 <= scaled["spec"]["minReplicaCount"] < scaled["spec"]["maxReplicaCount"]
