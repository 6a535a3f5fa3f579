"""The response that carries a stream of events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Any

import anyio
import structlog
from sse_starlette import EventSourceResponse
from starlette.types import Message, Receive, Scope, Send

SEND_SECONDS = 30
"""How long a reader may take nothing."""

logger = structlog.get_logger(__name__)


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

    It counts as one of its user's streams while it is `held`.
    """

    def __init__(
        self, frames: AsyncIterator[bytes], held: AbstractContextManager[None], stalls: Stalls, **options: Any
    ) -> None:
        super().__init__(frames, **options)
        self._held = held
        self._stalls = stalls
        self._sending = False
        self._stuck_seconds = 0
        self._scope = anyio.CancelScope()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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

    async def _send_with_timeout(self, send: Send, message: Message) -> None:
        """In place of the library's timer for each event."""
        self._sending = True
        await send(message)
        self._sending = False
        self._stuck_seconds = 0
