"""A server that speaks Redis' protocol and sends what a real server cannot be made to send at a given moment."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import hiredis

HANDSHAKE = {b"CLIENT": b"+OK\r\n", b"PING": b"+PONG\r\n"}
"""Commands that redis-py sends when it connects, with their answers."""


class ScriptedRedis:
    """Runs one script per connection: the bytes to send in answer to each batch of commands. None means no answer.

    From each connection it reads about `room` bytes and then stops reading.
    """

    def __init__(self, *scripts: Sequence[bytes | None], room: float = math.inf) -> None:
        self._scripts = list(scripts)
        self._room = room
        self.connections = 0
        self.commands: list[list[bytes]] = []
        self.url = ""
        self._writers: list[asyncio.StreamWriter] = []

    async def say(self, data: bytes) -> None:
        """Send the data on the latest connection."""
        self._writers[-1].write(data)
        await self._writers[-1].drain()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["ScriptedRedis"]:
        server = await asyncio.start_server(self._serve_one, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
        try:
            yield self
        finally:
            server.close()
            for writer in self._writers:
                writer.transport.abort()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        script, parser, room = iter(self._scripts.pop(0)), hiredis.Reader(), self._room
        with contextlib.suppress(ConnectionError):
            while room > 0 and (data := await reader.read(1 << 16)):
                room -= len(data)
                parser.feed(data)
                batch = list(iter(parser.gets, False))
                writer.write(b"".join(HANDSHAKE.get(command[0], b"") for command in batch))
                asked = [command for command in batch if command[0] not in HANDSHAKE]
                self.commands += asked
                if asked and (answer := next(script)) is not None:
                    writer.write(answer)
