"""The nodes of a Cluster: which of them has which slot, and a client of each."""

import asyncio
import random
from collections.abc import Callable, Sequence

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, ResponseError

from chat.store.topology import Host

SLOTS = 16_384
ANSWER_SECONDS = 1.0
"""How long one node is waited for before another is asked which slots there are."""

FRESH_SECONDS = 0.1
"""A map as young as this is not read again."""


class Nodes:
    """The map comes from the Cluster itself, from whichever node answers, and is patched as nodes redirect."""

    def __init__(self, hosts: Sequence[Host], connect: Callable[[Host], Redis]) -> None:
        self._named = tuple(hosts)
        self._connect = connect
        self._clients: dict[Host, Redis] = {}
        self._owners: list[Host] = []
        self._all: set[Host] = set()
        self._one_reading = asyncio.Lock()
        self._read_at = float("-inf")
        self.is_doubtful = True

    def doubt(self) -> None:
        """A node was silent: the map may be old."""
        self.is_doubtful = True

    @property
    def primaries(self) -> set[Host]:
        return set(self._owners)

    def client(self, host: Host) -> Redis:
        if host not in self._clients:
            self._clients[host] = self._connect(host)
        return self._clients[host]

    def owner(self, slot: int | None) -> Host:
        """The primary that has the slot; any of them for none."""
        return self._owners[random.randrange(SLOTS) if slot is None else slot]

    def move(self, slot: int, host: Host) -> None:
        """A node told who has the slot now."""
        self._owners[slot] = host

    async def read(self) -> None:
        """Read the map anew. Raises `redis.RedisError` where no node can tell."""
        async with self._one_reading:
            if asyncio.get_running_loop().time() - self._read_at < FRESH_SECONDS:
                return
            hosts = list({*self._named, *self._all})
            random.shuffle(hosts)
            told: Exception = ConnectionError("no node has an address")
            for host in hosts:
                try:
                    await self._read_from(host)
                except (RedisError, OSError, TimeoutError) as error:
                    told = error
                else:
                    self._read_at = asyncio.get_running_loop().time()
                    return
            if isinstance(told, AuthenticationError | ResponseError):
                raise told
            why = str(told) or type(told).__name__
            raise ConnectionError(f"No node of the Cluster tells who has which slot: {why}")

    async def _read_from(self, host: Host) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            ranges = await self.client(host).execute_command("CLUSTER SLOTS")
        owners: list[Host | None] = [None] * SLOTS
        found: set[Host] = set()
        for first, last, *servers in ranges:
            hosts = [(name or host[0], port) for name, port, *_ in servers]
            owners[first : last + 1] = [hosts[0]] * (last + 1 - first)
            found.update(hosts)
        known = [owner for owner in owners if owner]
        if len(known) < SLOTS:
            raise ConnectionError(f"of {SLOTS} slots, {SLOTS - len(known)} have no node")
        self._owners, self._all, self.is_doubtful = known, found, False
        await self._let_go(set(self._clients) - found)

    async def _let_go(self, hosts: set[Host]) -> None:
        for host in hosts:
            await self._clients.pop(host).aclose()

    async def aclose(self) -> None:
        await self._let_go(set(self._clients))
