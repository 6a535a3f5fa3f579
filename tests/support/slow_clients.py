"""Raw connections, for clients that keep them open and send almost nothing."""

import asyncio
import contextlib
import re

from tests.support.waiting import PATIENCE

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(port: int, first: bytes = b"") -> Connection:
    """Connect to a port of this machine and send the first bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await writer.drain()
    return reader, writer


async def closed_by_server(connection: Connection, seconds: float = PATIENCE) -> bytes:
    """Read until the server closes the connection and return the data. Fails if it does not within `seconds`."""
    try:
        return await asyncio.wait_for(connection[0].read(), seconds)
    except ConnectionError:
        return b""
    finally:
        await hang_up(connection)


async def answer(connection: Connection, seconds: float = PATIENCE) -> bytes:
    """Read one response, which has a Content-Length, and hang up. Fails if it is not complete within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            head = await connection[0].readuntil(b"\r\n\r\n")
            [length] = re.findall(rb"(?i)\ncontent-length: (\d+)", head)
            return head + await connection[0].readexactly(int(length))
    finally:
        await hang_up(connection)


async def hang_up(connection: Connection) -> None:
    connection[1].close()
    with contextlib.suppress(ConnectionError):
        await connection[1].wait_closed()
