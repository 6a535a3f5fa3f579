"""Stops turns, with or without a worker, and removes the jobs of ended turns from the queue."""

import asyncio
from collections.abc import Mapping

import structlog

from api.health.metrics import Metrics
from chat import keys
from chat.endings import Endings
from chat.position import parsed
from chat.queue import Queue
from chat.store import RedisError
from chat.store.errors import note
from chat.turn_record import State
from chat.turns import Turns
from chat.waiting_errors import NotWaiting

LOOK_SECONDS = 1.0
"""How often a stopped turn with a claim is checked: its worker may have died."""

MAX_WATCHED = 10_000
"""How many turns are checked so often; the sweep checks the others."""

logger = structlog.get_logger(__name__)


class Stopping:
    """Ends queued turns at once; signals the worker of a running turn, and watches the turn until it is over.

    If this process dies before, a sweep ends the turn.
    """

    def __init__(self, turns: Turns, queue: Queue, endings: Endings, metrics: Metrics) -> None:
        self._turns = turns
        self._queue = queue
        self._endings = endings
        self._ended = metrics.turns_ended.labels("cancelled", "cancelled")
        self._watched: set[str] = set()

    async def stop(self, user: str, turn_id: str) -> State:
        """Stops the turn and returns its state now. Raises `UnknownTurn`."""
        stopped = await self._turns.cancel(user, turn_id)
        if stopped.is_new:
            self._ended.inc()
        if stopped.state == "cancelled":
            await self.drop(turn_id)
        elif stopped.state == "running" and await self._end_or_watch(turn_id):
            turn = await self._turns.get(turn_id)
            return turn.state if turn else "cancelled"
        return stopped.state

    async def remove_waiting(self, user: str, turn_id: str) -> State:
        """Stops the turn only if it still waits. Returns "cancelled", also where it was stopped before.

        Raises `UnknownTurn`, or `NotWaiting` where the question was asked; then its turn does not change.
        """
        stopped = await self._turns.cancel(user, turn_id, only="waiting")
        if stopped.state != "cancelled":
            raise NotWaiting
        if stopped.is_new:
            self._ended.inc()
        await self.drop(turn_id)
        return stopped.state

    async def is_stopped_and_over(self, turn_id: str) -> bool:
        """Tells whether a turn that blocks its session's next question was stopped and is over now.

        Ends the turn if it was stopped and its worker has died.
        """
        turn = await self._turns.get(turn_id)
        return bool(turn and turn.cancel and (turn.is_over or await self._end_or_watch(turn_id)))

    async def drop(self, *job_ids: str) -> None:
        """Removes the jobs and their claims from the queue, and their turns from the open ones.

        While the queue is unreachable the turns stay listed as open, and a sweep removes their jobs later.
        """
        try:
            await self._queue.drop(*job_ids)
            await self._turns.open_turns.forget(*job_ids)
        except (RedisError, OSError) as error:
            logger.warning("jobs_not_dropped", count=len(job_ids), error=note(error))

    async def drop_deleted(self, session_id: str, removed: Mapping[str, str]) -> None:
        """Removes the jobs of a deleted session: of its title, and of its `removed` turns.

        `removed`: positions of their models' replies by turn. Queues jobs that stop those made in the background, for
        the workers of these turns may be lost.
        """
        await self.drop(*removed, keys.title_job(session_id))
        try:
            for turn_id, text in removed.items():
                if (position := parsed(text)) and position.response:
                    await self._queue.put_response(turn_id, text)
        except (RedisError, OSError) as error:
            logger.warning("responses_not_stopped", error=note(error))

    async def run(self) -> None:
        """Checks the watched turns every `LOOK_SECONDS`, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                for turn_id in tuple(self._watched):
                    await self._check(turn_id)
            except (RedisError, OSError) as error:
                logger.warning("stopped_turns_not_looked_at", error=note(error))

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
        """Ends the turn, or watches it while it has a claim. Returns whether it is over now."""
        try:
            if await self._end(turn_id):
                return True
        except (RedisError, OSError) as error:  # the queue may be unreachable while the worker still runs
            logger.warning("stopped_turn_not_ended", turn_id=turn_id, error=note(error))
        if len(self._watched) < MAX_WATCHED:
            self._watched.add(turn_id)
        return False

    async def _end(self, turn_id: str) -> bool:
        outcome = await self._endings.end_stopped(turn_id)
        if outcome == "ended":
            self._ended.inc()
        return outcome != "held"
