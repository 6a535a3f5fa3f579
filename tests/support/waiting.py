"""Waiting for something to become true, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

EVERY = 0.02
PATIENCE = 60.0
"""Seconds that a test waits for what comes at once on a quiet machine. A busy one may take its time."""


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = PATIENCE) -> T:
    """The first truthy answer of `look`; fails when there is none in time."""
    answer = None
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await look()):  # noqa: ASYNC110 - what is waited for is in another process
                await asyncio.sleep(EVERY)
            return answer
    except TimeoutError:
        raise AssertionError(f"still {answer!r} after {seconds} seconds: {look}") from None


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """The same for what is asked without a loop."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it does not hold after {seconds} seconds: {holds}"
        time.sleep(EVERY)
