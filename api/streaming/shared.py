"""One call for all that ask for the same thing at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Shared(Generic[Key, Result]):
    """Calls `call(key)` once for all that ask before that call begins; who asks later gets the next one.

    So nobody is answered with what was read before asking, and there are two calls at most for any number of askers.
    """

    def __init__(self, call: Callable[[Key], Awaitable[Result]]) -> None:
        self._call = call
        self._waiting: dict[Key, asyncio.Task[Result]] = {}
        self._running: dict[Key, asyncio.Task[Result]] = {}

    async def __call__(self, key: Key) -> Result:
        """The call's result, or its exception. An asker that is cancelled does not cancel it for others."""
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
    """Where all askers were cancelled, nobody else looks at the exception, and asyncio would log it."""
    if not task.cancelled():
        task.exception()
