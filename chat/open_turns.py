"""The turns that are not over, of all sessions: what a sweep has to look at."""

import asyncio
import contextlib

import structlog

from chat import keys
from chat.store import Redis, RedisError, Script, ScriptCall

SWEEP_SECONDS = 5.0
"""How often an open turn is looked at, and how long after it was noted for the first time."""

BATCH = 200

FORGET_SECONDS = 0.2
"""How long one that is over waits for others, to be forgotten in one go."""

LAST_SECONDS = 1.0

logger = structlog.get_logger(__name__)


class OpenTurns:
    """A turn is noted before it is opened and forgotten after it is closed, so that none is missing."""

    def __init__(self, store: Redis) -> None:
        self._store = store
        self._over: list[str] = []
        self._notified = asyncio.Event()
        self._note = Script(store, "note")
        self._due = Script(store, "due")

    def note(self, turn_id: str) -> ScriptCall:
        """To be run before the turn is opened."""
        return self._note, ([keys.OPEN_TURNS], (turn_id, int(SWEEP_SECONDS * 1000)))

    async def forget(self, *turn_ids: str) -> None:
        await self._store.zrem(keys.OPEN_TURNS, *turn_ids)

    def forget_soon(self, turn_id: str) -> None:
        """Have `run` forget it, with others. A process that dies before that leaves it to be looked at once more."""
        self._over.append(turn_id)
        self._notified.set()

    async def run(self) -> None:
        """Forget what is over, until cancelled, and then what is left of it, if the store is there."""
        try:
            while True:
                await self._notified.wait()
                await asyncio.sleep(FORGET_SECONDS)
                self._notified.clear()
                await self._forget_those_over()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await self._forget_those_over()

    async def _forget_those_over(self) -> None:
        over, self._over = self._over, []
        try:
            if over:
                await self._store.zrem(keys.OPEN_TURNS, *over)
        except (RedisError, OSError) as error:
            self._over += over
            logger.warning("turns_not_forgotten", count=len(over), error=type(error).__name__)

    async def count(self) -> int:
        """How many there are."""
        return int(await self._store.zcard(keys.OPEN_TURNS))

    async def due(self) -> list[str]:
        """Turns to look at now. Each is given to one caller only, in each round."""
        return list(await self._due([keys.OPEN_TURNS], BATCH, int(SWEEP_SECONDS * 1000)))
