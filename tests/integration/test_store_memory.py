"""How full a store is and whether it accepts writes, for one server and for a Cluster."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.streaming import open_streams
from api.streaming.open_streams import OpenStreams
from chat import keys
from chat.active_turns import ActiveTurns
from chat.errors import StoreFull
from chat.settings import Settings
from chat.store import Script, ScriptCall, connect
from chat.store.cluster import Cluster
from chat.store.errors import refuses_write
from chat.store.memory import Memory, StoreMemory, evicting
from chat.store.write_probe import probe_writes
from chat.tasks import stop, watched
from launcher import valkey
from tests.support.chat_fixture import USER
from tests.support.clusters import RunningCluster, running_cluster
from tests.support.waiting import eventually

GIGABYTE = 1 << 30


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCluster]:
    """Three primaries."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that the test may fill."""
    with valkey.running(tmp_path) as url:
        yield url


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"used_memory": 100, "maxmemory": 200, "maxmemory_policy": "noeviction"}, (0.5, False)),
        ({"used_memory": 100, "mem_not_counted_for_evict": 60, "maxmemory": 200}, (0.2, False)),
        ({"used_memory": 100, "maxmemory": 0, "maxmemory_policy": "allkeys-lru"}, (0, False)),
        ({"used_memory": 100, "maxmemory": 200, "maxmemory_policy": "volatile-ttl"}, (0.5, True)),
        ({}, (0, False)),
    ],
)
def test_memory_is_read_as_redis_counts_it(info: dict[str, object], expected: tuple[float, bool]) -> None:
    memory = Memory.of(info)
    assert (memory.share, memory.evicts) == expected


async def test_a_cluster_is_as_full_as_its_fullest_node(cluster: RunningCluster) -> None:
    async with connect(cluster.url) as store:
        one, *_ = sorted(cluster.primaries)
        for port in cluster.primaries:
            cluster.ask(port, "CONFIG", "SET", "maxmemory", GIGABYTE)
        cluster.ask(one, "CONFIG", "SET", "maxmemory", GIGABYTE // 2)
        found = (await StoreMemory(data=store).read())["data"]
        assert (found.limit, found.evicts) == (GIGABYTE // 2, False)
        cluster.ask(one, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        assert (await StoreMemory(data=store).read())["data"].evicts
        for port in cluster.primaries:
            cluster.ask(port, "CONFIG", "SET", "maxmemory-policy", "noeviction")
            cluster.ask(port, "CONFIG", "SET", "maxmemory", 0)


async def test_one_node_that_takes_no_writes_fails_the_probe(cluster: RunningCluster) -> None:
    async with connect(cluster.url) as store:
        assert isinstance(store, Cluster)
        assert await probe_writes(store)
        for port in cluster.primaries:
            cluster.ask(port, "CONFIG", "SET", "min-replicas-to-write", 1)
            with pytest.raises(Exception, match="NOREPLICAS"):
                await probe_writes(store)
            cluster.ask(port, "CONFIG", "SET", "min-replicas-to-write", 0)
        assert await probe_writes(store)


async def test_an_absent_store_keeps_its_last_fill_level(url: str) -> None:
    async with connect(url) as store, connect(url) as other:
        used = (await other.info("memory"))["used_memory"]
        await other.config_set("maxmemory", int(used / 0.9))
        memory = StoreMemory(data=store)
        running = asyncio.create_task(watched(memory.run(), lambda: None))

        async def is_full() -> bool:
            try:
                memory.check()
            except StoreFull:
                return True
            return False

        await eventually(is_full)
        await other.shutdown(nosave=True)

        async def is_gone() -> bool:
            return await memory.read() == {}

        await eventually(is_gone)
        assert await is_full()
        await stop(running)


async def test_a_refused_slot_leaves_no_slot_taken(url: str) -> None:
    """The same step makes another call, which the full store refuses."""
    async with connect(url) as store:
        await store.set("filler", "x" * 100_000)
        await store.config_set("maxmemory", 1)
        active = ActiveTurns(store, Settings(max_active_turns_per_user=1))
        refused = ScriptCall(Script("list"), [keys.user_sessions(USER)], ("session", 0, 60, ""), int)
        with pytest.raises(Exception, match="maxmemory") as refusal:
            await active.take(USER, "", "turn", refused)
        assert refuses_write(refusal.value)
        assert await store.exists(keys.active_turns(USER)) == 0


async def test_open_streams_keep_their_slots_in_a_full_store(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_streams, "RENEW_SECONDS", 0.05)
    async with connect(url) as store:
        streams = OpenStreams(store, Settings())
        running = asyncio.create_task(streams.run())
        slot = await streams.enter(USER, "session")
        assert slot is not None
        taken_at = await store.zscore(keys.streams(USER), slot.name)
        await store.config_set("maxmemory", 1)

        async def is_renewed() -> bool:
            return bool(await store.zscore(keys.streams(USER), slot.name) > taken_at)

        with streams.held(slot):
            await eventually(is_renewed)
        await stop(running)


async def test_an_absent_store_does_not_prevent_the_start() -> None:
    assert await evicting(Settings(redis_url="redis://127.0.0.1:1/0")) is None
