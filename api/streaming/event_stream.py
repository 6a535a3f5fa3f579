"""The response that sends a turn's events as server-sent events."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, aclosing
from types import MappingProxyType
from typing import NamedTuple

import anyio
import structlog
from sse_starlette import EventSourceResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.streaming import sse
from api.streaming.shutdown import ShutdownSignal
from api.streaming.sse import Frame
from chat.telemetry.traces import Span

SEND_SECONDS = 30
"""How long one send to a reader may block before the stream ends."""

LARGE_EVENT_BYTES = 65_536
"""Size from which events are sent one at a time: many such sends at once would block the event loop."""

PING_SECONDS = 15
PING = b": ping\n\n"
PING_EVENT = b"event: ping\ndata: {}\n\n"
"""A ping that a native `EventSource` passes on, to listeners of `ping` only."""

GRACE_SECONDS = 3
"""How long streams may go on after the shutdown has begun."""

RECONNECT_MS = 1000
SHUTDOWN_RECONNECT_MS = (100, 1000)
"""Range of the reconnect delay at shutdown; random, so that readers do not all reconnect at once."""

HEADERS = {"Cache-Control": "no-cache, no-transform"}
SERVER_SEND = "holdfast.send"


class Pace(NamedTuple):
    """How a reader reads. `wait`: the body ends after the first events, or after so many seconds without any.

    `ping_events`: pings come as events, the first of them at once, so that a page notices a stream that is held back.
    """

    wait: int | None = None
    ping_events: bool = False


LIVE = Pace()


class Style(NamedTuple):
    """What a protocol's stream has besides its events.

    `retries`: whether the delay before a reconnect is sent. Some clients take such a line for an event without data.
    `headers`: of the response, besides `HEADERS`.
    """

    retries: bool = True
    headers: Mapping[str, str] = MappingProxyType({})


OWN = Style()

logger = structlog.get_logger(__name__)


class ServerSend:
    """Wraps the whole application: stores the server's own `send` in the scope, for streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[SERVER_SEND] = send
        try:
            await self._app(scope, receive, send)
        finally:
            del scope[SERVER_SEND]  # otherwise a reference cycle: `send` belongs to an object that has the scope


class StreamHeartbeat:
    """Pings idle streams, and ends those that are stalled or still open `GRACE_SECONDS` after the shutdown began.

    One timer serves all streams: a timer per stream would add a tenth to its memory, a timer per event would cost more
    time than the event.
    """

    def __init__(self, shutdown: ShutdownSignal) -> None:
        self._shutdown = shutdown
        self.streams: set[EventStream] = set()
        self.large_sends = asyncio.Lock()
        self._pings: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Checks all streams every second, until cancelled."""
        closing_seconds = 0
        while True:
            await asyncio.sleep(1)
            closing_seconds += self._shutdown.is_set
            for stream in self.streams:
                if closing_seconds > GRACE_SECONDS:
                    stream.end()
                elif stream.tick():
                    ping = asyncio.create_task(stream.ping())
                    self._pings.add(ping)
                    ping.add_done_callback(self._pings.discard)


class EventStream(EventSourceResponse):
    """Streams a turn's events. Ends if the reader stalls; after a reconnect the reader gets the rest from the log.

    `held` keeps the user's stream slot, and `span` is open, as long as the stream is. `before_end` runs before the
    turn's last event is sent, if the reader is still connected. The response head passes through all middleware; events
    go directly to the server, because the middleware together costs a third of the write to the socket.
    """

    def __init__(
        self,
        batches: AsyncGenerator[list[Frame]],
        held: AbstractContextManager[None],
        span: Span,
        heartbeat: StreamHeartbeat,
        before_end: Callable[[], Awaitable[None]] | None = None,
        pace: Pace = LIVE,
        style: Style = OWN,
    ) -> None:
        super().__init__(batches, headers={**HEADERS, **style.headers}, ping=0)
        self._batches = batches
        self._held = held
        self._span = span
        self._heartbeat = heartbeat
        self._before_end = before_end
        self._pace = pace
        self._style = style
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
        """Counts a second; ends a stalled stream. Returns whether a ping is due, which keeps the connection open."""
        self._seconds += 1
        if self._sending and self._seconds > SEND_SECONDS:
            self.end()
        return not self._sending and self._seconds >= PING_SECONDS

    def end(self) -> None:
        """Ends the stream at once."""
        self._scope.cancel()

    async def ping(self) -> None:
        """Sends a comment that readers ignore, unless the stream has ended."""
        async with self._send_lock:
            if self.active:
                await self._send(PING_EVENT if self._pace.ping_events else PING)

    async def _listen_for_exit_signal_with_grace(self) -> None:
        """Disables the library's exit watcher, 2 KB a stream: the feed and `StreamHeartbeat` end streams."""
        await asyncio.get_running_loop().create_future()

    async def _stream_response(self, send: Send) -> None:
        """Replaces the library's method, which checks the type of each event and logs it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        self._heartbeat.streams.add(self)
        async with aclosing(self._batches) as batches:
            last = await self._stream(batches)
            async with self._send_lock:
                self.active = False
                await self._send(last, send, more=False)

    async def _stream(self, batches: AsyncGenerator[list[Frame]]) -> bytes:
        """Sends each batch in one piece, because a send costs far more than an event. Returns the last piece unsent."""
        if begun := self._retry(RECONNECT_MS) + (PING_EVENT if self._pace.ping_events else b""):
            await self._send(begun)
        async for batch in batches:
            if batch[-1].is_terminal and self._before_end:
                await self._before_end()
            parts = [frame.data for frame in batch]
            if max(map(len, parts)) >= LARGE_EVENT_BYTES:
                await self._send_large(parts)
                parts = []
            piece = parts[0] if len(parts) == 1 else b"".join(parts)
            if batch[-1].is_terminal:
                return piece
            if piece:
                await self._send(piece)
        return self._retry(RECONNECT_MS if self._pace.wait is not None else random.randint(*SHUTDOWN_RECONNECT_MS))

    def _retry(self, milliseconds: int) -> bytes:
        return sse.retry(milliseconds) if self._style.retries else b""

    async def _send_large(self, parts: list[bytes]) -> None:
        """Sends events one by one; of all streams together, one per iteration of the event loop."""
        for part in parts:
            async with self._heartbeat.large_sends:
                await asyncio.sleep(0)
            await self._send(part)

    async def _send(self, data: bytes, send: Send | None = None, *, more: bool = True) -> None:
        self._sending, self._seconds = True, 0
        await (send or self._server_send)({"type": "http.response.body", "body": data, "more_body": more})
        self._sending, self._seconds = False, 0
