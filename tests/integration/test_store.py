"""Connections to the store."""

import asyncio
import random

from chat.store import connect
from tests.support.waiting import PATIENCE

CANCELS = 100


async def test_a_task_in_the_middle_of_a_command_can_be_cancelled(redis_url: str) -> None:
    """A suppressed cancellation would keep a worker from stopping, and a time limit from ending its turn."""
    async with connect(redis_url) as client:

        async def work() -> None:
            while True:
                await client.get("nothing")

        for _ in range(CANCELS):
            task = asyncio.create_task(work())
            for _ in range(random.randrange(60)):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task], timeout=PATIENCE)
            ended = task.done()
            while not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=0.01)
            assert ended
