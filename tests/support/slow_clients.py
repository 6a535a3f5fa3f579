"""Raw connections, for clients that keep them open and send almost nothing."""

import asyncio
import contextlib

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
    data = b""
    with contextlib.suppress(ConnectionError):
        data = await asyncio.wait_for(connection[0].read(), seconds)
    await hang_up(connection)
    return data


async def hang_up(connection: Connection) -> None:
    connection[1].close()
    with contextlib.suppress(ConnectionError):
        await connection[1].wait_closed()
