"""Request heads without end: each connection sends one until it is refused, then the next one does."""

import contextlib
from dataclasses import dataclass

from tests.support.slow_clients import closed_by_server, connect

HEADS = (
    b"GET /" + b"x" * 65_536,
    b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 65_536,
    b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 10_000,
)
PIECE = b"x" * 65_536
EACH_BYTES = 3 << 20
"""What a connection sends at the most."""


@dataclass
class Flooded:
    sent: int = 0
    heads: int = 0
    refused: int = 0


async def flood(port: int, most: int) -> Flooded:
    """Send so many bytes, or as many connections as would take them: a server may refuse a head early."""
    flooded = Flooded()
    for number in range(most // EACH_BYTES):
        connection, sent = await connect(port, HEADS[number % len(HEADS)]), 0
        with contextlib.suppress(ConnectionError):
            while sent < EACH_BYTES and not connection[0].at_eof():
                connection[1].write(PIECE)
                await connection[1].drain()
                sent += len(PIECE)
        told = await closed_by_server(connection)
        flooded.sent += sent
        flooded.heads += 1
        flooded.refused += told.startswith(b"HTTP/1.1 431 ")
    return flooded
