"""The manifests say what happens at each limit: memory, disk, time to stop, lost nodes and zones, connections."""

import re
from ipaddress import ip_network
from typing import Any

import pytest
import yaml

from chat.network import is_loopback
from chat.settings import Settings
from tests.support.manifests import (
    FOLDER,
    Manifest,
    container,
    env_file,
    manifests,
    name_of,
    of_kind,
    pod,
    quantity,
    variables,
    workload,
)

TIERS = ("web", "api", "worker")
ALL = (*TIERS, "redis")
HAND_BACK_SECONDS = 15
"""A worker that did not end its replies aborts them within 12 s and hands them back (worker/main.py)."""


@pytest.mark.parametrize("name", ALL)
def test_memory_and_local_disk_are_requested_and_limited(name: str) -> None:
    resources = container(name)["resources"]
    for kind in ("memory", "ephemeral-storage"):
        assert quantity(resources["requests"][kind]) <= quantity(resources["limits"][kind])
    assert "cpu" in resources["requests"]
    assert "cpu" not in resources["limits"]  # a throttled event loop looks like a hung one


@pytest.mark.parametrize("name", TIERS)
def test_files_in_memory_leave_room_for_the_process(name: str) -> None:
    folders = [volume["emptyDir"] for volume in pod(workload(name))["volumes"]]
    sizes = [quantity(folder["sizeLimit"]) for folder in folders if folder.get("medium") == "Memory"]
    assert sum(sizes) * 8 <= quantity(container(name)["resources"]["limits"]["memory"])


def test_redis_never_uses_memory_that_it_did_not_request() -> None:
    resources = container("redis")["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_maxmemory_follows_the_memory_limit() -> None:
    given = variables("redis")
    assert given["MEMORY_LIMIT"]["valueFrom"]["resourceFieldRef"]["resource"] == "limits.memory"
    assert 40 <= int(given["MAXMEMORY_PERCENT"]["value"]) <= 60


def test_the_disk_of_redis_holds_its_file_during_a_rewrite() -> None:
    (claim,) = workload("redis")["spec"]["volumeClaimTemplates"]
    disk = quantity(claim["spec"]["resources"]["requests"]["storage"])
    assert disk >= 3 * quantity(container("redis")["resources"]["limits"]["memory"])


def test_no_image_has_a_floating_tag() -> None:
    images = [each["image"] for manifest in manifests() for each in _containers(manifest)]
    images += re.findall(r"image: (\S+)", "\n".join(file.read_text("utf-8") for file in FOLDER.rglob("*.yaml")))
    foreign = [image for image in images if not image.startswith("holdfast-")]
    assert foreign
    assert all(re.search(r":\d+\.\d+\.\d+-", image) for image in foreign)


def _containers(manifest: Manifest) -> list[dict[str, Any]]:
    return list(pod(manifest)["containers"]) if "template" in manifest.get("spec", {}) else []


def test_every_reply_can_finish_before_its_worker_is_killed() -> None:
    drain = float(env_file("settings.env")["DRAIN_SECONDS"])
    assert drain >= Settings.model_fields["turn_timeout"].default
    assert pod(workload("worker"))["terminationGracePeriodSeconds"] >= drain + HAND_BACK_SECONDS


@pytest.mark.parametrize(("name", "running"), [("api", 10), ("web", 5)])
def test_running_requests_can_finish_before_a_pod_is_killed(name: str, running: int) -> None:
    pause = container(name)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod(workload(name))["terminationGracePeriodSeconds"] >= pause + running + 5


@pytest.mark.parametrize("name", TIERS)
def test_a_rollout_keeps_old_pods_until_new_ones_are_ready(name: str) -> None:
    spec = workload(name)["spec"]
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["minReadySeconds"] > 0
    assert {"readinessProbe", "livenessProbe"} <= container(name).keys()


@pytest.mark.parametrize("name", TIERS)
def test_replicas_are_spread_over_zones_and_nodes(name: str) -> None:
    spread = pod(workload(name))["topologySpreadConstraints"]
    assert [each["topologyKey"] for each in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    for each in spread:
        assert each["labelSelector"] == workload(name)["spec"]["selector"]
        assert each["whenUnsatisfiable"] == "ScheduleAnyway"  # a cluster with one node or zone works, too


@pytest.mark.parametrize("budget", of_kind("PodDisruptionBudget"), ids=name_of)
def test_a_pod_that_fails_does_not_block_a_drained_node(budget: Manifest) -> None:
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert budget["spec"]["maxUnavailable"] == 1


def test_redis_is_scheduled_before_other_pods() -> None:
    (priority,) = of_kind("PriorityClass")
    assert pod(workload("redis"))["priorityClassName"] == priority["metadata"]["name"]
    assert priority["value"] > 0
    assert "globalDefault" not in priority


def test_public_egress_excludes_private_addresses() -> None:
    private = ("10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.1.1", "169.254.169.254", "fd00:ec2::254", "fe80::1")
    for block in _blocks():
        excluded = [ip_network(each) for each in block["except"]]
        inside = [ip_network(address) for address in private if _within(ip_network(address), ip_network(block["cidr"]))]
        assert inside
        assert all(any(_within(address, network) for network in excluded) for address in inside)
    assert {ip_network(block["cidr"]).version for block in _blocks()} == {4, 6}


def test_every_pod_may_ask_for_names_on_openshift_too() -> None:
    (policy,) = (each for each in of_kind("NetworkPolicy") if each["metadata"]["name"] == "names")
    (rule,) = policy["spec"]["egress"]
    assert {(each["port"], each["protocol"]) for each in rule["ports"]} == {
        (port, protocol) for port in (53, 5353) for protocol in ("UDP", "TCP")
    }
    assert policy["spec"]["podSelector"] == {}


def _blocks() -> list[dict[str, Any]]:
    rules = [rule for policy in of_kind("NetworkPolicy") for rule in policy["spec"].get("egress", [])]
    return [target["ipBlock"] for rule in rules for target in rule.get("to", []) if "ipBlock" in target]


def _within(inner: Any, outer: Any) -> bool:
    return bool(inner.version == outer.version and inner.subnet_of(outer))


def test_web_and_api_trust_the_same_private_proxies() -> None:
    trusted = env_file("settings.env")["TRUSTED_PROXIES"].split(",")
    assert trusted == env_file("web.env")["WEB_TRUSTED_PROXIES"].split(" ")
    assert all(ip_network(each).is_private or each == "100.64.0.0/10" for each in trusted)
    assert not any(is_loopback(str(ip_network(each)[0])) for each in trusted)


def test_a_balancer_of_connections_is_never_trusted() -> None:
    """It adds no X-Forwarded-For, so one that arrives is a client's own."""
    text = (FOLDER / "components" / "load-balancer" / "kustomization.yaml").read_text("utf-8")
    assert "WEB_TRUSTED_PROXIES=127.0.0.1/32" in text
    service = yaml.safe_load((FOLDER / "components" / "load-balancer" / "service.yaml").read_text("utf-8"))["spec"]
    assert (service["type"], service["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
