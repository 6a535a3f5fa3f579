"""A TCP proxy whose connections a test can break."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Relay:
    """Forwards connections to a port of this machine.

    `swallow` makes the open connections carry no data. `shun` does so for connections opened later, until `restore`;
    both leave them open. While `is_deaf` is set, subscribers receive nothing, also on new connections, but their
    commands go through. `asked` has the bytes that each connection sent to the server, the latest connection last.
    Data from the server is delayed by `delay_seconds`.
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
        """Abort all connections and wait for their tasks; otherwise another test would destroy the remaining ones."""
        self.cut()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def cut(self) -> None:
        """Abort all connections, and each new one at once."""
        self._is_cut = True
        for writer in self._writers:
            writer.transport.abort()

    def restore(self) -> None:
        """Let new connections carry data again."""
        self._is_cut = False
        if not self._open.is_set():
            self._open = asyncio.Event()
            self._open.set()

    def shun(self) -> None:
        """Accept new connections but carry no data on them."""
        self._open = asyncio.Event()

    def swallow(self) -> None:
        """Carry no more data on the open connections; new ones work."""
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
    """One forwarded connection."""

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
async def relay(target: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
    """Run a relay to the port `target`. With `tls` it speaks TLS to its clients, and none to the target."""
    made = Relay(target)
    server = await asyncio.start_server(made.serve_one, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.end()
