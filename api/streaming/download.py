"""The response that sends a document piece by piece, and breaks off recognisably where it cannot be completed."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import AsyncExitStack, aclosing

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.streaming.shutdown import ShutdownSignal
from chat.errors import HoldfastError
from chat.store import RedisError
from chat.store.errors import note

SEND_SECONDS = 30
"""How long one send may block before the response breaks off."""

logger = structlog.get_logger(__name__)


class Download(StreamingResponse):
    """Sends the pieces of `texts`, in UTF-8 where they are text.

    The body's end is sent only after the last of them; then `held` is released.

    A client that stalls, a store that fails and a shutdown break the response off: the connection is closed before the
    body's end, which HTTP clients report as an error.
    """

    def __init__(
        self,
        texts: AsyncGenerator[str] | AsyncGenerator[bytes],
        shutdown: ShutdownSignal,
        media_type: str,
        headers: Mapping[str, str],
        held: AsyncExitStack | None = None,
    ) -> None:
        super().__init__(texts, headers={"Cache-Control": "no-store", **headers}, media_type=media_type)
        self._texts = texts
        self._shutdown = shutdown
        self._held = held or AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._held:  # out here, because a disconnect cancels what is in there
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if reason := await self._send_all(send):
            logger.info("download_broke", reason=reason)
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> str:
        """Sends the pieces. Returns why it broke off; "" where it did not."""
        try:
            async with aclosing(self._texts) as texts:
                async for text in texts:
                    if self._shutdown.is_set:
                        return "shutdown"
                    if body := text.encode() if isinstance(text, str) else text:
                        await _within(send({"type": "http.response.body", "body": body, "more_body": True}))
        except TimeoutError:
            return "reader_stalled"
        except RedisError as error:
            return note(error)
        except HoldfastError as error:
            return error.code
        return ""


async def _within(sent: Awaitable[None]) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await sent
