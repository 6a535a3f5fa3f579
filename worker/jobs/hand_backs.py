"""Hands turns back for another attempt, also after an outage of the store."""

import asyncio

import structlog

from chat.store import RedisError
from chat.turn_record import Left
from chat.turns import Turns

WAIT_SECONDS = 10.0
"""How long a job waits for its turn to be handed back. After that, `run` keeps trying."""

RETRY_SECONDS = 0.5

logger = structlog.get_logger(__name__)


class HandBacks:
    """Records in the store how turns were left. Retries while this process runs and the store does not answer.

    Without the record the next attempt counts the last one as a loss.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._pending: dict[tuple[str, str], Left] = {}

    async def give(self, turn_id: str, token: str, left: Left) -> None:
        """Hands the turn back. If the store does not answer within `WAIT_SECONDS`, `run` keeps trying."""
        self._pending[turn_id, token] = left
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    if await self._record(turn_id, token):
                        return
                    await asyncio.sleep(RETRY_SECONDS)
        except TimeoutError:
            logger.warning("hand_back_delayed", turn_id=turn_id)

    async def run(self) -> None:
        """Retries what could not be recorded, until cancelled."""
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            await asyncio.gather(*(self._record(turn_id, token) for turn_id, token in list(self._pending)))

    async def _record(self, turn_id: str, token: str) -> bool:
        """Returns whether nothing is left to record for the turn."""
        left = self._pending.get((turn_id, token))
        try:
            if left:
                await self._turns.hand_back(turn_id, token, left)
        except (RedisError, OSError):
            return False
        self._pending.pop((turn_id, token), None)
        return True
