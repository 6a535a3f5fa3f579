"""Looks after open turns that lost their job, and sessions that wait for a turn that is over."""

import asyncio
from collections.abc import Sequence

import structlog
from redis.exceptions import RedisError

from chat.open_turns import SWEEP_SECONDS
from chat.queue import Queue
from chat.turns import Turns

logger = structlog.get_logger(__name__)


class Sweeper:
    """Runs on every worker; each open turn is looked at by one of them, every `SWEEP_SECONDS`."""

    def __init__(self, turns: Turns, queue: Queue) -> None:
        self._turns = turns
        self._queue = queue

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS / 2)
            try:
                while turn_ids := await self._turns.open_turns.due():
                    await self.sweep(turn_ids)
            except (RedisError, OSError) as error:
                logger.warning("sweep_failed", error=type(error).__name__)

    async def sweep(self, turn_ids: Sequence[str]) -> None:
        """Look at those of the turns with which something is wrong. Mostly none: two round trips."""
        running = await self._turns.under_way(turn_ids)
        queued = await self._queue.have(turn_ids)
        for turn_id, *good in zip(turn_ids, running, queued, strict=True):
            if not all(good):
                await self._look_safely(turn_id)

    async def _look_safely(self, turn_id: str) -> None:
        """One record that cannot be read must not keep the others from being looked after."""
        try:
            await self.look(turn_id)
        except ValueError as error:
            logger.error("turn_unreadable", turn_id=turn_id, error=type(error).__name__)

    async def look(self, turn_id: str) -> None:
        """Forget a turn that is over; queue one again whose job is gone."""
        turn = await self._turns.get(turn_id)
        if turn is None or turn.is_over:
            await self._turns.release(turn_id)
            await self._turns.open_turns.forget(turn_id)
        elif not await self._queue.has(turn_id):
            logger.warning("turn_queued_again", turn_id=turn_id, state=turn.state)
            await self._queue.put(turn_id)
