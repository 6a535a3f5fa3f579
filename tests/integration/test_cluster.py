"""A Cluster client while slots move and nodes die."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from itertools import count

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import AuthenticationError, ClusterCrossSlotError, ConnectionError, MovedError, ResponseError

from chat.open_turns import NOTE
from chat.store import ScriptCall, batch_each, connect, connect_pubsub, run
from chat.store import cluster as clusters
from chat.store.pubsub import Listener
from tests.support import scripted_redis
from tests.support.clusters import RunningCluster, running_cluster
from tests.support.scripted_redis import ScriptedRedis
from tests.support.waiting import PATIENCE, eventually

MANY = 60
MANY_REDIRECTS = 100_000
CHANNEL = "chat:test"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """Three primaries."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def with_replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """Three primaries with one replica each."""
    with running_cluster(tmp_path_factory.mktemp("with_replicas"), replicas=True) as cluster:
        yield cluster


@pytest.fixture
async def client(cluster: RunningCluster) -> AsyncIterator[Redis]:
    async with connect(cluster.url) as client:
        yield client


def owner_and_other(cluster: RunningCluster, key: str) -> tuple[int, int]:
    """The ports of the key's primary and of another primary."""
    owner = cluster.port_of(key)
    return owner, next(port for port in cluster.primaries if port != owner)


