"""redis-py's connections, mended in two ways.

A task that is cancelled while it sends a command really ends:

redis-py 5 sends inside `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes just as the
sending is done (CPython issue 86296). A worker that is asked to stop would go on, a time limit would not end a turn.

What a subscriber has already received can be had at once: redis-py gives one message at a time, each through several
coroutines and a timer, which costs many times the message itself.
"""

import asyncio
import builtins
from collections.abc import Iterable, Iterator
from typing import Any

from redis._parsers.hiredis import NOT_ENOUGH_DATA, _AsyncHiredisParser
from redis.asyncio.client import PubSub
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import TimeoutError


class _Prompt(AbstractConnection):
    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        seconds, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(seconds):
                await super().send_packed_command(command, check_health)
        except builtins.TimeoutError:
            raise TimeoutError("Timeout writing to socket") from None
        finally:
            self.socket_timeout = seconds


class PromptConnection(_Prompt, Connection):
    """Over TCP."""


class PromptSSLConnection(_Prompt, SSLConnection):
    """Over TLS."""


class PromptUnixConnection(_Prompt, UnixDomainSocketConnection):
    """Over a Unix socket."""


PROMPT: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: PromptConnection,
    SSLConnection: PromptSSLConnection,
    UnixDomainSocketConnection: PromptUnixConnection,
}


class EagerParser(_AsyncHiredisParser):
    """For a subscriber's connection: gives what has been received, without waiting."""

    _reader: Any  # hiredis' own, once connected

    def received(self) -> Iterator[Any]:
        while (response := self._reader.gets()) is not NOT_ENOUGH_DATA:
            yield response


def received(pubsub: PubSub) -> Iterator[Any]:
    """What came with the last message, as the server sent it: `["message", channel, data]`, …"""
    parser = getattr(pubsub.connection, "_parser", None)
    return parser.received() if isinstance(parser, EagerParser) else iter(())
