"""Shares one call among concurrent callers with the same key."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Shared(Generic[Key, Result]):
    """Calls `call(key)` once for all callers that arrive before that call begins; later ones share the next call.

    So no caller gets a result that was read before it asked, and there are at most two calls per key at a time.
    """

    def __init__(self, call: Callable[[Key], Awaitable[Result]]) -> None:
        self._call = call
        self._waiting: dict[Key, asyncio.Task[Result]] = {}
        self._running: dict[Key, asyncio.Task[Result]] = {}

    async def __call__(self, key: Key) -> Result:
        """Returns the call's result or raises its exception. A cancelled caller does not cancel it for the others."""
        task = self._waiting.get(key)
        if task is None:
            task = self._waiting[key] = asyncio.create_task(self._run(key))
            task.add_done_callback(_retrieve)
        return await asyncio.shield(task)

    async def _run(self, key: Key) -> Result:
        if earlier := self._running.get(key):
            await asyncio.wait([earlier])
        task = self._running[key] = self._waiting.pop(key)
        try:
            return await self._call(key)
        finally:
            if self._running[key] is task:
                del self._running[key]


def _retrieve(task: asyncio.Task[Result]) -> None:
    """Retrieves the exception: if all callers were cancelled, asyncio would log it as never retrieved."""
    if not task.cancelled():
        task.exception()
