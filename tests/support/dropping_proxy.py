"""A proxy that loses the connection to its client when the first bytes of an answer arrive."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class DroppingProxy:
    """Passes bytes on to `target`; of the first `drops` requests the answer is lost once it begins."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self.url = ""
        self.drops = 0
        self.requests = 0
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["DroppingProxy"]:
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        sending = asyncio.ensure_future(_carry(reader, back))
        try:
            with contextlib.suppress(ConnectionError):
                while piece := await there.read(65_536):
                    self.requests += piece.startswith(b"HTTP/1.1")
                    if self.requests <= self.drops:
                        writer.transport.abort()
                        return
                    writer.write(piece)
                    await writer.drain()
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            back.transport.abort()
            writer.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
