"""Stopping turns, whether or not a worker is there, and taking what ended turns leave behind off the queue."""

import asyncio

import structlog

from api.health.metrics import Metrics
from chat import turns
from chat.endings import Endings
from chat.queue import Queue
from chat.store import RedisError
from chat.store.errors import code_of
from chat.turns import Turns

LOOK_SECONDS = 1.0
"""How often a stopped turn is looked at whose claim somebody holds: its worker may have died a moment ago."""

MAX_WATCHED = 10_000
"""How many are looked at so often; the sweep looks at the others."""

logger = structlog.get_logger(__name__)


class Stopping:
    """Ends what waits at once; of what runs, the worker is signalled, and the turn watched until it is over.

    Should this process die meanwhile, a sweep ends the turn.
    """

    def __init__(self, turns: Turns, queue: Queue, endings: Endings, metrics: Metrics) -> None:
        self._turns = turns
        self._queue = queue
        self._endings = endings
        self._ended = metrics.turns_ended.labels("cancelled", "cancelled")
        self._watched: set[str] = set()

    async def stop(self, user: str, turn_id: str) -> turns.State:
        """Stop the turn; the state that it is in now. Raises `UnknownTurn`."""
        stopped = await self._turns.cancel(user, turn_id)
        if stopped.is_new:
            self._ended.inc()
        if stopped.state == "cancelled":
            await self.drop(turn_id)
        elif stopped.state == "running" and await self._end_or_watch(turn_id):
            turn = await self._turns.get(turn_id)
            return turn.state if turn else "cancelled"
        return stopped.state

    async def is_stopped_and_over(self, turn_id: str) -> bool:
        """Whether a turn that keeps its session from the next question was stopped, and is over by now."""
        turn = await self._turns.get(turn_id)
        return bool(turn and turn.cancel and (turn.is_over or await self._end_or_watch(turn_id)))

    async def drop(self, *job_ids: str) -> None:
        """Take the jobs off the queue, claims included, and forget that their turns were open.

        While the queue is out of reach they stay open: a sweep removes what they left.
        """
        try:
            await self._queue.drop(*job_ids)
            await self._turns.open_turns.forget(*job_ids)
        except (RedisError, OSError) as error:
            logger.warning("jobs_not_dropped", count=len(job_ids), error=code_of(error))

    async def run(self) -> None:
        """Look at the turns that are watched, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                for turn_id in tuple(self._watched):
                    await self._check(turn_id)
            except (RedisError, OSError) as error:
                logger.warning("stopped_turns_not_looked_at", error=code_of(error))

    async def _check(self, turn_id: str) -> None:
        try:
            turn = await self._turns.get(turn_id)
            is_over = turn is None or turn.is_over or await self._end(turn_id)
        except ValueError as error:
            logger.error("turn_unreadable", turn_id=turn_id, error=type(error).__name__)
            is_over = True
        if is_over:
            self._watched.discard(turn_id)

    async def _end_or_watch(self, turn_id: str) -> bool:
        """Whether the turn is over now."""
        try:
            if await self._end(turn_id):
                return True
        except (RedisError, OSError) as error:  # the queue's store may be away, and its worker there
            logger.warning("stopped_turn_not_ended", turn_id=turn_id, error=code_of(error))
        if len(self._watched) < MAX_WATCHED:
            self._watched.add(turn_id)
        return False

    async def _end(self, turn_id: str) -> bool:
        outcome = await self._endings.end_stopped(turn_id)
        if outcome == "ended":
            self._ended.inc()
        return outcome != "held"
