"""An HTTP server that records requests and answers with an empty JSON object or closes the connection."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


class Upstream:
    """`heads` has the request line and headers of each request, as received."""

    def __init__(self, *, answers: bool = True) -> None:
        self._answers = answers
        self.heads: list[str] = []
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["Upstream"]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(ANSWER if self._answers else b"")
            await writer.drain()
        writer.close()
