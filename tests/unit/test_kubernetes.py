"""The Kubernetes manifests pass the schemas, meet the restricted standard, and match the settings."""

import re

import kubernetes_validate
import pytest

from chat.settings import Settings
from chat.store import clients
from tests.support.manifests import (
    FOLDER,
    Manifest,
    container,
    env_file,
    kustomization,
    manifests,
    name_of,
    of_kind,
    pod,
    variables,
    workload,
)

CUSTOM = {"ScaledObject"}
COMPONENTS = sorted(file.parent for file in FOLDER.glob("components/*/kustomization.yaml"))
NATIVE = [manifest for manifest in manifests() if manifest["kind"] not in CUSTOM]
ADDED = [manifest for folder in COMPONENTS for manifest in manifests(folder)]
WORKLOADS = [manifest for manifest in NATIVE if "template" in manifest.get("spec", {})]
TIERS = ("web", "api", "worker")


@pytest.mark.parametrize("manifest", NATIVE + ADDED, ids=name_of)
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
    for each in spec["containers"]:
        guarded = each["securityContext"]
        assert guarded["readOnlyRootFilesystem"] is True
        assert guarded["allowPrivilegeEscalation"] is False
        assert guarded["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("manifest", WORKLOADS, ids=name_of)
def test_each_selector_matches_the_pods_of_its_workload(manifest: Manifest) -> None:
    name = {"app.kubernetes.io/name": manifest["metadata"]["name"]}
    assert manifest["spec"]["selector"]["matchLabels"] == manifest["metadata"]["labels"] == name
    assert name.items() <= manifest["spec"]["template"]["metadata"]["labels"].items()
    budgets = [m["spec"]["selector"]["matchLabels"] for m in of_kind("PodDisruptionBudget")]
    policies = [m["spec"]["podSelector"].get("matchLabels") for m in of_kind("NetworkPolicy")]
    assert budgets.count(name) == policies.count(name) == 1


@pytest.mark.parametrize("name", ["api", "worker"])
def test_all_dns_attempts_fit_into_the_connect_timeout(name: str) -> None:
    options = {option["name"]: int(option["value"]) for option in pod(workload(name))["dnsConfig"]["options"]}
    assert options["timeout"] * options["attempts"] < clients.CONNECT_SECONDS


def test_every_variable_is_a_known_setting() -> None:
    known = {name.upper() for name in Settings.model_fields} | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert env_file("settings.env").keys() <= known
    for name in ("api", "worker"):
        assert variables(name).keys() <= known


def test_the_settings_are_valid() -> None:
    values = {name.lower(): value for name, value in env_file("settings.env").items()}
    Settings(_env_file=None, secret_key="0123456789abcdefghijklmnopqrstuv", host="0.0.0.0", **values)  # type: ignore[arg-type]  # text, as from the environment


def test_every_variable_of_the_web_tier_is_read_by_it() -> None:
    read = set(re.findall(r"\{\$(\w+)", (FOLDER.parents[1] / "web" / "Caddyfile").read_text("utf-8")))
    assert env_file("web.env").keys() <= read


def test_only_secrets_are_set_by_reference() -> None:
    secret = re.compile("KEY|PASSWORD|SECRET|TOKEN|REDIS_URL")
    for manifest in WORKLOADS:
        for name, variable in variables(manifest["metadata"]["name"]).items():
            assert ("secretKeyRef" in variable.get("valueFrom", {})) is bool(secret.search(name)), variable
    assert not any(secret.search(name) for name in (*env_file("settings.env"), *env_file("web.env")))


def test_the_api_lacks_the_model_key_and_the_worker_guest_keys() -> None:
    assert variables("api").keys() >= {"SECRET_KEY", "SECRET_KEY_PREVIOUS"}
    assert "OPENAI_API_KEY" not in variables("api")
    assert not {"SECRET_KEY", "SECRET_KEY_PREVIOUS"} & variables("worker").keys()
    for name in TIERS:  # secretRef would import every key of the Secret
        assert all("secretRef" not in source for source in container(name)["envFrom"])


def test_each_tier_reads_its_own_secret_and_that_of_redis() -> None:
    for name in ("api", "worker", "redis"):
        sources = [variable.get("valueFrom", {}).get("secretKeyRef", {}) for variable in variables(name).values()]
        assert {source["name"] for source in sources if source} == {name, "redis"}


@pytest.mark.parametrize("scaled", of_kind("ScaledObject") + of_kind("HorizontalPodAutoscaler"), ids=name_of)
def test_a_scaled_workload_exists_without_fixed_replicas(scaled: Manifest) -> None:
    spec = scaled["spec"]
    assert "replicas" not in workload(spec["scaleTargetRef"]["name"])["spec"]
    at_least = spec.get("minReplicaCount") or spec["minReplicas"]
    assert 2 <= at_least < (spec.get("maxReplicaCount") or spec["maxReplicas"])


def test_each_tier_is_scaled_by_one_rule() -> None:
    scaled = of_kind("ScaledObject") + of_kind("HorizontalPodAutoscaler")
    assert sorted(each["spec"]["scaleTargetRef"]["name"] for each in scaled) == sorted(TIERS)
