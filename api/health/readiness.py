"""Checks whether this process can have questions answered."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from api.streaming.feed import Feed
from chat.queue import Queue, Workers
from chat.store import Redis, RedisError
from chat.store.errors import note
from chat.store.memory import Memory, StoreMemory
from chat.store.write_probe import probe_writes

PROBE_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class Checks:
    """Results of the checks. `workers`: None if the queue does not answer; `memory`: of the stores that report it."""

    redis: bool
    workers: Workers | None
    feed: bool
    redis_writes: bool
    queue_writes: bool
    memory: dict[str, Memory]

    @property
    def queue(self) -> bool:
        return self.workers is not None

    @property
    def noeviction(self) -> bool:
        return not any(memory.evicts for memory in self.memory.values())

    @property
    def passed(self) -> dict[str, bool]:
        """The result of each check by its name."""
        return {
            "redis": self.redis,
            "redis_writes": self.redis_writes,
            "queue": self.queue,
            "queue_writes": self.queue_writes,
            "noeviction": self.noeviction,
            "workers": bool(self.workers and self.workers.count),
            "feed": self.feed,
        }


class Readiness:
    """Runs the readiness checks."""

    def __init__(self, store: Redis, queue_redis: Redis, queue: Queue, feed: Feed, memory: StoreMemory) -> None:
        self._store = store
        self._queue_redis = queue_redis
        self._queue = queue
        self._feed = feed
        self._memory = memory

    async def checks(self) -> Checks:
        redis, workers, redis_writes, queue_writes, memory = await asyncio.gather(
            in_time(self._store.ping()),
            in_time(self._queue.workers()),
            in_time(probe_writes(self._store)),
            in_time(probe_writes(self._queue_redis)),
            in_time(self._memory.latest()),
        )
        return Checks(bool(redis), workers, self._feed.is_live, bool(redis_writes), bool(queue_writes), memory or {})


async def in_time(answer: Awaitable[T]) -> T | None:
    """Returns a store's answer; None, with the error counted, if it fails or takes longer than `PROBE_SECONDS`."""
    try:
        return await asyncio.wait_for(answer, PROBE_SECONDS)
    except (RedisError, OSError) as error:  # a `TimeoutError` is an `OSError`
        note(error)
        return None
