"""Gives turns back for another attempt, also after an outage of the store."""

import asyncio

import structlog

from chat.store import RedisError
from chat.turns import Left, Turns

FIRST_SECONDS = 10.0
"""How long a job waits for its turn to be handed back, before that is left to `run`."""

PAUSE = 0.5

logger = structlog.get_logger(__name__)


class HandBacks:
    """Notes in the store how turns were left, for as long as this process runs and the store does not answer.

    Without the note the next attempt counts the last one as a loss.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._owed: dict[tuple[str, str], Left] = {}

    async def give(self, turn_id: str, token: str, left: Left) -> None:
        """Hand the turn back. Where the store does not answer within `FIRST_SECONDS`, `run` goes on trying."""
        self._owed[turn_id, token] = left
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                while True:
                    if await self._try(turn_id, token):
                        return
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            logger.warning("hand_back_delayed", turn_id=turn_id)

    async def run(self) -> None:
        """Try again what could not be noted, until cancelled."""
        while True:
            await asyncio.sleep(PAUSE)
            await asyncio.gather(*(self._try(turn_id, token) for turn_id, token in list(self._owed)))

    async def _try(self, turn_id: str, token: str) -> bool:
        left = self._owed.get((turn_id, token))
        try:
            if left:
                await self._turns.hand_back(turn_id, token, left)
        except (RedisError, OSError):
            return False
        self._owed.pop((turn_id, token), None)
        return True
