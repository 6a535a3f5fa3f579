"""The slot map of a Cluster, and a client of each node."""

import asyncio
import random
from collections.abc import Callable, Sequence

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, ResponseError

from chat.store.topology import Host

SLOTS = 16_384
ANSWER_SECONDS = 1.0
"""Timeout of one node's answer; then the next node is asked for the slot map."""

FRESH_SECONDS = 0.1
"""Minimum age of the slot map before it is read again."""


class Nodes:
    """Reads the slot map from any node that answers, and updates it as nodes redirect commands."""

    def __init__(self, hosts: Sequence[Host], connect: Callable[[Host], Redis]) -> None:
        self._named = tuple(hosts)
        self._connect = connect
        self._clients: dict[Host, Redis] = {}
        self._owners: list[Host] = []
        self._all: set[Host] = set()
        self._read_lock = asyncio.Lock()
        self._read_at = float("-inf")
        self.is_doubtful = True

    def doubt(self) -> None:
        """Marks the slot map as possibly outdated, because a node did not answer."""
        self.is_doubtful = True

    @property
    def primaries(self) -> set[Host]:
        return set(self._owners)

    def client(self, host: Host) -> Redis:
        if host not in self._clients:
            self._clients[host] = self._connect(host)
        return self._clients[host]

    def owner(self, slot: int | None) -> Host:
        """Returns the primary of the slot; a random one for None."""
        return self._owners[random.randrange(SLOTS) if slot is None else slot]

    def move(self, slot: int, host: Host) -> None:
        """Sets the slot's primary, as a node's redirection names it."""
        self._owners[slot] = host

    async def read(self) -> None:
        """Reads the slot map. Raises `redis.RedisError` where no node returns a complete one."""
        async with self._read_lock:
            if asyncio.get_running_loop().time() - self._read_at < FRESH_SECONDS:
                return
            hosts = list({*self._named, *self._all})
            random.shuffle(hosts)
            last_error: Exception = ConnectionError("no node has an address")
            for host in hosts:
                try:
                    await self._read_from(host)
                except (RedisError, OSError, TimeoutError) as error:
                    last_error = error
                else:
                    self._read_at = asyncio.get_running_loop().time()
                    return
            if isinstance(last_error, AuthenticationError | ResponseError):
                raise last_error
            why = str(last_error) or type(last_error).__name__
            raise ConnectionError(f"No node of the Cluster returned a slot map: {why}")

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
            raise ConnectionError(f"{SLOTS - len(known)} of {SLOTS} slots have no node")
        self._owners, self._all, self.is_doubtful = known, found, False
        await self._close_clients(set(self._clients) - found)

    async def _close_clients(self, hosts: set[Host]) -> None:
        for host in hosts:
            await self._clients.pop(host).aclose()

    async def aclose(self) -> None:
        await self._close_clients(set(self._clients))
