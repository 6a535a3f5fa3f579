"""Connections to Redis, and the scripts that run there."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError, NoScriptError

from chat.connections import PROMPT, EagerParser
from chat.scripts import source

CONNECT_SECONDS = 3
ANSWER_SECONDS = 5
RETRIED: Any = (ConnectionError, OSError)
"""A refused connection is still an `OSError` where redis-py tries again; its annotation knows only its own errors."""


def pool(url: str, *, text: bool = True) -> ConnectionPool:
    """A connection pool that rides over a short outage.

    While connections are refused a command is tried for one to four seconds; an answer is waited for
    `ANSWER_SECONDS`. A command whose connection broke is sent again, so every script here bears being run twice.
    """
    made = ConnectionPool.from_url(
        url,
        decode_responses=text,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.4, base=0.1), 3, supported_errors=RETRIED),
        retry_on_error=[ConnectionError],
        parser_class=EagerParser,
    )
    made.connection_class = PROMPT[made.connection_class]
    return made


def connect(url: str) -> Redis:
    """A client for commands, answering in text."""
    return Redis.from_pool(pool(url))


def connect_pubsub(url: str) -> Redis:
    """A client for subscriptions. It never reconnects by itself: whoever listens must know of a loss."""
    plain = ConnectionPool.from_url(
        url,
        decode_responses=True,
        encoding_errors="replace",  # whatever anybody publishes, it must not end the listening
        parser_class=EagerParser,
        socket_connect_timeout=CONNECT_SECONDS,
    )
    return Redis.from_pool(plain)


Argument = str | bytes | int | float
Call = tuple[Sequence[str], Sequence[Argument]]
"""A script's keys and arguments."""


class Script:
    """One of the atomic steps, bound to a client."""

    def __init__(self, store: Redis, name: str) -> None:
        self._store = store
        self._run = store.register_script(source(name))

    async def __call__(self, keys: Sequence[str], *args: Argument) -> Any:
        """The script's answer; raises `redis.RedisError` where the store cannot be reached."""
        return await self._run(keys=list(keys), args=list(args))

    async def each(self, calls: Sequence[Call]) -> list[Any]:
        """The answers to many calls, in one round trip; a call that the store refused is answered by its error.

        Raises `redis.RedisError` where the store cannot be reached.
        """
        answers = await self._send(calls)
        if any(isinstance(answer, NoScriptError) for answer in answers):
            await self._store.script_load(self._run.script)
            answers = await self._send(calls)
        return answers

    async def _send(self, calls: Sequence[Call]) -> list[Any]:
        async with self._store.pipeline(transaction=False) as pipe:
            for keys, args in calls:
                pipe.execute_command("EVALSHA", self._run.sha, len(keys), *keys, *args)
            return list(await pipe.execute(raise_on_error=False))
