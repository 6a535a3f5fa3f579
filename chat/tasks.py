"""Background tasks."""

import asyncio
import contextlib


async def stop(task: "asyncio.Task[None]") -> None:
    """Cancel a task and wait until it is gone."""
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
