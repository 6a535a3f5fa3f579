"""Turns in mid-stream when a server that keeps them is lost: behind Sentinel, and in a Cluster."""

from collections.abc import AsyncIterator, Iterator

import pytest

from launcher import valkey
from tests.chaos.deployment import Deployment, open_deployment
from tests.chaos.invariants import check
from tests.chaos.scenarios import Streaming, streaming, worker_killed
from tests.chaos.simulated_users import SimulatedUser
from tests.chaos.transcripts import WHOLE
from tests.support.clusters import RunningCluster, running_cluster
from tests.support.databases import note_queue
from tests.support.sentinels import Watched, running_sentinels

TURNS = 10


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A primary, two replicas and three sentinels."""
    with running_sentinels(tmp_path_factory.mktemp("watched")) as watched:
        yield watched


@pytest.fixture(scope="module")
async def led(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Everything over the primary, whichever it is; the queue as well."""
    async with open_deployment(tmp_path_factory.mktemp("led"), workers=2, url=watched.url) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """Three primaries with a replica each, and a Valkey beside them for the queue."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "queue").mkdir()
    with valkey.running(folder / "queue") as queue_url, running_cluster(folder, replicas=True) as cluster:
        note_queue(cluster.url, queue_url)
        yield cluster


@pytest.fixture(scope="module")
async def spread(cluster: RunningCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """Everything over the Cluster."""
    async with open_deployment(tmp_path_factory.mktemp("spread"), workers=2, url=cluster.url) as deployment:
        yield deployment


async def listeners(servers: RunningCluster | Watched, port: int) -> int:
    """How many processes hear of new events from the server there."""
    return len(servers.ask(port, "CLIENT", "LIST", "TYPE", "pubsub"))


async def all_is_well(deployment: Deployment) -> None:
    """A new question is answered, and its reader hears the words as they come."""
    await deployment.all_ready()
    user = SimulatedUser(deployment)
    observed = await user.read(await user.ask("Are you there again?"))
    await check([user], [observed], "You said: Are you there again? ")
    assert not observed.restarts


async def all_is_whole(replies: Streaming, deployment: Deployment) -> None:
    """What streamed when the fault fell goes on and is told whole; and so is what is asked after it."""
    replies.go_on()
    await replies.read
    await check(replies.users, replies.turns, WHOLE)
    await all_is_well(deployment)


async def test_a_planned_change_of_the_primary_is_followed(watched: Watched, led: Deployment) -> None:
    """The old one lives on as a replica: whoever is connected to it must notice."""
    replies = await streaming(led, TURNS)
    before = watched.primary()
    watched.ask(watched.sentinel, "SENTINEL", "FAILOVER", "holdfast")
    await all_is_whole(replies, led)
    assert watched.primary() != before


async def test_every_turn_ends_when_the_primary_is_killed(watched: Watched, led: Deployment) -> None:
    replies = await streaming(led, TURNS)
    before = watched.primary()
    watched.kill(before)
    await all_is_whole(replies, led)
    assert watched.primary() != before


async def test_a_worker_killed_over_a_cluster_loses_nothing(cluster: RunningCluster, spread: Deployment) -> None:
    await worker_killed(spread, TURNS)
    assert all(cluster.ask(port, "DBSIZE") for port in cluster.primaries), "the sessions are not spread"


async def test_every_turn_ends_when_the_node_with_listeners_is_killed(
    cluster: RunningCluster, spread: Deployment
) -> None:
    """It has a third of the slots, too, which its replica takes over."""
    replies = await streaming(spread, TURNS)
    heard = {port: await listeners(cluster, port) for port in cluster.primaries}
    lost = max(heard, key=lambda port: heard[port])
    assert heard[lost] > 0
    cluster.kill(lost)
    await all_is_whole(replies, spread)
