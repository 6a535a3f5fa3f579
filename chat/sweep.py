"""Looks after open turns: queues those that lost their job, ends stopped ones that no worker runs, and removes what
turns that are over have left behind.
"""

import asyncio
from collections.abc import Sequence

import structlog

from chat import keys
from chat.endings import Endings
from chat.open_turns import SWEEP_SECONDS
from chat.queue import Queue
from chat.store import RedisError, ResponseError
from chat.store.errors import code_of
from chat.turns import Turns

logger = structlog.get_logger(__name__)


class Sweeper:
    """Runs in every worker and every API, so one of them is enough; each open turn is looked at by one of them, every
    `SWEEP_SECONDS`.
    """

    def __init__(self, turns: Turns, queue: Queue, endings: Endings) -> None:
        self._turns = turns
        self._queue = queue
        self._endings = endings

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS / 2)
            try:
                while turn_ids := await self._turns.open_turns.due():
                    await self.sweep(turn_ids)
            except (RedisError, OSError) as error:
                logger.warning("sweep_failed", error=code_of(error))

    async def sweep(self, turn_ids: Sequence[str]) -> None:
        """Look at those of the turns with which something is wrong. Mostly none: two round trips."""
        running = await self._turns.under_way(turn_ids)
        queued = await self._queue.have(turn_ids)
        for turn_id, *good in zip(turn_ids, running, queued, strict=True):
            if not all(good):
                await self._look_safely(turn_id)

    async def _look_safely(self, turn_id: str) -> None:
        """One record that cannot be read or written must not keep the others from being looked after."""
        try:
            await self.look(turn_id)
        except ValueError as error:
            logger.error("turn_unreadable", turn_id=turn_id, error=type(error).__name__)
        except ResponseError as error:
            logger.warning("turn_not_looked_after", turn_id=turn_id, error=code_of(error))

    async def look(self, turn_id: str) -> None:
        """Forget a turn that is over once its job is gone, end a stopped one, and queue one again whose job is gone."""
        turn = await self._turns.get(turn_id)
        if turn is None or turn.is_over:
            await self._turns.release(turn_id)
            titles = [] if turn else [keys.title_job(keys.session_of(turn_id))]  # the session may be gone as well
            if await self._endings.remove_jobs(turn_id, *titles):
                await self._turns.open_turns.forget(turn_id)
        elif turn.cancel:
            await self._endings.end_stopped(turn_id)
        elif not await self._queue.has(turn_id):
            logger.warning("turn_queued_again", turn_id=turn_id, state=turn.state)
            await self._queue.put(turn_id)
