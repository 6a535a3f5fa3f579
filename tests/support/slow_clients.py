"""Clients that hold connections open and hardly send anything."""

import asyncio
import contextlib

from tests.support.waiting import PATIENCE

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(port: int, first: bytes = b"") -> Connection:
    """A connection to a port of this machine, with the first bytes sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    await writer.drain()
    return reader, writer


async def closed_by_server(connection: Connection, seconds: float = PATIENCE) -> bytes:
    """What the server still says until it hangs up; fails where it does not within `seconds`."""
    said = b""
    with contextlib.suppress(ConnectionError):
        said = await asyncio.wait_for(connection[0].read(), seconds)
    await hang_up(connection)
    return said


async def hang_up(connection: Connection) -> None:
    connection[1].close()
    with contextlib.suppress(ConnectionError):
        await connection[1].wait_closed()
