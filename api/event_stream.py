"""The response that carries a stream of events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from typing import Any

import structlog
from sse_starlette import EventSourceResponse
from sse_starlette.sse import SendTimeoutError
from starlette.types import Message, Receive, Scope, Send

logger = structlog.get_logger(__name__)


class EventStream(EventSourceResponse):
    """Leaves a reader that takes nothing any more; it finds everything in the log when it comes back.

    It counts as one of its user's streams while it is `held`.
    """

    def __init__(self, frames: AsyncIterator[bytes], held: AbstractContextManager[None], **options: Any) -> None:
        super().__init__(frames, **options)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._held:
                await super().__call__(scope, receive, send)
        except SendTimeoutError:
            logger.info("reader_stalled")

    async def _send_with_timeout(self, send: Send, message: Message) -> None:
        """As the library's, with a timer that costs a third of its own: this is done for every event."""
        try:
            async with asyncio.timeout(self.send_timeout):
                await send(message)
        except TimeoutError:
            raise SendTimeoutError from None
