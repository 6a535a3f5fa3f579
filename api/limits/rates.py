"""Rate limits: requests per user, requests per address, and new guests per address."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple
from uuid import uuid4

import structlog
from limits import RateLimitItem

from api.health.metrics import Metrics
from api.limits.allowance import Allowance
from api.limits.windows import MovingWindow
from chat import keys
from chat.errors import LimitReached, RateLimited, TooManyGuests
from chat.settings import Settings, parse_rate
from chat.store import Redis, RedisError, Script, ScriptCall, run
from chat.store.errors import note

STORE_TIMEOUT_SECONDS = 0.5
"""How long a request waits for the store's count. After that this process' own count decides."""

COOLDOWN_SECONDS = 2.0
"""How long the store is not asked after it failed to answer; then one request tries again."""

ADMIT = Script("admit")

logger = structlog.get_logger(__name__)


class RequestLimits:
    """Counts requests in moving windows: in this process, and in the queue's Redis for all replicas together.

    The local count comes first, before anything is awaited. While the store does not answer it decides alone: then each
    process admits up to the whole limit.
    """

    def __init__(self, redis: Redis, settings: Settings, metrics: Metrics) -> None:
        rates = {
            "user": settings.rate_limit_user,
            "address": settings.rate_limit_address,
            "guests": settings.rate_limit_new_guests,
        }
        self._rates = {kind: rate for kind, text in rates.items() if (rate := parse_rate(text))}
        self._windows = {kind: MovingWindow(rate.amount, rate.get_expiry()) for kind, rate in self._rates.items()}
        self._shared = _SharedWindows(redis, metrics)

    async def count_user(self, user: str | None) -> Allowance | None:
        """Counts one request of the user. Returns what is left, None without a limit. Raises `RateLimited`."""
        if user is None:
            return None
        return await self._count("user", user, partial(RateLimited, "requests_per_user"))

    async def count_address(self, address: str) -> None:
        """Counts one request from the address. Raises `RateLimited`."""
        await self._count("address", address, partial(RateLimited, "requests_per_address"))

    async def count_guest(self, address: str) -> None:
        """Counts one new guest from the address. Raises `TooManyGuests`."""
        await self._count("guests", address, TooManyGuests)

    async def _count(self, kind: str, who: str, refusal: Callable[[int], LimitReached]) -> Allowance | None:
        if kind not in self._rates:
            return None
        rate, window, caller = self._rates[kind], self._windows[kind], keys.digest(who)
        if wait := window.wait(caller):
            raise refusal(math.ceil(wait))
        counted = window.add(caller)
        shared = await self._shared.admit(keys.rate(kind, caller), rate)
        if shared and shared.wait_ms:
            window.remove(caller, counted)
            raise refusal(math.ceil(shared.wait_ms / 1000))
        return Allowance(rate.amount, shared.remaining if shared else window.left(caller), rate.get_expiry())


class Admission(NamedTuple):
    """The store's answer. `wait_ms`: milliseconds until a request is admitted, 0 if this one is.

    `remaining`: how many more it would admit now.
    """

    wait_ms: int
    remaining: int


class _SharedWindows:
    """Counts requests of all processes in the store, while it answers."""

    def __init__(self, redis: Redis, metrics: Metrics) -> None:
        self._redis = redis
        self._counted_locally = metrics.requests_counted_locally
        self._is_down = False
        self._retry_at = 0.0

    async def admit(self, key: str, rate: RateLimitItem) -> Admission | None:
        """Counts a request. Returns the store's answer; None while there is none."""
        if self._is_down:
            if time.monotonic() < self._retry_at:
                self._counted_locally.inc()
                return None
            self._retry_at = (
                time.monotonic() + COOLDOWN_SECONDS
            )  # other requests skip the store until this one has its answer
        try:
            async with asyncio.timeout(STORE_TIMEOUT_SECONDS):
                admission = await run(self._redis, admit_call(key, uuid4().hex, rate.amount, rate.get_expiry() * 1000))
        except (RedisError, OSError, TimeoutError) as error:
            self._note_failure(error)
            return None
        self._note_answer()
        return admission

    def _note_failure(self, error: Exception) -> None:
        self._counted_locally.inc()
        self._retry_at = time.monotonic() + COOLDOWN_SECONDS
        if not self._is_down:
            logger.warning("requests_counted_locally", error=note(error))
        self._is_down = True

    def _note_answer(self) -> None:
        if self._is_down:
            logger.info("requests_counted_together")
        self._is_down = False


def admit_call(key: str, request_id: str, limit: int, window_ms: int) -> ScriptCall[Admission]:
    """Returns the call that counts a request."""
    return ScriptCall(ADMIT, [key], (request_id, limit, window_ms), _admission)


def _admission(answer: Sequence[int]) -> Admission:
    return Admission(*answer)
