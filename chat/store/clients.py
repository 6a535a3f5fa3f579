"""Makes clients of a store: one server, a primary behind Sentinel, or a Cluster."""

import socket
from collections.abc import Awaitable, Callable
from typing import Any

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import AbstractBackoff, ExponentialBackoff, NoBackoff
from redis.exceptions import AuthenticationError, ConnectionError

from chat.store import topology
from chat.store.client import Client
from chat.store.cluster import Cluster
from chat.store.connections import FAST, PRIMARY, RESOLVED, AddressResolver, BufferedParser
from chat.store.nodes import Nodes
from chat.store.pools import Pool
from chat.store.sentinels import Primary
from chat.store.topology import Host, Topology

CONNECT_SECONDS = 3
ANSWER_SECONDS = 5
KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": ANSWER_SECONDS * 1000}
"""Socket options by which the system detects dead connections: idle ones (seconds, count), unacknowledged data (ms)."""

RETRIED: Any = (ConnectionError, OSError)
"""With `OSError`, because a refused connection is still one when redis-py retries; its annotation lacks that type."""


def connect(url: str) -> Redis:
    """Makes a client for commands that returns text; for a Cluster, one for all its nodes. `topology` parses `url`."""
    where = topology.parse(url)
    if where.kind != "cluster":
        return Client.from_pool(pool(url))
    nodes = _nodes(where)
    return Cluster(nodes, nodes.client(where.hosts[0]))


def pool(url: str, *, text: bool = True) -> Pool:
    """Makes a pool of connections to one server or to the primary behind Sentinel. It survives a short outage.

    While connections are refused, a command is retried for one to four seconds. A timeout is not retried: all tries to
    connect take at most `CONNECT_SECONDS` together, waiting for other connections to open at most as long before, and
    an answer at most `ANSWER_SECONDS`. A command whose connection broke is sent again, so every script must bear being
    run twice.
    """
    where = topology.parse(url)
    if where.kind == "server":
        return _pool(url, ExponentialBackoff(cap=0.4, base=0.1), 3, text=text)
    primary = Primary(where)
    primary.pool = made = _pool(where.url(where.hosts[0]), ExponentialBackoff(cap=0.4, base=0.1), 3, text=text)
    _set_resolver(made, PRIMARY, primary)
    return made


def connect_pubsub(url: str) -> Redis:
    """Makes a client for subscriptions. It never reconnects on its own, because its caller must notice each loss.

    On a Cluster each new connection goes to a random node, because each node receives the messages of all nodes.
    """
    where = topology.parse(url)
    plain = ConnectionPool.from_url(
        where.url(where.hosts[0]) if where.hosts else url,
        decode_responses=True,
        encoding_errors="replace",  # a message that is not UTF-8 must not break the subscription
        parser_class=BufferedParser,
        socket_connect_timeout=CONNECT_SECONDS,
    )
    if where.kind == "sentinel":
        _set_resolver(plain, PRIMARY, Primary(where))
    elif where.kind == "cluster":
        _set_resolver(plain, RESOLVED, _AnyNode(where))
    return Redis.from_pool(plain)


class Retries(Retry):
    """Repeats what a lost connection broke, but not what the server refused: a wrong password stays wrong."""

    async def call_with_retry(self, do: Callable[[], Awaitable[Any]], fail: Callable[[Any], Awaitable[Any]]) -> Any:
        async def fail_for_good(error: Any) -> None:
            await fail(error)
            if isinstance(error, AuthenticationError):
                raise error

        return await super().call_with_retry(do, fail_for_good)


def _pool(url: str, pause: AbstractBackoff, tries: int, *, text: bool = True) -> Pool:
    made = Pool.from_url(
        url,
        decode_responses=text,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retries(pause, tries, supported_errors=RETRIED),
        retry_on_error=[ConnectionError],
        parser_class=BufferedParser,
    )
    if issubclass(made.connection_class, Connection):  # not a Unix socket
        made.connection_kwargs |= {"socket_keepalive": True, "socket_keepalive_options": _keepalive()}
    made.connection_class = FAST[made.connection_class]
    return made


def _keepalive() -> dict[int, int]:
    """Returns the options that this platform supports."""
    return {getattr(socket, name): value for name, value in KEEPALIVE.items() if hasattr(socket, name)}


def _set_resolver(made: ConnectionPool, kinds: dict[Any, Any], resolve: AddressResolver) -> None:
    made.connection_class = kinds[made.connection_class]
    made.connection_kwargs["resolve"] = resolve


def _nodes(where: Topology) -> Nodes:
    """Makes the nodes' clients. They retry a broken connection once only; `Cluster` decides about further tries."""
    return Nodes(where.hosts, lambda host: Client.from_pool(_pool(where.url(host), NoBackoff(), 1)))


class _AnyNode:
    """Resolves to a random primary of the Cluster. Raises `redis.ConnectionError` while no node answers."""

    def __init__(self, where: Topology) -> None:
        self._nodes = _nodes(where)

    async def __call__(self) -> Host:
        try:
            await self._nodes.read()
        finally:
            await self._nodes.aclose()
        return self._nodes.owner(None)
