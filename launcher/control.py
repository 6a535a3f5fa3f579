"""Takes commands of the API on a Unix socket that only this user can open."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from chat.launcher_socket import KILL_WORKER, KILLED, SECONDS, STARTING, UNKNOWN

OWNER_ONLY = 0o177


@contextlib.asynccontextmanager
async def control(socket: Path, kill_worker: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
    """Answers one command per connection inside the `with` block. Raises `OSError` if the socket cannot be made.

    `kill_worker` returns whether it killed one.
    """

    async def execute(command: bytes) -> bytes:
        if command != KILL_WORKER:
            return UNKNOWN
        return KILLED if await kill_worker() else STARTING

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, TimeoutError, ValueError):
            writer.write(await execute(await asyncio.wait_for(reader.readline(), SECONDS)))
            await writer.drain()

    remove(socket)  # a killed launcher leaves it behind
    mask = os.umask(OWNER_ONLY)
    try:
        server = await asyncio.start_unix_server(answer, socket)
    finally:
        os.umask(mask)
    async with server:
        try:
            yield
        finally:
            remove(socket)


def remove(socket: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        socket.unlink()
