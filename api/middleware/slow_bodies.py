"""Rejects requests whose body takes too long to arrive."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.uploads import SLOWEST_BYTES, upload_of
from api.problems import respond
from chat.errors import BodyTooSlow

BODY_SECONDS = 10.0
"""Time for a request's body. The web tier waits longer, so that this answer reaches the client."""


class SlowBodies:
    """Answers 408 if the whole body has not arrived within `BODY_SECONDS`; of a file, if it arrives too slowly."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        seconds_per_byte = 1 / SLOWEST_BYTES if upload_of(scope) else 0.0
        is_complete = is_late = started = False

        async def receive_in_time() -> Message:
            nonlocal is_complete, is_late, deadline
            if is_complete:  # only the client's disconnect can follow, at any time
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                is_late = True
                return {"type": "http.disconnect"}
            is_complete = not message.get("more_body", False)
            latest = asyncio.get_running_loop().time() + BODY_SECONDS
            deadline = min(deadline + len(message.get("body", b"")) * seconds_per_byte, max(latest, deadline))
            return message

        async def send_unless_late(message: Message) -> None:
            nonlocal started
            if started or not is_late:
                started = True
                await send(message)

        await self._app(scope, receive_in_time, send_unless_late)
        if is_late and not started:
            await respond(BodyTooSlow())(scope, receive, send)
