"""Rendered by kubectl, changed settings and secrets roll out the tiers that read them, and the components fit."""

from pathlib import Path

import pytest

from tests.support.kustomize import Installation, needs_kubectl, validate
from tests.support.manifests import FOLDER, Manifest

pytestmark = needs_kubectl
COMPONENTS = sorted(file.parent.name for file in FOLDER.glob("components/*/kustomization.yaml"))


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    """The pod templates of an installation without changes."""
    return pods(Installation(tmp_path_factory.mktemp("before")).render())


def pods(rendered: list[Manifest]) -> dict[str, Manifest]:
    """Returns the pod template of each tier. A changed template is what the cluster rolls out."""
    return {
        each["metadata"]["name"]: each["spec"]["template"] for each in rendered if "template" in each.get("spec", {})
    }


def one(rendered: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (each for each in rendered if each["kind"] == kind and each["metadata"]["name"] == name)
    return found


@pytest.mark.parametrize(
    ("file", "line", "rolled"),
    [
        ("secrets/api.env", "SECRET_KEY_PREVIOUS=older", {"api"}),
        ("secrets/worker.env", "OPENAI_ORG=x", {"worker"}),
        ("secrets/redis.env", "QUEUE_REDIS_URL=redis://other", {"api", "worker", "redis"}),
        ("settings.env", "CONTEXT_MESSAGES=5", {"api", "worker"}),
        ("web.env", "WEB_DOCS=on", {"web"}),
        ("redis/start.sh", "# changed", {"redis"}),
    ],
)
def test_a_change_rolls_out_the_tiers_that_read_it(
    installation: Installation, before: dict[str, Manifest], file: str, line: str, rolled: set[str]
) -> None:
    with (installation.base / file).open("a", encoding="utf-8") as changed:
        changed.write(f"{line}\n")
    after = pods(installation.render())
    assert {name for name, template in after.items() if template != before[name]} == rolled


def test_a_missing_secret_file_is_named(installation: Installation) -> None:
    (installation.base / "secrets" / "api.env").unlink()
    with pytest.raises(RuntimeError, match=r"secrets/api\.env"):
        installation.render()


def test_a_model_without_a_key_needs_an_empty_file(installation: Installation) -> None:
    (installation.base / "secrets" / "worker.env").write_text("", "utf-8")
    for each in installation.render():
        validate(each)


def test_every_reference_names_an_object_of_the_same_rendering(installation: Installation) -> None:
    installation.extend(components=[f"../k8s/components/{name}" for name in COMPONENTS])
    rendered = installation.render()
    for each in rendered:
        validate(each)
    made = {(each["kind"], each["metadata"]["name"]) for each in rendered}
    for kind, name in references(rendered):
        assert (kind, name) in made or (kind, name) == ("Secret", "tls")


def references(value: object) -> set[tuple[str, str]]:
    """Returns the ConfigMaps, Secrets and PersistentVolumeClaims that pods name, at any depth."""
    kinds = {"configMapRef": "ConfigMap", "secretKeyRef": "Secret", "configMap": "ConfigMap"}
    found = set()
    if isinstance(value, list):
        found = {reference for each in value for reference in references(each)}
    elif isinstance(value, dict):
        found = {reference for each in value.values() for reference in references(each)}
        found |= {(kind, value[key]["name"]) for key, kind in kinds.items() if isinstance(value.get(key), dict)}
        if "secretName" in value:
            found.add(("Secret", value["secretName"]))
        if "claimName" in value:
            found.add(("PersistentVolumeClaim", value["claimName"]))
    return found


def test_the_load_balancer_passes_clients_addresses_on(installation: Installation) -> None:
    installation.extend(components=["../k8s/components/load-balancer"])
    rendered = installation.render()
    service = one(rendered, "Service", "web")["spec"]
    assert (service["type"], service["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert [port["port"] for port in service["ports"]] == [443]
    (settings,) = (each["data"] for each in rendered if "WEB_SCHEME" in each.get("data", {}))
    assert settings["WEB_TRUSTED_PROXIES"] == "127.0.0.1/32"
    assert settings["API_HOST"] == "api"


def test_a_backup_reads_the_secret_and_may_reach_redis(installation: Installation) -> None:
    installation.extend(components=["../k8s/components/backup"])
    rendered = installation.render()
    job = one(rendered, "CronJob", "backup")["spec"]["jobTemplate"]["spec"]["template"]
    (secret,) = (each["metadata"]["name"] for each in rendered if "REDIS_PASSWORD" in each.get("data", {}))
    assert secret in str(job)
    allowed = one(rendered, "NetworkPolicy", "redis-from-backup")["spec"]["ingress"][0]["from"][0]["podSelector"]
    assert allowed["matchLabels"].items() <= job["metadata"]["labels"].items()
