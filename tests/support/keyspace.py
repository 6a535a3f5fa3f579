"""Lists and removes all keys of a store, on every node of a Cluster."""

from redis.asyncio import Redis

from chat.store.cluster import Cluster

SCAN_COUNT = 100_000
"""Of one request: all keys, since each request costs more than the rest of the scan."""


async def names(*stores: Redis, match: str = "*") -> set[str]:
    """The keys of these stores; for a Cluster, of all its primaries."""
    return {
        name
        for store in stores
        for node in await _servers(store)
        async for name in node.scan_iter(match=match, count=SCAN_COUNT)
    }


async def empty(store: Redis) -> None:
    """Remove every key of the store's database."""
    for node in await _servers(store):
        await node.flushdb()


async def _servers(store: Redis) -> list[Redis]:
    if not isinstance(store, Cluster):
        return [store]
    await store.ping()  # loads the list of nodes
    return [store.nodes.client(host) for host in store.nodes.primaries]
