"""A TCP link that a test can break."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Forwards to a port of this machine. Connections of before `swallow` stay open and carry nothing; those of after
    `shun` are accepted and carry nothing, until it is mended for those that come then.

    While it is `deaf`, those of subscribers carry nothing back, new ones among them; commands go through.
    `asked` is what each connection was asked to carry there, the latest last. What comes back is held up for
    `delay_seconds`.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._open = asyncio.Event()
        self._open.set()
        self.port = 0
        self.asked: list[bytearray] = []
        self.is_deaf = False
        self.delay_seconds = 0.0
        self._is_cut = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def end(self) -> None:
        """Break every connection and wait until none is served: a task left over would be destroyed in another test."""
        self.cut()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection, and each new one at once."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def mend(self) -> None:
        """Let new connections through again."""
        self._is_cut = False
        if not self._open.is_set():
            self._open = asyncio.Event()
            self._open.set()

    def shun(self) -> None:
        self._open = asyncio.Event()

    def swallow(self) -> None:
        self._open.clear()
        self._open = asyncio.Event()
        self._open.set()

    async def serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        link = _Link(self, self._open)
        self.asked.append(link.asked)
        if self._is_cut:
            writer.transport.abort()
            return
        self._writers.add(writer)
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(link.pump(reader, there_writer), link.pump(there_reader, writer, back=True))
        finally:
            self._writers.discard(writer)
            for end in (writer, there_writer):
                end.close()
                with contextlib.suppress(ConnectionError):
                    await end.wait_closed()


class _Link:
    """One connection."""

    def __init__(self, relay: Relay, is_open: asyncio.Event) -> None:
        self._relay = relay
        self._is_open = is_open
        self._subscribes = False
        self.asked = bytearray()

    async def pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, back: bool = False) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(1 << 16):
                self.asked += b"" if back else data
                self._subscribes = self._subscribes or b"SUBSCRIBE" in data
                if back and self._relay.delay_seconds:
                    await asyncio.sleep(self._relay.delay_seconds)
                if self._is_open.is_set() and not (back and self._subscribes and self._relay.is_deaf):
                    sink.write(data)
                    await sink.drain()
            sink.close()


@asynccontextmanager
async def relay(target: int) -> AsyncIterator[Relay]:
    made = Relay(target)
    server = await asyncio.start_server(made.serve_one, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
