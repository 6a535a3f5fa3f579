"""Request heads without end: each connection sends one until it is refused, then the next one does."""

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
"""What a connection sends at the most."""


@dataclass
class Flooded:
    sent: int = 0
    heads: int = 0
    refused: int = 0


async def flood(port: int, most: int) -> Flooded:
    """Send so many bytes of heads, on some connections at a time, whatever is answered."""
    flooded, room = Flooded(), asyncio.Semaphore(AT_ONCE)

    async def one(head: bytes) -> None:
        async with room:
            await _send_head(port, head, flooded)

    await asyncio.gather(*(one(HEADS[number % len(HEADS)]) for number in range(most // EACH_BYTES)))
    return flooded


async def _send_head(port: int, head: bytes, flooded: Flooded) -> None:
    """The answer is read meanwhile: a reset connection would take it along."""
    connection = await connect(port, head)
    answer = asyncio.create_task(connection[0].read())
    sent = len(head)
    with contextlib.suppress(ConnectionError):
        while sent < EACH_BYTES:
            connection[1].write(PIECE)
            await connection[1].drain()
            sent += len(PIECE)
    told = await answer
    flooded.sent += sent
    flooded.heads += 1
    flooded.refused += told.startswith(b"HTTP/1.1 431 ")
    await hang_up(connection)
