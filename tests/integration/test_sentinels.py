"""A client whose URL names sentinels, while the primary changes."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError, RedisError

from chat.queue import Queue
from chat.settings import Settings
from chat.store import connect, pool
from launcher import ports, valkey
from launcher.console import Problem
from tests.support.listening import listening
from tests.support.sentinels import PASSWORD, SENTINEL_PASSWORD, SERVICE, Watched, running_sentinels
from tests.support.waiting import eventually
from worker.heartbeat import takes_writes

CHANNEL = "chat:test"
PING_SECONDS = 0.5


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A primary, two replicas and three sentinels."""
    with running_sentinels(tmp_path_factory.mktemp("watched")) as watched:
        yield watched


@pytest.fixture
def watched(servers: Watched) -> Iterator[Watched]:
    """The same servers, repaired after each test."""
    yield servers
    servers.restore()


@pytest.fixture
async def client(watched: Watched) -> AsyncIterator[Redis]:
    async with connect(watched.url) as client:
        yield client


async def written(client: Redis, name: str) -> None:
    """Write the key, repeatedly until the servers have agreed on a primary."""

    async def done() -> bool:
        with suppress(RedisError):
            return bool(await client.set(name, "1"))
        return False

    await eventually(done)


@pytest.fixture
async def received(watched: Watched, client: Redis) -> AsyncIterator[list[str]]:
    """What a listener received: "+" for each confirmed subscription, and each message."""
    async with listening(watched.url, client, PING_SECONDS, CHANNEL) as seen:
        yield seen


async def publish_until_received(client: Redis, received: list[str], word: str) -> None:
    async def is_received() -> bool:
        with suppress(RedisError):
            await client.publish(CHANNEL, word)
        return word in received

    await eventually(is_received)


async def test_after_a_failover_commands_and_messages_work(
    watched: Watched, client: Redis, received: list[str]
) -> None:
    await written(client, "before")
    await publish_until_received(client, received, "before")
    dead = watched.primary()
    watched.kill(dead)
    await written(client, "after")
    assert await client.mget("before", "after") == ["1", "1"]
    await publish_until_received(client, received, "after")
    assert watched.primary() != dead
    assert received.count("+") > 1


async def test_a_demoted_primary_is_recognised_by_its_answers(watched: Watched, client: Redis) -> None:
    """Its connections stay open, and the sentinels have not noticed the change yet."""
    await written(client, "before")
    demoted = watched.primary()
    watched.ask(demoted, "REPLICAOF", "127.0.0.1", watched.replicas[0])
    with pytest.raises(ConnectionError, match="not the primary"):
        await client.set("during", "1")
    watched.ask(demoted, "REPLICAOF", "NO", "ONE")
    await written(client, "after")


async def test_a_replaced_primary_that_wakes_up_is_not_used(watched: Watched, client: Redis) -> None:
    await written(client, "before")
    frozen = watched.primary()
    watched.servers[frozen].send_signal(signal.SIGSTOP)
    try:

        async def is_replaced() -> bool:
            return watched.primary() != frozen

        await eventually(is_replaced)
        await written(client, "after")
    finally:
        watched.servers[frozen].send_signal(signal.SIGCONT)
    assert watched.ask(frozen, "ROLE")[0] == "master", "it knows of the change already"
    assert await client.get("after") == "1"
    watched.kill(frozen)


async def is_refused(client: Redis) -> bool:
    try:
        await client.set("after", "1")
    except ConnectionError as error:
        return "must not be written to" in str(error)
    return False


async def test_a_primary_without_replicas_is_not_written_to(watched: Watched, client: Redis) -> None:
    """Because of `min-replicas-to-write`: its writes might be lost with it."""
    await written(client, "before")
    for port in watched.replicas:
        watched.kill(port)

    await eventually(lambda: is_refused(client))
    assert await client.get("before") == "1"


async def test_the_queue_and_arq_use_the_primary(watched: Watched, client: Redis) -> None:
    settings = Settings(redis_url=watched.url)
    queue = Queue(client, settings)
    await queue.put("a-turn")
    assert await queue.position("a-turn") == 0
    bytes_pool = pool(settings.queue_url, text=False)
    async with Redis.from_pool(bytes_pool) as raw:
        assert await raw.zrange("arq:queue", 0, -1) == [b"a-turn"]


async def test_the_watchdogs_question_is_asked_of_the_primary(watched: Watched, client: Redis) -> None:
    await written(client, "before")
    assert await asyncio.to_thread(takes_writes, watched.url)
    assert not await asyncio.to_thread(takes_writes, watched.url.replace(SERVICE, "another"))


def test_the_launcher_accepts_sentinels_as_an_external_redis(watched: Watched) -> None:
    valkey.check("REDIS_URL", watched.url)
    with pytest.raises(Problem, match="REDIS_URL does not answer"):
        valkey.check("REDIS_URL", watched.url.replace(SERVICE, "another"))


async def test_a_wrong_sentinel_url_gives_an_error_without_passwords(watched: Watched) -> None:
    without_password = watched.url.partition("?")[0]
    for url in (without_password, watched.url.replace(SERVICE, "another")):
        async with connect(url) as lost:
            with pytest.raises(ConnectionError, match="No master found") as raised:
                await lost.ping()
        assert not {PASSWORD, SENTINEL_PASSWORD} & set(str(raised.value).split())


async def test_one_running_sentinel_is_enough(watched: Watched) -> None:
    for port in list(watched.sentinels)[:2]:
        watched.sentinels[port].send_signal(signal.SIGSTOP)
    async with connect(watched.url) as client:
        assert await client.ping()


def test_a_server_on_anothers_port_is_not_mistaken_for_it(tmp_path: Path) -> None:
    other, (port, *sentinels) = tmp_path / "other", ports.several(2)
    other.mkdir()
    own = Watched(tmp_path / "own")
    try:
        with valkey.running(other, port=port), pytest.raises(AssertionError, match="Address already in use"):
            own.start([port], sentinels)
    finally:
        for process in (*own.sentinels.values(), *own.servers.values()):
            valkey.stop(process)
