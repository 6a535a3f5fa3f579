"""Queues turns again whose user has answered while their worker was still ending their job."""

import structlog

from chat.queue import Queue
from chat.store import RedisError
from chat.store.errors import note
from chat.turns import Turns

logger = structlog.get_logger(__name__)


class ParkedTurns:
    """Remembers the turns that wait for their user and whose job still is in the queue.

    The answer queues the job, which changes nothing while the job is there; then the worker removes it.
    """

    def __init__(self, turns: Turns, queue: Queue) -> None:
        self._turns = turns
        self._queue = queue
        self._parked: set[str] = set()

    def note(self, turn_id: str) -> None:
        """Has `job_ended` check the turn."""
        self._parked.add(turn_id)

    async def job_ended(self, turn_id: str) -> None:
        """Queues the turn if it does not wait any more. Where the store does not answer, a sweep queues it."""
        if turn_id not in self._parked:
            return
        self._parked.discard(turn_id)
        try:
            turn = await self._turns.get(turn_id)
            if turn and turn.state == "running" and not turn.is_paused:
                await self._queue.put(turn_id)
        except (RedisError, OSError) as error:
            logger.warning("turn_not_queued", turn_id=turn_id, error=note(error))
