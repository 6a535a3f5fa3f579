"""Runs and stops background tasks."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

logger = structlog.get_logger(__name__)


async def stop(task: "asyncio.Task[None]") -> None:
    """Cancels a task and waits until it has ended."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until_one_ends(*works: Coroutine[Any, Any, None]) -> None:
    """Runs coroutines concurrently until one ends, then cancels the others. Raises the error of the one that ended.

    Not an `asyncio.TaskGroup`: before Python 3.13 that loses its own cancellation if a task fails at the same moment.
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
    """Runs a task that the whole process depends on; if it fails, logs the error and calls `broke`.

    Such a task is not awaited before the process ends, so other tasks would otherwise wait for its work forever.
    """
    try:
        await work
    except Exception as error:
        cause = _cause(error)
        task = getattr(work, "__qualname__", "")
        logger.error("task_broke", task=task, error=type(cause).__name__, exc_info=cause)
        broke()


def _cause(error: BaseException) -> BaseException:
    """Returns the first error inside nested exception groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
