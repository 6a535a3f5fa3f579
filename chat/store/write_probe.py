"""Checks whether a store accepts writes."""

from itertools import count

from redis.asyncio import Redis
from redis.crc import key_slot

from chat import keys
from chat.store.cluster import Cluster
from chat.store.nodes import Nodes
from chat.store.topology import Host

KEPT_MS = 10_000


async def probe_writes(store: Redis) -> bool:
    """Writes a small key, on a Cluster to each primary. Raises `redis.RedisError` where a write fails."""
    numbers = [0]
    if isinstance(store, Cluster):
        await store.ping()  # reads the slot map
        numbers = _one_per_primary(store.nodes)
    async with store.pipeline(transaction=False) as pipe:
        for number in numbers:
            pipe.set(keys.write_probe(number), 1, px=KEPT_MS)
        return all(await pipe.execute())


def _one_per_primary(nodes: Nodes) -> list[int]:
    found: dict[Host, int] = {}
    for number in count():
        found.setdefault(nodes.owner(key_slot(keys.write_probe(number).encode())), number)
        if len(found) == len(nodes.primaries):
            return list(found.values())
    raise AssertionError("every primary has slots")
