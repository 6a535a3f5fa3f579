"""A reverse proxy that holds event streams back: it gives the body of each response to a GET only when it has ended."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

HOP_BY_HOP = ("connection", "content-length", "host", "keep-alive", "transfer-encoding")


class HoldingProxy:
    """`held` counts the event streams whose beginning it has kept; `asked` has the targets of all requests."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._http = httpx2.AsyncClient(base_url=target, timeout=None)
        self._serving: set[asyncio.Task[None]] = set()
        self.url = ""
        self.asked: list[str] = []
        self.held = 0

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["HoldingProxy"]:
        server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)
            await self._http.aclose()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; the browser opens another connection for the next."""
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, httpx2.TransportError):
                await self._answer(reader, writer)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        fields = [tuple(line.split(": ", 1)) for line in head[1:] if line]
        headers = {name: value for name, value in fields if name.lower() not in HOP_BY_HOP}
        length = next((int(value) for name, value in fields if name.lower() == "content-length"), 0)
        content = await reader.readexactly(length)
        self.asked.append(target)
        async with self._http.stream(method, target, headers=headers, content=content) as response:
            self.held += response.headers.get("content-type", "").startswith("text/event-stream")
            body = b"".join([piece async for piece in response.aiter_raw()])
            given = [(name, value) for name, value in response.headers.items() if name not in HOP_BY_HOP]
        given += [("content-length", str(len(body))), ("connection", "close")]
        if response.status_code == 204:
            given = [each for each in given if each[0] != "content-length"]
        lines = [f"HTTP/1.1 {response.status_code} OK", *(f"{name}: {value}" for name, value in given)]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
        await writer.drain()
