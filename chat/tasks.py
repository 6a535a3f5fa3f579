"""Background tasks."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

logger = structlog.get_logger(__name__)


async def stop(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait until it is gone."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Do all of it at once until one part ends, then end the others. Raises what that one raised.

    Before Python 3.13 asyncio's own group forgets that it was cancelled where a part breaks at that very moment.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def watched(work: Coroutine[Any, Any, None], broke: Callable[[], object]) -> None:
    """Do the work of a task on which the whole process depends; where it breaks, log it and call `broke`.

    Nobody awaits such a task before the process ends, so without it others would wait for ever for what it does.
    """
    try:
        await work
    except Exception as error:
        cause = _cause(error)
        task = getattr(work, "__qualname__", "")
        logger.error("task_broke", task=task, error=type(cause).__name__, exc_info=cause)
        broke()


def _cause(error: BaseException) -> BaseException:
    """What broke inside a group of tasks."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
