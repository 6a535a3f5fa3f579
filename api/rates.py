"""How many requests one user, and one address, may send in a while."""

import asyncio
import ipaddress
import math
import time

import structlog
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat import keys
from chat.errors import RateLimited
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
        }

    async def count(self, user: str | None, address: str | None) -> None:
        """Count one request of both. Raises `RateLimited`."""
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(self._hit("user", user), self._hit("address", address))
        except (RedisError, OSError, TimeoutError) as error:
            logger.warning("requests_not_counted", error=type(error).__name__)

    async def _hit(self, kind: str, who: str | None) -> None:
        rate = self._rates[kind]
        if rate is None or who is None or await self._windows.hit(rate, kind, keys.digest(who)):
            return
        window = await self._windows.get_window_stats(rate, kind, keys.digest(who))
        raise RateLimited(f"requests_per_{kind}", max(1, math.ceil(window.reset_time - time.time())))


def network_of(host: str) -> str | None:
    """Whom an address belongs to: an IPv4 address to one, of IPv6 a whole /64. None where there is no address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
