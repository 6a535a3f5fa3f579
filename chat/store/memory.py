"""How full the stores are, and whether they would forget what they hold."""

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
from chat.store.errors import code_of

FULL_SHARE = 0.8
"""Beyond this share of `maxmemory` nothing new is stored, so that the running replies can end."""

PATIENCE_SECONDS = 1.5
READ_SECONDS = 1.0
START_SECONDS = 3.0
"""How long a process that starts waits for a store to tell its policy."""

KEEPS_EVERYTHING = "noeviction"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Memory:
    """Of one server, in bytes; `limit` is its `maxmemory`, 0 = none."""

    used: int
    limit: int
    policy: str

    @classmethod
    def of(cls, info: Mapping[str, Any]) -> "Memory":
        """From `INFO memory`; a managed store may leave fields out. Without what Redis itself does not count."""
        used = int(info.get("used_memory", 0)) - int(info.get("mem_not_counted_for_evict", 0))
        return cls(used, int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", KEEPS_EVERYTHING)))

    @property
    def share(self) -> float:
        """How much of the limit is used; 0 without a limit."""
        return self.used / self.limit if self.limit else 0.0

    @property
    def evicts(self) -> bool:
        """Whether it would forget conversations to make room."""
        return self.limit > 0 and self.policy != KEEPS_EVERYTHING


class StoreMemory:
    """Of the stores by name; of a Cluster, of the node that is fullest or evicts.

    A store that does not tell (managed ones may refuse `INFO`) counts as neither full nor evicting.
    """

    def __init__(self, **stores: Redis) -> None:
        self._stores = stores
        self._known: dict[str, Memory] = {}
        self._silent: set[str] = set()

    def check(self) -> None:
        """Raises `StoreFull` where something new would not fit, as far as is known."""
        if any(memory.share >= FULL_SHARE for memory in self._known.values()):
            raise StoreFull

    async def run(self) -> None:
        """Keep what `check` knows up to date, until cancelled; what is out of reach stays as it was known last."""
        while True:
            self._known |= await self.read()
            await asyncio.sleep(READ_SECONDS)

    async def read(self) -> dict[str, Memory]:
        """Of each store that is there within `PATIENCE_SECONDS` and tells."""
        found = await asyncio.gather(*(self._read(name, store) for name, store in self._stores.items()))
        return {name: memory for name, memory in zip(self._stores, found, strict=True) if memory}

    async def latest(self) -> dict[str, Memory]:
        """As `read`; of a store that does not answer, what was known last."""
        return self._known | await self.read()

    async def _read(self, name: str, store: Redis) -> Memory | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = [Memory.of(await server.info("memory")) for server in await servers_of(store)]
            return max(found, key=lambda memory: (memory.evicts, memory.share))
        except (ConnectionError, TimeoutError, OSError):
            return None
        except (RedisError, ValueError) as error:
            self._known.pop(name, None)
            if name not in self._silent:
                self._silent.add(name)
                logger.warning("store_memory_unknown", store=name, error=code_of(error))
            return None


async def servers_of(store: Redis) -> list[Redis]:
    """Clients of all servers that keep a part of the store."""
    if not isinstance(store, Cluster):
        return [store]
    if store.nodes.is_doubtful:
        await store.nodes.read()
    return [store.nodes.client(host) for host in store.nodes.primaries]


async def evicting(settings: Settings) -> str | None:
    """Why a process must not start: a store would forget conversations. None where none would, or none tells.

    Readiness looks at what is out of reach now, once it is there.
    """
    names = {settings.queue_url: "QUEUE_REDIS_URL", settings.data_url: "REDIS_URL"}
    policies = await asyncio.gather(*map(_evicting_policy, names))
    for name, policy in zip(names.values(), policies, strict=True):
        if policy:
            return (
                f"The store of {name} has a maxmemory and maxmemory-policy {policy}: once it is full it would forget "
                f"conversations and jobs. Set its maxmemory-policy to {KEEPS_EVERYTHING}, and start again.\n"
            )
    return None


async def _evicting_policy(url: str) -> str | None:
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(START_SECONDS), connect(url) as store:
            memory = (await StoreMemory(store=store).read()).get("store")
            return memory.policy if memory and memory.evicts else None
    return None