def begin_move(cluster: RunningCluster, key: str) -> tuple[int, int, int]:
    """Begin to move the key's slot, leaving its keys. Returns the slot and the ports of its source and target."""
    slot = key_slot(key.encode())
    source, target = owner_and_other(cluster, key)
    cluster.ask(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", cluster.ask(source, "CLUSTER", "MYID"))
    cluster.ask(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", cluster.ask(target, "CLUSTER", "MYID"))
    return slot, source, target


def end_move(cluster: RunningCluster, slot: int, source: int, target: int) -> None:
    names = cluster.ask(source, "CLUSTER", "GETKEYSINSLOT", slot, 1000)
    if names:
        cluster.ask(source, "MIGRATE", "127.0.0.1", target, "", 0, 5000, "KEYS", *names)
    name = cluster.ask(target, "CLUSTER", "MYID")
    for port in (target, source):
        cluster.ask(port, "CLUSTER", "SETSLOT", slot, "NODE", name)


async def test_each_of_many_commands_goes_to_its_own_node(cluster: RunningCluster, client: Redis) -> None:
    async with client.pipeline(transaction=False) as pipe:
        for number in range(MANY):
            pipe.set(f"many:{number}", number)
            pipe.get(f"many:{number}")
        answers = await pipe.execute()
    assert answers == [answer for number in range(MANY) for answer in (True, str(number))]
    assert all(cluster.ask(port, "DBSIZE") for port in cluster.primaries)


async def test_a_transaction_runs_on_one_node_and_never_on_two(client: Redis) -> None:
    async with client.pipeline(transaction=True) as pipe:
        pipe.hset("{one}:hash", mapping={"a": 1})
        pipe.rpush("{one}:list", "x")
        pipe.hgetall("{one}:hash")
        assert await pipe.execute() == [1, 1, {"a": "1"}]
    async with client.pipeline(transaction=True) as pipe:
        pipe.get("one")
        pipe.get("two")
        with pytest.raises(ClusterCrossSlotError):
            await pipe.execute()


async def test_one_refused_command_leaves_the_other_answers_intact(client: Redis) -> None:
    await client.set("text", "no list")
    async with client.pipeline(transaction=False) as pipe:
        pipe.set("other", "1")
        pipe.lrange("text", 0, -1)
        pipe.get("other")
        first, refused, last = await pipe.execute(raise_on_error=False)
    assert (first, last) == (True, "1")
    assert isinstance(refused, ResponseError)


async def test_a_slot_that_has_moved_is_found(cluster: RunningCluster) -> None:
    async with connect(cluster.url) as client:
        await client.set("{moved}:a", "1")
        end_move(cluster, *begin_move(cluster, "{moved}"))
        assert await client.get("{moved}:a") == "1"
        async with client.pipeline(transaction=True) as pipe:
            pipe.set("{moved}:b", "2")
            pipe.get("{moved}:a")
            assert await pipe.execute() == [True, "1"]


async def test_nothing_fails_and_nothing_is_lost_while_a_slot_moves(cluster: RunningCluster) -> None:
    """For a while the slot's keys are on both nodes, and several connections write at once."""
    async with connect(cluster.url) as client:
        await client.set("{moving}:old", "1")
        slot, source, target = begin_move(cluster, "{moving}")
        wrote = await asyncio.gather(*(client.set(f"{{moving}}:{number}", number) for number in range(MANY)))
        assert all(wrote)
        assert cluster.ask(target, "CLUSTER", "COUNTKEYSINSLOT", slot) == MANY
        async with client.pipeline(transaction=False) as pipe:
            for number in range(MANY):
                pipe.get(f"{{moving}}:{number}")
            pipe.get("{moving}:old")
            assert await pipe.execute() == [*map(str, range(MANY)), "1"]
        async with client.pipeline(transaction=True) as pipe:
            pipe.get("{moving}:old")
            pipe.get("{moving}:0")
            both = asyncio.create_task(pipe.execute())  # cannot succeed before one node has all keys
            await asyncio.sleep(0)
            end_move(cluster, slot, source, target)
            assert await both == ["1", "0"]


async def test_a_script_is_loaded_into_nodes_that_lack_it(cluster: RunningCluster, client: Redis) -> None:
    for port in cluster.primaries:
        cluster.ask(port, "SCRIPT", "FLUSH")
    first, *others = [ScriptCall(NOTE, [f"note:{number}"], ("member", 1000), int) for number in range(MANY)]
    assert await run(client, first) == 1
    assert await batch_each(client, others) == [1] * (MANY - 1)


async def test_a_listener_receives_messages_published_on_any_node(cluster: RunningCluster, client: Redis) -> None:
    async with connect_pubsub(cluster.url) as pubsub, pubsub.pubsub() as listening:
        await listening.subscribe(CHANNEL)
        assert (await listening.get_message(timeout=PATIENCE))["type"] == "subscribe"
        for port in cluster.primaries:
            cluster.ask(port, "PUBLISH", CHANNEL, port)
        publishers = {int((await listening.get_message(timeout=PATIENCE))["data"]) for _ in cluster.primaries}
        assert publishers == set(cluster.primaries)


async def test_commands_and_messages_go_on_after_a_node_is_killed(with_replicas: RunningCluster) -> None:
    """The killed node has the key's slot and the listener's connection."""
    received: list[str] = []
    numbers = count()
    async with connect(with_replicas.url) as client, connect_pubsub(with_replicas.url) as pubsub:
        listener = Listener(pubsub, client, lambda _, data: received.append(data), lambda _: None, ping_seconds=0.5)
        listener.want(CHANNEL)
        running = asyncio.create_task(listener.run())

        async def arrives() -> bool:
            word = str(next(numbers))
            with suppress(ConnectionError):
                await client.publish(CHANNEL, word)
            return word in received

        await eventually(arrives)
        listened = next(
            port for port in with_replicas.primaries if with_replicas.ask(port, "CLIENT", "LIST", "TYPE", "pubsub")
        )
        key = next(f"key:{number}" for number in count() if with_replicas.port_of(f"key:{number}") == listened)
        await client.set(key, "kept")
        assert with_replicas.ask(listened, "WAIT", 1, int(PATIENCE * 1000)) == 1
        with_replicas.kill(listened)

        async def is_there() -> bool:
            with suppress(ConnectionError):
                return bool(await client.get(key) == "kept")
            return False

        await eventually(is_there)
        await eventually(arrives)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_running_nodes_answer_while_another_is_dead(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running_cluster(tmp_path_factory.mktemp("lame")) as cluster:
        for port in cluster.primaries:
            cluster.ask(port, "CONFIG", "SET", "cluster-require-full-coverage", "no")
        keys = [f"key:{number}" for number in range(MANY)]
        dead = cluster.primaries[0]
        lost = {key for key in keys if cluster.port_of(key) == dead}
        async with connect(cluster.url) as client:
            await client.ping()
            cluster.kill(dead)
            async with client.pipeline(transaction=False) as pipe:
                for key in keys:
                    pipe.set(key, "1")
                answers = dict(zip(keys, await pipe.execute(raise_on_error=False), strict=True))
    failed = {key for key, answer in answers.items() if answer is not True}
    assert lost
    assert failed == lost


async def test_a_server_that_is_no_cluster_gives_a_clear_error(redis_url: str) -> None:
    port = redis_url.rpartition(":")[2].partition("/")[0]
    async with connect(f"redis+cluster://127.0.0.1:{port}") as client:
        with pytest.raises(ResponseError, match="cluster support disabled"):
            await client.ping()


async def test_only_clients_with_the_password_are_served(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_cluster(tmp_path_factory.mktemp("locked"), primaries=1) as cluster:
        cluster.ask(cluster.primaries[0], "CONFIG", "SET", "requirepass", "a/pass@word")
        hosts = f"127.0.0.1:{cluster.primaries[0]}"
        async with connect(f"redis+cluster://:a%2Fpass%40word@{hosts}") as member:
            assert await member.ping()
        async with connect(f"redis+cluster://:wrong@{hosts}") as stranger:
            with pytest.raises(AuthenticationError):
                await stranger.ping()


async def test_a_redirection_loop_is_retried_slowly_and_then_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "PATIENCE_SECONDS", 3)
    here: list[bytes] = []
    there: list[bytes] = []
    async with ScriptedRedis(here).serve() as one, ScriptedRedis(there).serve() as other:
        ports = [int(server.url.rpartition(":")[2].partition("/")[0]) for server in (one, other)]
        here += [b"-MOVED %d 127.0.0.1:%d\r\n" % (key_slot(b"key"), ports[1])] * MANY_REDIRECTS
        there += [b"-MOVED %d 127.0.0.1:%d\r\n" % (key_slot(b"key"), ports[0])] * MANY_REDIRECTS
        halves = [
            b"*3\r\n:%d\r\n:%d\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n" % half
            for half in ((0, 8191, ports[0]), (8192, 16383, ports[1]))
        ]
        monkeypatch.setitem(scripted_redis.HANDSHAKE, b"CLUSTER", b"*2\r\n" + b"".join(halves))
        async with connect(f"redis+cluster://127.0.0.1:{ports[0]}") as client:
            with pytest.raises(MovedError):
                await client.get("key")
    assert one.commands
    assert other.commands
    assert len(one.commands) + len(other.commands) <= 2 + 3 / clusters.PAUSE_SECONDS + 1
