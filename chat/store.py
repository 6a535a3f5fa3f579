"""Clients of the store, whatever its address names, and the scripts that run there."""

import hashlib
import socket
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import AbstractBackoff, ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError, NoScriptError

from chat import topology
from chat.client import Client
from chat.cluster import Cluster
from chat.connections import LED, LOCATED, PROMPT, EagerParser, Locate
from chat.nodes import Nodes
from chat.pools import Pool
from chat.scripts import source
from chat.sentinels import Primary
from chat.topology import Host, Topology

CONNECT_SECONDS = 3
ANSWER_SECONDS = 5
KEEPALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": ANSWER_SECONDS * 1000}
"""By which the system finds idle connections dead, in seconds; the last, of what was sent, in milliseconds."""

RETRIED: Any = (ConnectionError, OSError)
"""A refused connection is still an `OSError` where redis-py tries again; its annotation knows only its own errors."""


def connect(url: str) -> Redis:
    """A client for commands, answering in text; of a Cluster, for all its nodes. `chat.topology` reads the address."""
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
    _locating(made, LED, primary)
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
        parser_class=EagerParser,
        socket_connect_timeout=CONNECT_SECONDS,
    )
    if where.kind == "sentinel":
        _locating(plain, LED, Primary(where))
    elif where.kind == "cluster":
        _locating(plain, LOCATED, _SomeNode(where))
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
        parser_class=EagerParser,
    )
    if issubclass(made.connection_class, Connection):  # not a Unix socket
        made.connection_kwargs |= {"socket_keepalive": True, "socket_keepalive_options": _keepalive()}
    made.connection_class = PROMPT[made.connection_class]
    return made


def _keepalive() -> dict[int, int]:
    """What of it this platform has."""
    return {getattr(socket, name): value for name, value in KEEPALIVE.items() if hasattr(socket, name)}


def _locating(made: ConnectionPool, kinds: dict[Any, Any], locate: Locate) -> None:
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


Argument = str | bytes | int | float
Call = tuple[Sequence[str], Sequence[Argument]]
"""A script's keys and arguments."""


class Script:
    """One of the atomic steps, bound to a client. On a Cluster its keys are all of one slot."""

    def __init__(self, store: Redis, name: str) -> None:
        self._store = store
        self._source = source(name)
        self._sha = hashlib.sha1(self._source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], *args: Argument) -> Any:
        """The script's answer; raises `redis.RedisError` where the store cannot be reached."""
        try:
            return await self.run(self._store, keys, args)
        except NoScriptError:
            return await self.teach(self._store, keys, args)

    async def each(self, calls: Sequence[Call]) -> list[Any]:
        """The answers to many calls, as of `together`."""
        return await together(self._store, [(self, call) for call in calls])

    def run(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        return client.execute_command("EVALSHA", self._sha, len(keys), *keys, *args)

    def teach(self, client: Redis, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """From here on that server knows the script."""
        return client.execute_command("EVAL", self._source, len(keys), *keys, *args)


Step = tuple[Script, Call]


async def together(store: Redis, steps: Sequence[Step]) -> list[Any]:
    """The answers to all of these, in one round trip; a call that the store refused is answered by its error.

    Raises `redis.RedisError` where the store cannot be reached; on a Cluster, those calls alone are answered by
    it whose node cannot.
    """
    answers = await _send(store, Script.run, steps)
    unknown = [index for index, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        again = await _send(store, Script.teach, [steps[index] for index in unknown])
        for index, answer in zip(unknown, again, strict=True):
            answers[index] = answer
    return answers


async def _send(
    store: Redis, send: Callable[[Script, Redis, Sequence[str], Sequence[Argument]], Any], steps: Sequence[Step]
) -> list[Any]:
    async with store.pipeline(transaction=False) as pipe:
        for script, (keys, args) in steps:
            send(script, pipe, keys, args)
        return list(await pipe.execute(raise_on_error=False))
