"""Connections to Redis, and the scripts that run there."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, TimeoutError

from chat.connections import PROMPT
from chat.scripts import source

CONNECT_SECONDS = 3
ANSWER_SECONDS = 10


def pool(url: str, *, text: bool = True) -> ConnectionPool:
    """A connection pool that rides over a short outage: each command is tried for about two seconds.

    A command whose answer was lost is sent again, so every script here bears being run twice.
    """
    made = ConnectionPool.from_url(
        url,
        decode_responses=text,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.02), 6),
        retry_on_error=[ConnectionError, TimeoutError, OSError],
    )
    made.connection_class = PROMPT[made.connection_class]
    return made


def connect(url: str) -> Redis:
    """A client for commands, answering in text."""
    return Redis.from_pool(pool(url))


def connect_pubsub(url: str) -> Redis:
    """A client for subscriptions. It never reconnects by itself: whoever listens must know of a loss."""
    plain = ConnectionPool.from_url(url, decode_responses=True, socket_connect_timeout=CONNECT_SECONDS)
    return Redis.from_pool(plain)


class Script:
    """One of the atomic steps, bound to a client."""

    def __init__(self, store: Redis, name: str) -> None:
        self._run = store.register_script(source(name))

    async def __call__(self, keys: Sequence[str], *args: str | int | float) -> Any:
        """The script's answer; raises `redis.RedisError` where the store cannot be reached."""
        return await self._run(keys=list(keys), args=list(args))
