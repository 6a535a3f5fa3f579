"""Fails when redis-py or aiohttp stop calling, or stop having, the private parts that our connections rely on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import SocketTimeoutError
from openai import DefaultAioHttpClient

from chat.store import client as clients
from chat.store import connect, connections
from chat.store.connections import BufferedParser
from tests.support.scripted_redis import ScriptedRedis
from tests.support.waiting import PATIENCE, eventually
from worker.llm.body import Body, _reader_of

TINY_SECONDS = 0.01
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
ONE, TWO, END = b"3\r\none\r\n", b"3\r\ntwo\r\n", b"0\r\n\r\n"

# redis-py


async def test_each_command_checks_its_connection_by_our_parser(
    monkeypatch: pytest.MonkeyPatch, queue_url: str
) -> None:
    checks: list[BufferedParser] = []
    check = BufferedParser.can_read_destructive

    async def counted(parser: BufferedParser) -> bool:
        checks.append(parser)
        return await check(parser)

    monkeypatch.setattr(BufferedParser, "can_read_destructive", counted)
    async with connect(queue_url) as client:
        await client.ping()
        await client.ping()
    assert len(checks) == 2


async def test_a_connection_with_unexpected_data_is_replaced() -> None:
    """The data waits in a buffer of `asyncio.StreamReader`, where our parser looks without waiting."""
    server = ScriptedRedis([b"$1\r\na\r\n"], [b"$1\r\nb\r\n"])
    async with server.serve(), connect(server.url) as client:
        assert await client.get("key") == "a"
        (connection,) = client.connection_pool._available_connections
        reader: Any = connection._reader
        await server.say(b"$1\r\nx\r\n")

        async def has_arrived() -> bool:
            return bool(reader._buffer)

        await eventually(has_arrived)
        assert await client.get("key") == "b"
    assert server.connections == 2


async def test_all_commands_are_packed_by_hiredis(monkeypatch: pytest.MonkeyPatch, queue_url: str) -> None:
    packed: list[str] = []
    pack = connections._packed

    def recorded(args: Any) -> bytes:
        packed.append(args[0])
        return pack(args)

    monkeypatch.setattr(connections, "_packed", recorded)
    async with connect(queue_url) as client:
        await client.get("one")
        async with client.pipeline(transaction=False) as pipe:
            pipe.get("two")
            pipe.get("three")
            await pipe.execute()
    assert packed.count("GET") == 3


async def test_a_pipeline_reads_its_answers_by_our_method(monkeypatch: pytest.MonkeyPatch, queue_url: str) -> None:
    runs: list[tuple[Any, ...]] = []
    run = clients.LeanPipeline._execute_pipeline

    async def counted(*args: Any) -> list[Any]:
        runs.append(args)
        return await run(*args)

    monkeypatch.setattr(clients.LeanPipeline, "_execute_pipeline", counted)
    async with connect(queue_url) as client, client.pipeline(transaction=False) as pipe:
        pipe.ping()
        assert await pipe.execute() == [True]
    assert len(runs) == 1


# aiohttp, below openai's client


class Opened:
    """A server that sends the head of a response; the test sends the rest."""

    def __init__(self) -> None:
        self.url = ""
        self.writers: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD)
        self.writers.put_nowait(writer)


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    made = Opened()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield made
    server.close()


async def test_the_body_turns_aiohttps_timer_of_reads_off(opened: Opened) -> None:
    """Otherwise no silence could last longer than the time limit of the first byte."""
    taken = bytearray()
    async with DefaultAioHttpClient() as client, client.stream("GET", opened.url) as response:
        protocol: Any = _reader_of(response)._protocol
        protocol.read_timeout = TINY_SECONDS
        body, writer = Body(response, 100, PATIENCE), await opened.writers.get()

        def take(piece: bytes) -> bool:
            if not taken:  # after the timer, which would have been started by this piece
                asyncio.get_running_loop().call_later(10 * TINY_SECONDS, writer.write, TWO + END)
            taken.extend(piece)
            return True

        writer.write(ONE)
        await body.read_into(take)
        writer.close()
    assert taken == b"onetwo"


async def test_aiohttps_timer_of_reads_obeys_the_same_attribute(opened: Opened) -> None:
    async with DefaultAioHttpClient() as client, client.stream("GET", opened.url) as response:
        reader = _reader_of(response)
        protocol: Any = reader._protocol
        protocol.read_timeout = TINY_SECONDS
        writer = await opened.writers.get()
        writer.write(ONE)
        with pytest.raises(SocketTimeoutError):
            await reader.read()
        writer.close()
