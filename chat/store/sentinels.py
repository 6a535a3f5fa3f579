"""The primary, as the sentinels know it."""

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.sentinel import Sentinel

from chat.store.pools import Pool
from chat.store.topology import Host, Topology

ANSWER_SECONDS = 1.0
"""How long one sentinel is waited for before the next is asked."""


class Primary:
    """Calling it tells where the primary is; raises `redis.ConnectionError` while no sentinel knows one.

    Connections ask whenever they connect. Once the primary is another one, those that lie idle in the `pool` are
    closed: the server at their other end may not know yet that it is replaced.
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
        self._hosts = (*self._hosts[1:], self._hosts[0])  # should there be no time for the others, it begins with them
        try:
            found: Host = await sentinels.discover_master(self._service)
            self._hosts = tuple(_host_of(each) for each in sentinels.sentinels)  # the one that answered is first now
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
    """Sentinels are spoken to as the servers are."""
    if not topology.is_tls:
        return {}
    options = ConnectionPool.from_url(topology.url(topology.hosts[0])).connection_kwargs
    return {"ssl": True, **{name: value for name, value in options.items() if name.startswith("ssl_")}}
