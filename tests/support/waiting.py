"""Waiting for something to become true, instead of sleeping and hoping."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

EVERY = 0.02


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = 10) -> T:
    """The first truthy answer of `look`; fails when there is none in time."""
    answer = None
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await look()):  # noqa: ASYNC110 - what is waited for is in another process
                await asyncio.sleep(EVERY)
            return answer
    except TimeoutError:
        raise AssertionError(f"still {answer!r} after {seconds} seconds: {look}") from None
