"""The response that carries a stream of events."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager, aclosing

import anyio
import structlog
from sse_starlette import EventSourceResponse
from sse_starlette.sse import AppStatus
from starlette.types import ASGIApp, Receive, Scope, Send

from api.streaming import sse
from api.streaming.sse import Frame
from chat.telemetry.traces import Span

SEND_SECONDS = 30
"""How long a reader may take nothing."""

LARGE_EVENT_BYTES = 65_536
"""Bytes of an event from which on sending it takes long enough that many at once would hold up everything else."""

PING_SECONDS = 15
PING = b": ping\n\n"
GRACE_SECONDS = 3
RECONNECT_MS = 1000
SHUTDOWN_RECONNECT_MS = (100, 1000)
"""When this process closes: spread, so that readers do not fall upon the next one all at once."""

HEADERS = {"Cache-Control": "no-cache, no-transform"}
SERVER_SEND = "holdfast.send"

logger = structlog.get_logger(__name__)


class ServerSend:
    """The outermost layer: notes the server's own `send` in the scope, for streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[SERVER_SEND] = send
        try:
            await self._app(scope, receive, send)
        finally:
            del scope[SERVER_SEND]  # it is of an object that has the scope: neither would be freed before the other


class StreamHeartbeat:
    """Pings silent streams, and ends those whose readers take nothing any more, or that outlive the process' grace.

    One timer serves all: one for each stream takes a tenth of its memory, one for each event more than its time.
    """

    def __init__(self) -> None:
        self.streams: set[EventStream] = set()
        self.large_sends = asyncio.Lock()
        self._pings: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Look every second, until cancelled."""
        closing_seconds = 0
        while True:
            await asyncio.sleep(1)
            closing_seconds += AppStatus.should_exit
            for stream in self.streams:
                if closing_seconds > GRACE_SECONDS:
                    stream.end()
                elif stream.tick():
                    ping = asyncio.create_task(stream.ping())
                    self._pings.add(ping)
                    ping.add_done_callback(self._pings.discard)


class EventStream(EventSourceResponse):
    """Leaves a reader that takes nothing any more; it finds everything in the log when it comes back.

    It counts as one of its user's streams while it is `held`, and its `span` lasts as long. `before_end` is done before
    the turn's last event is sent to a reader that is still there. Its head passes through all
    layers around the route; its events go straight to the server, for all the layers together cost as much as a third
    of the write to the socket.
    """

    def __init__(
        self,
        batches: AsyncGenerator[list[Frame]],
        held: AbstractContextManager[None],
        span: Span,
        heartbeat: StreamHeartbeat,
        before_end: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(batches, headers=HEADERS, ping=0)
        self._batches = batches
        self._held = held
        self._span = span
        self._heartbeat = heartbeat
        self._before_end = before_end
        self._server_send: Send
        self._sending = False
        self._seconds = 0  # since a send began or ended
        self._scope = anyio.CancelScope()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._server_send = scope.get(SERVER_SEND, send)
        try:
            with self._span, self._held, self._scope:
                await super().__call__(scope, receive, send)
        finally:
            self._heartbeat.streams.discard(self)
        if self._scope.cancelled_caught:
            logger.info("reader_stalled")

    def tick(self) -> bool:
        """Another second has passed; whether a ping is due, lest somebody on the way takes the line for dead."""
        self._seconds += 1
        if self._sending and self._seconds > SEND_SECONDS:
            self.end()
        return not self._sending and self._seconds >= PING_SECONDS

    def end(self) -> None:
        self._scope.cancel()

    async def ping(self) -> None:
        async with self._send_lock:
            if self.active:
                await self._send(PING)

    async def _listen_for_exit_signal_with_grace(self) -> None:
        """Disables the library's watch, which takes 2 KB a stream: the feed and `StreamHeartbeat` end streams."""
        await asyncio.get_running_loop().create_future()

    async def _stream_response(self, send: Send) -> None:
        """In place of the library's, which looks at each event's type and logs it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        self._heartbeat.streams.add(self)
        async with aclosing(self._batches) as batches:
            await self._stream(batches)
        async with self._send_lock:
            self.active = False
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(self, batches: AsyncGenerator[list[Frame]]) -> None:
        """What came meanwhile goes out in one piece: sending costs far more than an event."""
        await self._send(sse.retry(RECONNECT_MS))
        async for batch in batches:
            if batch[-1].is_terminal and self._before_end:
                await self._before_end()
            parts = [frame.data for frame in batch]
            if max(map(len, parts)) >= LARGE_EVENT_BYTES:
                await self._send_large(parts)
            else:
                await self._send(parts[0] if len(parts) == 1 else b"".join(parts))
            if batch[-1].is_terminal:
                return
        await self._send(sse.retry(random.randint(*SHUTDOWN_RECONNECT_MS)))

    async def _send_large(self, parts: list[bytes]) -> None:
        """One event after the other, and one of all streams in each pass of the event loop."""
        for part in parts:
            async with self._heartbeat.large_sends:
                await asyncio.sleep(0)
            await self._send(part)

    async def _send(self, data: bytes) -> None:
        self._sending, self._seconds = True, 0
        await self._server_send({"type": "http.response.body", "body": data, "more_body": True})
        self._sending, self._seconds = False, 0
