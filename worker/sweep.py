"""Looks after open turns that lost their job, and sessions that wait for a turn that is over."""

import asyncio

import structlog
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat import jobs, keys
from chat.open_turns import SWEEP_SECONDS, OpenTurns
from chat.settings import Settings
from chat.turns import Turns

logger = structlog.get_logger(__name__)


class Sweeper:
    """Runs on every worker; each open turn is looked at by one of them, every `SWEEP_SECONDS`."""

    def __init__(self, store: Redis, queue: ArqRedis, settings: Settings) -> None:
        self._queue = queue
        self._turns = Turns(store, settings)
        self._open_turns = OpenTurns(store)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS / 2)
            try:
                while turn_ids := await self._open_turns.due():
                    for turn_id in turn_ids:
                        await self.look(turn_id)
            except (RedisError, OSError) as error:
                logger.warning("sweep_failed", error=type(error).__name__)

    async def look(self, turn_id: str) -> None:
        """Forget a turn that is over; queue one again whose job is gone."""
        turn = await self._turns.get(turn_id)
        if turn is None or turn.is_over:
            await self._turns.release(turn_id)
            await self._open_turns.forget(turn_id)
        elif await self._queue.zscore(keys.QUEUE, turn_id) is None:
            logger.warning("turn_queued_again", turn_id=turn_id, state=turn.state)
            await self._queue.delete(job_key_prefix + turn_id)
            await self._queue.enqueue_job(jobs.RUN_TURN, turn_id, _job_id=turn_id)
            await self._queue.publish(keys.WAKE, turn_id)
