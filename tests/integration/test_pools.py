"""Commands on a network that drops everything, and how far they delay one another."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any
from unittest.mock import AsyncMock

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import TimeoutError

from chat.store import clients as stores
from chat.store import pool
from chat.store.pools import OPENED_AT_ONCE, Pool
from tests.support.network import Relay, relay
from tests.support.waiting import eventually

IDLE = 10
SECONDS = 2
LONG = 60


@pytest.fixture
async def link(queue_url: str) -> AsyncIterator[Relay]:
    async with relay(int(queue_url.rpartition(":")[2].partition("/")[0])) as link:
        yield link


@asynccontextmanager
async def idle(link: Relay) -> AsyncIterator[Pool]:
    """A pool whose connections are all idle."""
    made = pool(f"redis://127.0.0.1:{link.port}/0")
    try:
        for connection in [await made.get_connection() for _ in range(IDLE)]:
            await made.release(connection)
        yield made
    finally:
        await made.disconnect()


async def begun(link: Relay, connections: Pool) -> asyncio.Task[AbstractConnection]:
    """Start another connection and wait until the link has accepted it."""
    before = len(link.asked)
    connecting = asyncio.create_task(connections.get_connection())

    async def is_accepted() -> bool:
        return len(link.asked) > before

    await eventually(is_accepted)
    return connecting


async def test_only_the_first_of_many_dead_connections_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, link: Relay
) -> None:
    monkeypatch.setattr(stores, "ANSWER_SECONDS", SECONDS)
    async with idle(link) as connections:
        client = Redis.from_pool(connections)
        link.swallow()
        with pytest.raises(TimeoutError, match="reading"):
            await client.ping()
        assert all(await asyncio.gather(*(client.ping() for _ in range(IDLE))))


@contextmanager
def full() -> Iterator[int]:
    """A port whose server accepts no connection and whose backlog is full, so that the system does not answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        for _ in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        yield server.getsockname()[1]


async def test_a_host_that_does_not_answer_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "CONNECT_SECONDS", SECONDS)
    opened = AsyncMock(side_effect=asyncio.open_connection)
    monkeypatch.setattr(asyncio, "open_connection", opened)
    with full() as port:
        with pytest.raises(TimeoutError, match="connecting"):
            await pool(f"redis://127.0.0.1:{port}/0").get_connection()
    assert opened.await_count == 1


async def test_connecting_is_tried_once_and_works_after_the_repair(
    monkeypatch: pytest.MonkeyPatch, link: Relay
) -> None:
    monkeypatch.setattr(stores, "CONNECT_SECONDS", SECONDS)
    async with idle(link) as connections:
        client = Redis.from_pool(connections)
        await connections.drop_idle()
        link.shun()
        with pytest.raises(TimeoutError, match="connecting"):
            await client.ping()
        assert len(link.asked) == IDLE + 1
        link.restore()
        assert await client.ping()


async def test_idle_connections_are_closed_after_a_connect_timeout(
    monkeypatch: pytest.MonkeyPatch, link: Relay
) -> None:
    monkeypatch.setattr(stores, "CONNECT_SECONDS", SECONDS)
    async with idle(link) as connections:
        taken = [await connections.get_connection() for _ in range(IDLE)]
        link.swallow()
        link.shun()
        connecting = await begun(link, connections)
        for connection in taken:
            await connections.release(connection)
        with pytest.raises(TimeoutError, match="connecting"):
            await connecting
        link.restore()
        client = Redis.from_pool(connections)
        assert all(await asyncio.gather(*(client.ping() for _ in range(IDLE))))


async def test_a_command_does_not_wait_for_a_connection_being_opened(
    monkeypatch: pytest.MonkeyPatch, link: Relay
) -> None:
    monkeypatch.setattr(stores, "CONNECT_SECONDS", LONG)
    async with idle(link) as connections:
        taken = [await connections.get_connection() for _ in range(IDLE)]
        link.shun()
        connecting = await begun(link, connections)
        for connection in taken:
            await connections.release(connection)
        async with asyncio.timeout(LONG / 2):
            assert await Redis.from_pool(connections).ping()
        assert not connecting.done()
        connecting.cancel()
        await asyncio.wait([connecting])


async def test_many_commands_at_once_open_few_connections_at_a_time(
    monkeypatch: pytest.MonkeyPatch, queue_url: str
) -> None:
    open_connection, now, most = asyncio.open_connection, 0, 0

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        try:
            return await open_connection(*args, **options)
        finally:
            now -= 1

    monkeypatch.setattr(asyncio, "open_connection", counted)
    connections = pool(queue_url)
    client = Redis.from_pool(connections)
    assert all(await asyncio.gather(*(client.ping() for _ in range(10 * OPENED_AT_ONCE))))
    assert most == OPENED_AT_ONCE
    await connections.disconnect()


async def test_waiting_to_connect_takes_no_longer_than_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "CONNECT_SECONDS", SECONDS)
    with full() as port:
        client = Redis.from_pool(pool(f"redis://127.0.0.1:{port}/0"))
        commands = [client.ping() for _ in range(4 * OPENED_AT_ONCE)]
        async with asyncio.timeout(LONG):
            failures = await asyncio.gather(*commands, return_exceptions=True)
    assert {type(failure) for failure in failures} == {TimeoutError}
    assert {str(failure).split(" to ")[0] for failure in failures} <= {"Timeout connecting", "Timeout waiting"}


async def test_connections_use_tcp_keepalive(link: Relay) -> None:
    async with idle(link) as connections:
        connection = await connections.get_connection()
        assert connection._writer
        raw_socket = connection._writer.get_extra_info("socket")
        assert raw_socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in stores.KEEPALIVE.items():
            if option := getattr(socket, name, None):
                assert raw_socket.getsockopt(socket.IPPROTO_TCP, option) == value
        await connections.release(connection)
