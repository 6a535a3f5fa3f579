"""The response that carries a stream of events."""

import structlog
from sse_starlette import EventSourceResponse
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

logger = structlog.get_logger(__name__)


class EventStream(EventSourceResponse):
    """Leaves a reader that takes nothing any more; it finds everything in the log when it comes back."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            logger.info("reader_stalled")
