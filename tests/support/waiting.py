"""Waits for a condition, so that no test has to sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL, SHARE, LONGEST = 0.02, 0.1, 0.25
"""Seconds from one look to the next: at first, as a part of the time so far, and at most. A look can cost a request."""

PATIENCE = 60.0
"""Time limit in seconds for what takes a moment on a quiet machine; only failures reach it."""


async def eventually(look: Callable[[], Awaitable[T]], seconds: float = PATIENCE) -> T:
    """Call `look` until its result is truthy and return that; fails when the time is over."""
    answer, start = None, time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await look()):  # noqa: ASYNC110 - the condition is in another process
                await asyncio.sleep(interval(time.monotonic() - start))
            return answer
    except TimeoutError:
        raise AssertionError(f"still {answer!r} after {seconds} seconds: {look}") from None


def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until `holds()` is truthy, without an event loop; fails when the time is over."""
    start = time.monotonic()
    while not holds():
        waited = time.monotonic() - start
        assert waited < seconds, f"still false after {seconds} seconds: {holds}"
        time.sleep(interval(waited))


def interval(waited: float) -> float:
    """Returns the seconds to the next look after `waited` seconds."""
    return min(max(INTERVAL, SHARE * waited), LONGEST)
