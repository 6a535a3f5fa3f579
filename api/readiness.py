"""Whether questions will be answered, as this process sees it."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.feed import Feed
from chat.queue import Queue, Workers

PROBE_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class Checks:
    """What has to be there. `workers`: None where the queue does not answer."""

    redis: bool
    workers: Workers | None
    feed: bool

    @property
    def queue(self) -> bool:
        return self.workers is not None

    @property
    def passed(self) -> dict[str, bool]:
        """Each check by its name."""
        alive = bool(self.workers and self.workers.count)
        return {"redis": self.redis, "queue": self.queue, "workers": alive, "feed": self.feed}


class Readiness:
    def __init__(self, store: Redis, queue: Queue, feed: Feed) -> None:
        self._store = store
        self._queue = queue
        self._feed = feed

    async def checks(self) -> Checks:
        redis, workers = await asyncio.gather(in_time(self._store.ping()), in_time(self._queue.workers()))
        return Checks(bool(redis), workers, self._feed.is_live)


async def in_time(answer: Awaitable[T]) -> T | None:
    """The answer of a store; None where there is none within `PROBE_SECONDS`."""
    try:
        return await asyncio.wait_for(answer, PROBE_SECONDS)
    except (RedisError, OSError, TimeoutError):
        return None
