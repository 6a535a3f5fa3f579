"""Turns in mid-stream while their store fails over: behind Sentinel, and in a Cluster."""

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

TURNS = 5


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A primary, two replicas and three sentinels."""
    with running_sentinels(tmp_path_factory.mktemp("watched")) as watched:
        yield watched


@pytest.fixture(scope="module")
async def on_sentinels(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A deployment whose store and queue are the primary that the sentinels name."""
    async with open_deployment(tmp_path_factory.mktemp("on_sentinels"), workers=2, url=watched.url) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """Three primaries with a replica each, and a Valkey for the queue."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "queue").mkdir()
    with valkey.running(folder / "queue") as queue_url, running_cluster(folder, replicas=True) as cluster:
        note_queue(cluster.url, queue_url)
        yield cluster


@pytest.fixture(scope="module")
async def on_cluster(cluster: RunningCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    """A deployment on the Cluster."""
    async with open_deployment(tmp_path_factory.mktemp("on_cluster"), workers=2, url=cluster.url) as deployment:
        yield deployment


async def listeners(servers: RunningCluster | Watched, port: int) -> int:
    """The number of subscribers of the server at this port."""
    return len(servers.ask(port, "CLIENT", "LIST", "TYPE", "pubsub"))


async def answers_a_question(deployment: Deployment) -> None:
    """Check that a new question is answered, and that its reader gets the reply without a restart."""
    await deployment.all_ready()
    user = SimulatedUser(deployment)
    observed = await user.read(await user.ask("Are you there again?"))
    await check([user], [observed], "You said: Are you there again? ")
    assert not observed.restarts


async def finish_and_check(replies: Streaming, deployment: Deployment) -> None:
    """Let the interrupted replies finish; check that they and the reply to a new question are complete."""
    replies.go_on()
    await replies.read
    await check(replies.users, replies.turns, WHOLE)
    await answers_a_question(deployment)


async def test_a_planned_change_of_the_primary_is_followed(watched: Watched, on_sentinels: Deployment) -> None:
    """The old primary goes on as a replica: clients that are connected to it must notice."""
    replies = await streaming(on_sentinels, TURNS)
    before = watched.primary()
    watched.ask(watched.sentinel, "SENTINEL", "FAILOVER", "holdfast")
    await finish_and_check(replies, on_sentinels)
    assert watched.primary() != before


async def test_every_turn_ends_when_the_primary_is_killed(watched: Watched, on_sentinels: Deployment) -> None:
    replies = await streaming(on_sentinels, TURNS)
    before = watched.primary()
    watched.kill(before)
    await finish_and_check(replies, on_sentinels)
    assert watched.primary() != before


async def test_a_worker_killed_over_a_cluster_loses_nothing(cluster: RunningCluster, on_cluster: Deployment) -> None:
    await worker_killed(on_cluster, TURNS)
    assert all(cluster.ask(port, "DBSIZE") for port in cluster.primaries), "a node has no sessions"


async def test_every_turn_ends_when_the_node_with_listeners_is_killed(
    cluster: RunningCluster, on_cluster: Deployment
) -> None:
    """The node also has a third of the slots, which its replica takes over."""
    replies = await streaming(on_cluster, TURNS)
    subscribers = {port: await listeners(cluster, port) for port in cluster.primaries}
    lost = max(subscribers, key=lambda port: subscribers[port])
    assert subscribers[lost] > 0
    cluster.kill(lost)
    await finish_and_check(replies, on_cluster)
