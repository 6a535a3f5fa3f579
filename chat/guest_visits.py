"""Records when guests were here last, so that the sessions of those who never came back can be deleted."""

import re
import time

import structlog

from chat import keys
from chat.settings import Settings
from chat.store import Redis, RedisError
from chat.store.errors import note

GUEST = re.compile(r"guest-[0-9a-f]{32}")

NOTE_SECONDS = 3600
"""Least time between two records of one guest by one process."""

MAX_NOTED = 10_000
"""Guests whose last record a process remembers."""

BATCH = 20

logger = structlog.get_logger(__name__)


class GuestVisits:
    """Keeps the time of the last visit of each guest, by Redis' clock.

    Only guests of `guest` mode are recorded: other users have accounts, so they can always come back.
    """

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._keeps = settings.guest_expire_time
        self._is_on = settings.auth_mode == "guest" and self._keeps > 0
        self._noted: dict[str, float] = {}

    async def note(self, user_id: str) -> None:
        """Records a visit, at most once an hour. Does nothing for users who are no guests."""
        if not self._is_on or not GUEST.fullmatch(user_id):
            return
        now = time.monotonic()
        if now - self._noted.get(user_id, -NOTE_SECONDS) < NOTE_SECONDS:
            return
        try:
            await self._store.zadd(keys.GUESTS, {user_id: await self._now()})
        except RedisError as error:  # the store may be full or away; the next visit is recorded
            logger.info("visit_not_noted", error=note(error))
            return
        if len(self._noted) >= MAX_NOTED:
            self._noted.clear()
        self._noted[user_id] = now

    async def absent(self) -> list[str]:
        """Returns some guests who were not here for `GUEST_EXPIRE_TIME`, those first who were away for longest."""
        if not self._is_on:
            return []
        until = await self._now() - self._keeps
        return list(await self._store.zrangebyscore(keys.GUESTS, "-inf", until, start=0, num=BATCH))

    async def is_absent(self, user_id: str) -> bool:
        """Whether the guest was not here for `GUEST_EXPIRE_TIME`."""
        seen = await self._store.zscore(keys.GUESTS, user_id)
        return self._is_on and seen is not None and seen <= await self._now() - self._keeps

    async def forget(self, user_id: str) -> None:
        await self._store.zrem(keys.GUESTS, user_id)
        self._noted.pop(user_id, None)

    async def _now(self) -> int:
        seconds, _ = await self._store.time()
        return int(seconds)
