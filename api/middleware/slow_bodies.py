"""Requests whose body trickles in."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import respond
from chat.errors import BodyTooSlow

BODY_SECONDS = 10.0
"""A request's body has to be here by then. The web tier waits longer, so that this answer gets through."""


class SlowBodies:
    """Answers 408 to a client that takes too long to send its request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        until = asyncio.get_running_loop().time() + BODY_SECONDS
        whole = late = begun = False

        async def in_time() -> Message:
            nonlocal whole, late
            if whole:  # all that may still come is the client's leaving, at any time
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                late = True
                return {"type": "http.disconnect"}
            whole = not message.get("more_body", False)
            return message

        async def answered(message: Message) -> None:
            nonlocal begun
            if begun or not late:
                begun = True
                await send(message)

        await self._app(scope, in_time, answered)
        if late and not begun:
            await respond(BodyTooSlow())(scope, receive, send)
