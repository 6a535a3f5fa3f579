"""Readers that stall or vanish cost other users nothing."""

import asyncio
import json
import socket
from urllib.parse import urlsplit

from tests.support.client import Client
from tests.support.model_server import Led, ModelServer
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE, eventually

PIECE = "x" * 20_000
PIECES = 400
END = b'"type":"end"'


async def stalled(stack: Stack, user: Client, turn_id: str) -> socket.socket:
    """Open a connection that requests the turn's events and reads nothing."""
    address = urlsplit(stack.url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(connection, (address.hostname, address.port))
    request = f"GET /chat/turns/{turn_id}/events?user_id={user.user_id} HTTP/1.1\r\nHost: localhost\r\n\r\n"
    await loop.sock_sendall(connection, request.encode())
    return connection


async def all_text(connection: socket.socket) -> str:
    """Read all text that the stalled reader has missed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    loop, raw, part = asyncio.get_running_loop(), bytearray(), b""
    while END not in raw[-len(END) - len(part) :]:
        part = await asyncio.wait_for(loop.sock_recv(connection, 1 << 20), PATIENCE)
        assert part, "the stream was closed"
        raw += part
    body = bytes(raw).partition(b"\r\n\r\n")[2]
    # Chunk sizes stand between the events; no data line is split between two chunks.
    events = [json.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: ")]
    return "".join(event.get("content", "") for event in events if event["type"] == "chunk")


async def test_a_stalled_reader_delays_no_other_and_gets_everything(
    stack: Stack, model: ModelServer, user: Client, session_id: str
) -> None:
    led = Led()
    model.on("much text", led)
    turn_id = await user.ask(session_id, "much text")
    exchange = await led.exchange()
    connection = await stalled(stack, user, turn_id)
    try:
        await eventually(lambda: _streams(user, 1))
        following = asyncio.create_task(user.follow(turn_id))
        await exchange.say(*[PIECE] * PIECES)
        await led.finish()
        transcript = await asyncio.wait_for(following, PATIENCE)
        assert transcript.text == PIECE * PIECES
        assert await all_text(connection) == PIECE * PIECES
    finally:
        connection.close()


async def test_a_reader_that_takes_nothing_is_disconnected_quietly(
    stack: Stack, hasty: Stack, model: ModelServer, user: Client, session_id: str
) -> None:
    led = Led()
    model.on("much unread text", led)
    turn_id = await user.ask(session_id, "much unread text")
    exchange = await led.exchange()
    async with hasty.client(user.user_id) as other:
        connection = await stalled(hasty, user, turn_id)
        try:
            await eventually(lambda: _streams(other, 1))
            await exchange.say(*[PIECE] * PIECES)
            await led.finish()
            await eventually(lambda: _no_streams(other))
        finally:
            connection.close()
        assert (await other.follow(turn_id)).text == PIECE * PIECES
    assert hasty.logs().count("reader_stalled") == 1
    assert "Traceback" not in hasty.logs()


async def test_a_silent_stream_is_pinged_and_then_goes_on(
    hasty: Stack, model: ModelServer, user: Client, session_id: str
) -> None:
    led = Led()
    model.on("think long", led)
    turn_id = await user.ask(session_id, "think long")
    exchange = await led.exchange()
    async with (
        hasty.client(user.user_id) as other,
        asyncio.timeout(PATIENCE),
        other.http.stream("GET", f"/chat/turns/{turn_id}/events") as response,
    ):
        lines = response.aiter_lines()
        while await anext(lines) != ": ping":
            pass
        await exchange.say("at last")
        await led.finish()
        rest = [line async for line in lines]
    assert any('"content":"at last"' in line for line in rest)
    assert rest[-2].startswith('data: {"type":"end"')


async def test_a_turn_goes_on_when_its_reader_vanishes(model: ModelServer, user: Client, session_id: str) -> None:
    led = Led()
    model.on("left alone", led)
    turn_id = await user.ask(session_id, "left alone")
    exchange = await led.exchange()
    async with user.events(turn_id):
        await exchange.say("one ")
    await exchange.say("two")
    await led.finish()
    assert (await user.follow(turn_id)).text == "one two"
    assert (await user.history(session_id))[-1]["content"] == "one two"


async def _streams(user: Client, least: int) -> bool:
    """Whether the API counts at least so many open streams."""
    return await _count(user) >= least


async def _no_streams(user: Client) -> bool:
    return await _count(user) == 0


async def _count(user: Client) -> float:
    text = (await user.http.get("/metrics")).text
    line = next(line for line in text.splitlines() if line.startswith("holdfast_open_streams "))
    return float(line.split()[1])
