"""Answers unhandled exceptions with a problem document, and logs them without the request's content."""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import respond
from chat.errors import HoldfastError
from chat.telemetry.tracebacks import release

logger = structlog.get_logger(__name__)


class LastResort:
    """Answers 500 when the application raises. A response that has already started is cut off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            logger.exception("request_broke", method=scope["method"])
            release(error)
            if not started:
                await respond(HoldfastError())(scope, receive, send)
