"""Waits for a result as long as the client is connected."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from starlette.requests import Request

T = TypeVar("T")


class ClientLeft(Exception):
    """Raised when the client has closed its connection before the reply was complete. The turn goes on."""


async def while_connected(request: Request, waited: Awaitable[T]) -> T:
    """Returns the result of `waited`, which is cancelled where the client leaves before. Raises `ClientLeft`."""
    work, left = asyncio.ensure_future(waited), asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait([work, left], return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientLeft
        return work.result()
    finally:
        work.cancel()
        left.cancel()
        await asyncio.wait([work, left])


async def _disconnected(request: Request) -> None:
    """Waits until the client has closed its connection. The request's body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
