"""Sweeps the open turns: queues those that lost their job, ends stopped ones without a worker, cleans up ended ones."""

import asyncio
from collections.abc import Sequence

import structlog

from chat import keys
from chat.endings import Endings
from chat.open_turns import SWEEP_SECONDS
from chat.queue import Queue
from chat.store import RedisError, ResponseError
from chat.store.errors import note
from chat.turns import Turns
from chat.waiting import WaitingQuestions

logger = structlog.get_logger(__name__)


class Sweeper:
    """Checks each open turn every `SWEEP_SECONDS`. Every worker and API process runs one; a single one suffices."""

    def __init__(self, turns: Turns, queue: Queue, waiting: WaitingQuestions, endings: Endings) -> None:
        self._waiting = waiting
        self._turns = turns
        self._queue = queue
        self._endings = endings

    async def run(self) -> None:
        """Sweeps until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS / 2)
            try:
                while turn_ids := await self._turns.open_turns.due():
                    await self.sweep(turn_ids)
                while turn_ids := await self._turns.open_turns.due_paused():
                    await self.sweep_paused(turn_ids)
            except (RedisError, OSError) as error:
                logger.warning("sweep_failed", error=note(error))

    async def sweep(self, turn_ids: Sequence[str]) -> None:
        """Finds turns that are not both active and queued, in two round trips, and checks those one by one."""
        active = await self._turns.are_active(turn_ids)
        queued = await self._queue.have(turn_ids)
        for turn_id, *checks in zip(turn_ids, active, queued, strict=True):
            if not all(checks):
                await self._try_look(turn_id)

    async def sweep_paused(self, turn_ids: Sequence[str]) -> None:
        """Finds turns that do not wait for their user any more, in one round trip, and checks those one by one."""
        for turn_id, waits in zip(turn_ids, await self._turns.wait_for_user(turn_ids), strict=True):
            if not waits:
                await self._turns.open_turns.add(turn_id)
                await self._try_look(turn_id)
                await self._forget_paused(turn_id)

    async def _try_look(self, turn_id: str) -> None:
        """Checks one turn and logs errors, so that a turn that cannot be read or written does not block the others."""
        try:
            await self.look(turn_id)
        except ValueError as error:
            logger.error("turn_unreadable", turn_id=turn_id, error=type(error).__name__)
        except ResponseError as error:
            logger.warning("turn_not_looked_after", turn_id=turn_id, error=note(error))

    async def look(self, turn_id: str) -> None:
        """Removes a turn that is over and its jobs, ends a stopped one, or queues one again whose job is missing."""
        turn = await self._turns.get(turn_id)
        if turn is None or turn.is_over:
            await self._turns.release(turn_id)
            await self._waiting.advance(keys.session_of(turn_id))
            titles = [] if turn else [keys.title_job(keys.session_of(turn_id))]  # the session may be gone as well
            if await self._endings.remove_jobs(turn_id, *titles):
                await self._turns.open_turns.forget(turn_id)
        elif turn.state == "waiting":
            await self._forget_waiting(turn_id)
        elif turn.cancel:
            await self._endings.end_stopped(turn_id)
        elif all(await self._turns.wait_for_user([turn_id])):
            await self._set_aside(turn_id)
        elif not await self._queue.has(turn_id):
            if turn.is_paused:
                logger.info("approval_expired", turn_id=turn_id)
            else:
                logger.warning("turn_queued_again", turn_id=turn_id, state=turn.state)
            await self._queue.put(turn_id)

    async def _set_aside(self, turn_id: str) -> None:
        """Removes a turn that waits for its user from the other open turns."""
        await self._turns.open_turns.set_aside(turn_id)
        await self._turns.open_turns.forget_active(turn_id)
        if not all(await self._turns.wait_for_user([turn_id])):  # answered meanwhile
            await self._turns.open_turns.add(turn_id)

    async def _forget_paused(self, turn_id: str) -> None:
        """Removes a turn from those that wait for their user, if it does not."""
        await self._turns.open_turns.forget_paused(turn_id)
        if all(await self._turns.wait_for_user([turn_id])):  # it asks again meanwhile
            await self._turns.open_turns.set_aside(turn_id)

    async def _forget_waiting(self, turn_id: str) -> None:
        """Removes a turn whose question waits from the open turns: the turn before it opens it."""
        await self._turns.open_turns.forget(turn_id)
        turn = await self._turns.get(turn_id)
        if turn and turn.state != "waiting":  # opened meanwhile
            await self._turns.open_turns.add(turn_id)
