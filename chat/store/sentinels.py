"""Finds the primary through sentinels."""

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.sentinel import Sentinel

from chat.store.pools import Pool
from chat.store.topology import Host, Topology

ANSWER_SECONDS = 1.0
"""Timeout of one sentinel; then the next one is asked."""


class Primary:
    """Resolves to the primary's address. Raises `redis.ConnectionError` while no sentinel knows a primary.

    Connections call it each time they connect. If the primary has changed, idle connections of `pool` are closed,
    because their server may not know yet that it was replaced.
    """

    def __init__(self, topology: Topology) -> None:
        self._hosts = topology.hosts
        self._service = topology.service
        self._options = {**topology.sentinel_login, **_tls(topology)}
        self._known: Host | None = None
        self.pool: Pool | None = None

    async def __call__(self) -> Host:
        sentinels = Sentinel(
            self._hosts,
            sentinel_kwargs={
                **self._options,
                "socket_timeout": ANSWER_SECONDS,
                "socket_connect_timeout": ANSWER_SECONDS,
            },
        )
        self._hosts = (*self._hosts[1:], self._hosts[0])  # if this call times out, the next one starts with another
        try:
            found: Host = await sentinels.discover_master(self._service)
            self._hosts = tuple(_host_of(each) for each in sentinels.sentinels)  # redis-py moved the answering one to 0
        finally:
            for each in sentinels.sentinels:
                await each.aclose()
        before, self._known = self._known, found
        if self.pool and before not in (None, found):
            await self.pool.drop_idle()
        return found


def _host_of(sentinel: Redis) -> Host:
    options = sentinel.connection_pool.connection_kwargs
    return options["host"], options["port"]


def _tls(topology: Topology) -> dict[str, object]:
    """Returns the servers' TLS options, which the sentinels share."""
    if not topology.is_tls:
        return {}
    options = ConnectionPool.from_url(topology.url(topology.hosts[0])).connection_kwargs
    return {"ssl": True, **{name: value for name, value in options.items() if name.startswith("ssl_")}}
