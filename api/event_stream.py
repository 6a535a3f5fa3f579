"""The response that carries a stream of events."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import AbstractContextManager, aclosing

import anyio
import structlog
from sse_starlette import EventSourceResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import frames
from api.frames import Frame

SEND_SECONDS = 30
"""How long a reader may take nothing."""

PING_SECONDS = 15
GRACE_SECONDS = 3
RECONNECT_MS = 1000
COME_BACK_MS = (100, 1000)
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
        await self._app(scope, receive, send)


class Stalls:
    """Ends streams whose readers take nothing any more. One timer serves all: one for each event would cost more."""

    def __init__(self) -> None:
        self.streams: set[EventStream] = set()

    async def run(self) -> None:
        """Look every second, until cancelled."""
        while True:
            await asyncio.sleep(1)
            for stream in self.streams:
                stream.tick()


class EventStream(EventSourceResponse):
    """Leaves a reader that takes nothing any more; it finds everything in the log when it comes back.

    It counts as one of its user's streams while it is `held`. Its head passes through all layers around the route; its
    events go straight to the server, for all the layers together cost as much as a third of the write to the socket.
    """

    def __init__(
        self, batches: AsyncGenerator[list[Frame]], held: AbstractContextManager[None], stalls: Stalls
    ) -> None:
        super().__init__(batches, headers=HEADERS, ping=PING_SECONDS, shutdown_grace_period=GRACE_SECONDS)
        self._batches = batches
        self._held = held
        self._stalls = stalls
        self._server_send: Send | None = None
        self._sending = False
        self._stuck_seconds = 0
        self._scope = anyio.CancelScope()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._server_send = scope.get(SERVER_SEND)
        self._stalls.streams.add(self)
        try:
            with self._held, self._scope:
                await super().__call__(scope, receive, send)
        finally:
            self._stalls.streams.discard(self)
        if self._scope.cancelled_caught:
            logger.info("reader_stalled")

    def tick(self) -> None:
        """Another second has passed."""
        self._stuck_seconds = self._stuck_seconds + 1 if self._sending else 0
        if self._stuck_seconds > SEND_SECONDS:
            self._scope.cancel()

    async def _stream_response(self, send: Send) -> None:
        """In place of the library's, which looks at each event's type and logs it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._batches) as batches:
            await self._stream(batches, self._server_send or send)
        async with self._send_lock:
            self.active = False
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(self, batches: AsyncGenerator[list[Frame]], send: Send) -> None:
        """What came meanwhile goes out in one piece: sending costs far more than an event."""
        await self._send(send, frames.retry(RECONNECT_MS))
        async for batch in batches:
            await self._send(send, batch[0].data if len(batch) == 1 else b"".join([frame.data for frame in batch]))
            if batch[-1].is_terminal:
                return
        await self._send(send, frames.retry(random.randint(*COME_BACK_MS)))

    async def _send(self, send: Send, data: bytes) -> None:
        await self._send_with_timeout(send, {"type": "http.response.body", "body": data, "more_body": True})

    async def _send_with_timeout(self, send: Send, message: Message) -> None:
        """In place of the library's timer for each event."""
        self._sending = True
        await send(message)
        self._sending = False
        self._stuck_seconds = 0
