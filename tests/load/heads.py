"""Sends endless request heads: each connection sends one until it is refused, then the next connection starts."""

import asyncio
import contextlib
from dataclasses import dataclass

from tests.support.slow_clients import connect, hang_up

HEADS = (
    b"GET /" + b"x" * 65_536,
    b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 65_536,
    b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 10_000,
)
PIECE = b"x" * 65_536
AT_ONCE = 20
EACH_BYTES = 3 << 20
"""The most that one connection sends."""


@dataclass
class Flooded:
    sent: int = 0
    heads: int = 0
    refused: int = 0


async def flood(port: int, most: int) -> Flooded:
    """Send so many bytes of heads on `AT_ONCE` connections at a time, whatever the server answers."""
    flooded, limit = Flooded(), asyncio.Semaphore(AT_ONCE)

    async def one(head: bytes) -> None:
        async with limit:
            await _send_head(port, head, flooded)

    await asyncio.gather(*(one(HEADS[number % len(HEADS)]) for number in range(most // EACH_BYTES)))
    return flooded


async def _send_head(port: int, head: bytes, flooded: Flooded) -> None:
    """Send one head and read the response at the same time, because a reset would discard the response."""
    connection = await connect(port, head)
    answer = asyncio.create_task(connection[0].read())
    sent = len(head)
    with contextlib.suppress(ConnectionError):
        while sent < EACH_BYTES:
            connection[1].write(PIECE)
            await connection[1].drain()
            sent += len(PIECE)
    response = await answer
    flooded.sent += sent
    flooded.heads += 1
    flooded.refused += response.startswith(b"HTTP/1.1 431 ")
    await hang_up(connection)
