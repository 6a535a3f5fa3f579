"""Waits for a condition, so that no test has to sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.02
PATIENCE = 60.0
"""Time limit in seconds for what takes a moment on a quiet machine; only failures reach it."""


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = PATIENCE) -> T:
    """Call `look` until its result is truthy and return that; fails when the time is over."""
    answer = None
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await look()):  # noqa: ASYNC110 - the condition is in another process
                await asyncio.sleep(INTERVAL)
            return answer
    except TimeoutError:
        raise AssertionError(f"still {answer!r} after {seconds} seconds: {look}") from None


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `holds()` is truthy, without an event loop; fails when the time is over."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"still false after {seconds} seconds: {holds}"
        time.sleep(INTERVAL)
