"""Clients of the store, whatever its address names, and the scripts that run there."""

import socket
from typing import Any

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import AbstractBackoff, ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError

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
"""By which the system finds idle connections dead, in seconds; the last, of what was sent, in milliseconds."""

RETRIED: Any = (ConnectionError, OSError)
"""A refused connection is still an `OSError` where redis-py tries again; its annotation knows only its own errors."""


def connect(url: str) -> Redis:
    """A client for commands, answering in text; of a Cluster, for all its nodes. `topology` reads the address."""
    where = topology.parse(url)
    if where.kind != "cluster":
        return Client.from_pool(pool(url))
    nodes = _nodes(where)
    return Cluster(nodes, nodes.client(where.hosts[0]))


def pool(url: str, *, text: bool = True) -> Pool:
    """A pool of connections to one server, or to the primary that sentinels name. It rides over a short outage.

    While connections are refused a command is tried for one to four seconds. Silence is not asked twice: connecting
    takes `CONNECT_SECONDS` at the most, all its tries together, and an answer is waited for `ANSWER_SECONDS`. A
    command whose connection broke is sent again, so every script here bears being run twice.
    """
    where = topology.parse(url)
    if where.kind == "server":
        return _pool(url, ExponentialBackoff(cap=0.4, base=0.1), 3, text=text)
    primary = Primary(where)
    primary.pool = made = _pool(where.url(where.hosts[0]), ExponentialBackoff(cap=0.4, base=0.1), 3, text=text)
    _locating(made, PRIMARY, primary)
    return made


def connect_pubsub(url: str) -> Redis:
    """A client for subscriptions. It never reconnects by itself: whoever listens must know of a loss.

    On a Cluster each new connection goes to some node, since every node hears what is published at any.
    """
    where = topology.parse(url)
    plain = ConnectionPool.from_url(
        where.url(where.hosts[0]) if where.hosts else url,
        decode_responses=True,
        encoding_errors="replace",  # whatever anybody publishes, it must not end the listening
        parser_class=BufferedParser,
        socket_connect_timeout=CONNECT_SECONDS,
    )
    if where.kind == "sentinel":
        _locating(plain, PRIMARY, Primary(where))
    elif where.kind == "cluster":
        _locating(plain, RESOLVED, _SomeNode(where))
    return Redis.from_pool(plain)


def _pool(url: str, pause: AbstractBackoff, tries: int, *, text: bool = True) -> Pool:
    made = Pool.from_url(
        url,
        decode_responses=text,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(pause, tries, supported_errors=RETRIED),
        retry_on_error=[ConnectionError],
        parser_class=BufferedParser,
    )
    if issubclass(made.connection_class, Connection):  # not a Unix socket
        made.connection_kwargs |= {"socket_keepalive": True, "socket_keepalive_options": _keepalive()}
    made.connection_class = FAST[made.connection_class]
    return made


def _keepalive() -> dict[int, int]:
    """What of it this platform has."""
    return {getattr(socket, name): value for name, value in KEEPALIVE.items() if hasattr(socket, name)}


def _locating(made: ConnectionPool, kinds: dict[Any, Any], locate: AddressResolver) -> None:
    made.connection_class = kinds[made.connection_class]
    made.connection_kwargs["locate"] = locate


def _nodes(where: Topology) -> Nodes:
    """A broken connection to a node is replaced once; whether to go on is for who knows the others."""
    return Nodes(where.hosts, lambda host: Client.from_pool(_pool(where.url(host), NoBackoff(), 1)))


class _SomeNode:
    """Calling it tells a node that has slots; raises `redis.ConnectionError` while none answers."""

    def __init__(self, where: Topology) -> None:
        self._nodes = _nodes(where)

    async def __call__(self) -> Host:
        try:
            await self._nodes.read()
        finally:
            await self._nodes.aclose()
        return self._nodes.owner(None)
