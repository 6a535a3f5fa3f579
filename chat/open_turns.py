"""Lists the open turns of all sessions, for sweeps.

Turns that wait for an answer of their user are listed apart, because they have no job, and processes of 0.1.0 would
queue them.
"""

import asyncio
import contextlib

import structlog

from chat import keys
from chat.store import Redis, RedisError, Script, ScriptCall, run
from chat.store.errors import note

SWEEP_SECONDS = 5.0
"""Interval at which each open turn is checked; the first check follows as long after its `note`."""

BATCH = 200

FORGET_SECONDS = 0.2
"""Delay before turns that are over are removed, so that one command removes many."""

LAST_SECONDS = 1.0
"""Time limit of the last removal, when `run` is cancelled."""

NOTE = Script("note")
DUE = Script("due")

logger = structlog.get_logger(__name__)


class OpenTurns:
    """Adds each turn before it is opened and removes it after it is closed, so that no open turn is missing."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._over: list[str] = []
        self._notified = asyncio.Event()

    async def add(self, turn_id: str) -> None:
        await run(self._store, note_call(turn_id))

    async def forget(self, *turn_ids: str) -> None:
        async with self._store.pipeline(transaction=False) as pipe:
            for name in (keys.OPEN_TURNS, keys.PAUSED_TURNS):
                pipe.zrem(name, *turn_ids)
            await pipe.execute()

    async def set_aside(self, turn_id: str) -> None:
        """Adds a turn to those that wait for an answer, before it does."""
        await run(self._store, note_call(turn_id, keys.PAUSED_TURNS))

    async def forget_active(self, turn_id: str) -> None:
        """Removes a turn that waits for an answer from the others: processes of 0.1.0 would queue it."""
        await self._store.zrem(keys.OPEN_TURNS, turn_id)

    async def forget_paused(self, turn_id: str) -> None:
        """Removes a turn that has its answers from those that wait, once it is among the others."""
        await self._store.zrem(keys.PAUSED_TURNS, turn_id)

    def forget_soon(self, turn_id: str) -> None:
        """Has `run` remove the turn with the next batch. If the process dies before, a sweep removes it."""
        self._over.append(turn_id)
        self._notified.set()

    async def run(self) -> None:
        """Removes turns that are over, until cancelled; then tries once more for those left."""
        try:
            while True:
                await self._notified.wait()
                await asyncio.sleep(FORGET_SECONDS)
                self._notified.clear()
                await self._forget_batch()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await self._forget_batch()

    async def _forget_batch(self) -> None:
        over, self._over = self._over, []
        try:
            if over:
                await self.forget(*over)
        except (RedisError, OSError) as error:
            self._over += over
            logger.warning("turns_not_forgotten", count=len(over), error=note(error))

    async def count(self) -> int:
        """Returns the number of open turns, without those that wait for an answer."""
        return int(await self._store.zcard(keys.OPEN_TURNS))

    async def due(self) -> list[str]:
        """Returns turns to check now; a turn goes to one caller per interval."""
        return await self._due(keys.OPEN_TURNS)

    async def due_paused(self) -> list[str]:
        """Returns turns to check now among those that wait for an answer, likewise."""
        return await self._due(keys.PAUSED_TURNS)

    async def _due(self, name: str) -> list[str]:
        return await run(self._store, ScriptCall(DUE, [name], (BATCH, int(SWEEP_SECONDS * 1000)), list))


def note_call(turn_id: str, name: str = keys.OPEN_TURNS) -> ScriptCall[int]:
    """Returns the call that adds a turn, made before the turn is opened. Result: number of turns that were added."""
    return ScriptCall(NOTE, [name], (turn_id, int(SWEEP_SECONDS * 1000)), int)
