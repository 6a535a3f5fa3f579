"""How many requests one user, and one address, may send in a while, and how many new guests may come from one."""

import asyncio
import math
import time
from collections.abc import Callable
from functools import partial

import structlog
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat import keys
from chat.errors import LimitReached, RateLimited, TooManyGuests
from chat.settings import Settings, parse_rate

PATIENCE = 0.5
"""Seconds that counting may take. A store that is slower or gone limits nobody; the route says what it lacks."""

logger = structlog.get_logger(__name__)


class RequestLimits:
    """Moving windows on the queue's Redis, so that all replicas count together.

    The key of a window expires with it, and holds no more entries than its rate.
    """

    def __init__(self, redis: Redis, settings: Settings) -> None:
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix=keys.RATES,
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # annotated for plain values only
        )
        self._windows = MovingWindowRateLimiter(storage)
        self._rates = {
            "user": parse_rate(settings.rate_limit_user),
            "address": parse_rate(settings.rate_limit_address),
            "guests": parse_rate(settings.rate_limit_new_guests),
        }

    async def count_user(self, user: str | None) -> None:
        """Count one request of the user's. Raises `RateLimited`."""
        await self._count("user", user, partial(RateLimited, "requests_per_user"))

    async def count_address(self, address: str | None) -> None:
        """Count one request from the address. Raises `RateLimited`."""
        await self._count("address", address, partial(RateLimited, "requests_per_address"))

    async def count_guest(self, address: str | None) -> None:
        """Count somebody at the address who becomes a guest. Raises `TooManyGuests`."""
        await self._count("guests", address, TooManyGuests)

    async def _count(self, kind: str, who: str | None, refusal: Callable[[int], LimitReached]) -> None:
        rate = self._rates[kind]
        if rate is None or who is None:
            return
        try:
            async with asyncio.timeout(PATIENCE):
                if await self._windows.hit(rate, kind, keys.digest(who)):
                    return
                window = await self._windows.get_window_stats(rate, kind, keys.digest(who))
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning("requests_not_counted", error=type(error).__name__)
            return
        raise refusal(max(1, math.ceil(window.reset_time - time.time())))
