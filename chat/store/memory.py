"""Measures the memory of the stores, and checks that their eviction policy keeps all keys."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import ConnectionError, RedisError, TimeoutError

from chat.errors import StoreFull
from chat.settings import Settings
from chat.store.clients import connect
from chat.store.cluster import Cluster
from chat.store.errors import note

FULL_SHARE = 0.8
"""Beyond this share of `maxmemory` nothing new is accepted, so that running replies can end."""

READ_TIMEOUT = 1.5
"""Timeout of one reading, in seconds."""

READ_SECONDS = 1.0
"""Interval between readings."""

START_SECONDS = 3.0
"""How long a starting process waits for a store's policy."""

NO_EVICTION = "noeviction"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Memory:
    """A server's memory in bytes; `limit` is its `maxmemory`, 0 = none."""

    used: int
    limit: int
    policy: str

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "Memory":
        """Reads `INFO memory`; a managed store may omit fields. Subtracts memory that does not count for eviction."""
        used = int(info.get("used_memory", 0)) - int(info.get("mem_not_counted_for_evict", 0))
        return cls(used, int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", NO_EVICTION)))

    @property
    def share(self) -> float:
        """The used share of the limit; 0 without a limit."""
        return self.used / self.limit if self.limit else 0.0

    @property
    def evicts(self) -> bool:
        """Whether a full server would evict keys."""
        return self.limit > 0 and self.policy != NO_EVICTION


class StoreMemory:
    """Memory of the stores by name; of a Cluster, the memory of the node that evicts or is fullest.

    A store that refuses `INFO` (managed ones may) counts as neither full nor evicting.
    """

    def __init__(self, **stores: Redis) -> None:
        self._stores = stores
        self._known: dict[str, Memory] = {}
        self._unreadable: set[str] = set()

    def check(self) -> None:
        """Raises `StoreFull` if a store was full at the last reading."""
        if any(memory.share >= FULL_SHARE for memory in self._known.values()):
            raise StoreFull

    async def run(self) -> None:
        """Reads for `check` until cancelled. An unreachable store keeps its last reading."""
        while True:
            self._known |= await self.read()
            await asyncio.sleep(READ_SECONDS)

    async def read(self) -> dict[str, Memory]:
        """Returns the memory of each store that answers within `READ_TIMEOUT`."""
        found = await asyncio.gather(*(self._read(name, store) for name, store in self._stores.items()))
        return {name: memory for name, memory in zip(self._stores, found, strict=True) if memory}

    async def latest(self) -> dict[str, Memory]:
        """Returns what `read` does, with the last reading of a store that does not answer."""
        return self._known | await self.read()

    async def _read(self, name: str, store: Redis) -> Memory | None:
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                found = [Memory.of(await server.info("memory")) for server in await servers_of(store)]
            return max(found, key=lambda memory: (memory.evicts, memory.share))
        except (ConnectionError, TimeoutError, OSError):
            return None
        except (RedisError, ValueError) as error:
            self._known.pop(name, None)
            if name not in self._unreadable:
                self._unreadable.add(name)
                logger.warning("store_memory_unknown", store=name, error=note(error))
            return None


async def servers_of(store: Redis) -> list[Redis]:
    """Returns clients of all primaries of the store."""
    if not isinstance(store, Cluster):
        return [store]
    if store.nodes.is_doubtful:
        await store.nodes.read()
    return [store.nodes.client(host) for host in store.nodes.primaries]


async def evicting(settings: Settings) -> str | None:
    """Returns why a process must not start: a store would evict keys. None if no store does, or none answers.

    The readiness probe checks a store that is unreachable now, once it is reachable.
    """
    names = {settings.queue_url: "QUEUE_REDIS_URL", settings.data_url: "REDIS_URL"}
    policies = await asyncio.gather(*map(_evicting_policy, names))
    for name, policy in zip(names.values(), policies, strict=True):
        if policy:
            return (
                f"The store of {name} has a maxmemory and maxmemory-policy {policy}: once it is full it would evict "
                f"conversations and jobs. Set its maxmemory-policy to {NO_EVICTION}, and start again.\n"
            )
    return None


async def _evicting_policy(url: str) -> str | None:
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(START_SECONDS), connect(url) as store:
            memory = (await StoreMemory(store=store).read()).get("store")
            return memory.policy if memory and memory.evicts else None
    return None
