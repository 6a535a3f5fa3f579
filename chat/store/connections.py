"""redis-py's connections, mended in some ways, and such as look up where to connect.

A task that is cancelled while it sends a command really ends: redis-py 5 sends inside `asyncio.wait_for`, which before
Python 3.12 swallows a cancellation that comes just as the sending is done (CPython issue 86296). A worker that is
asked to stop would go on, a time limit would not end a turn.

What has been received already is had at once: redis-py gives each answer, and each message, through a timer and
several coroutines, which cost many times the answer itself. Commands are packed by hiredis, which redis-py's asyncio
side leaves unused.
"""

import asyncio
import builtins
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import hiredis
from redis._parsers.hiredis import NOT_ENOUGH_DATA, _AsyncHiredisParser
from redis.asyncio.client import PubSub
from redis.asyncio.cluster import ClusterParser
from redis.asyncio.connection import AbstractConnection, Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import ConnectionError, ReadOnlyError, ResponseError, TimeoutError
from redis.utils import str_if_bytes


class BufferedParser(_AsyncHiredisParser):
    """Gives what has been received, without waiting. It knows a Cluster's redirections, too."""

    EXCEPTION_CLASSES = ClusterParser.EXCEPTION_CLASSES
    _reader: Any  # hiredis' own, once connected
    _stream: Any  # asyncio's

    def next(self, disable_decoding: bool = False) -> Any:
        """The next answer, or `NOT_ENOUGH_DATA`."""
        return self._reader.gets(False) if disable_decoding else self._reader.gets()

    async def can_read_destructive(self) -> bool:
        """Whether something is there that nobody asked for; asked before each command. redis-py waits for it in vain.

        Raises `redis.ConnectionError` where the server has hung up.
        """
        if not self._connected or self._stream.at_eof() or self._stream.exception():
            raise ConnectionError("Connection closed by server.")
        return self.next() is not NOT_ENOUGH_DATA or bool(self._stream._buffer)


class _Prompt(AbstractConnection):
    was_silent = False
    """Whether the other end did not answer in time. Reset by the pool, which takes it as a warning."""

    async def connect(self) -> None:
        """Raises `redis.TimeoutError` after `socket_connect_timeout` seconds, however often it was tried in them."""
        if self.is_connected:
            return
        try:
            async with asyncio.timeout(self.socket_connect_timeout):
                await super().connect()  # type: ignore[no-untyped-call]  # redis-py annotates none of it
        except (builtins.TimeoutError, TimeoutError):
            self.was_silent = True
            await self.disconnect(nowait=True)
            raise TimeoutError("Timeout connecting to server") from None

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        seconds, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(seconds):
                await super().send_packed_command(command, check_health)
        except builtins.TimeoutError:
            self.was_silent = True
            raise TimeoutError("Timeout writing to socket") from None
        finally:
            self.socket_timeout = seconds

    async def read_response(self, disable_decoding: bool = False, *args: Any, **options: Any) -> Any:
        if self.is_connected and isinstance(self._parser, BufferedParser):
            answer = self._parser.next(disable_decoding)
            if isinstance(answer, ConnectionError):  # the server is loading, say
                await self.disconnect(nowait=True)
            if isinstance(answer, ResponseError | ConnectionError):
                raise answer
            if answer is not NOT_ENOUGH_DATA:
                return answer
        try:
            return await super().read_response(disable_decoding, *args, **options)
        except TimeoutError:
            self.was_silent = True
            raise

    def pack_command(self, *args: Any) -> list[bytes]:
        return [_packed(args)]

    def pack_commands(self, commands: Iterable[Iterable[Any]]) -> list[bytes]:
        return [b"".join(map(_packed, commands))]


def _packed(args: Iterable[Any]) -> bytes:
    """A command of several words, such as "CONFIG GET", is sent as so many arguments."""
    words = tuple(args)
    if " " in words[0]:
        words = (*words[0].split(), *words[1:])
    packed: bytes = hiredis.pack_command(words)
    return packed


class FastConnection(_Prompt, Connection):
    """Over TCP."""


class PromptSSLConnection(_Prompt, SSLConnection):
    """Over TLS."""


class PromptUnixConnection(_Prompt, UnixDomainSocketConnection):
    """Over a Unix socket."""


FAST: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: FastConnection,
    SSLConnection: PromptSSLConnection,
    UnixDomainSocketConnection: PromptUnixConnection,
}


AddressResolver = Callable[[], Awaitable[tuple[str, int]]]
"""Tells the host and the port to connect to. Raises `redis.ConnectionError` where there is none just now."""


class ResolvedConnection(Connection):
    """Asks where to connect whenever it does."""

    def __init__(self, *, locate: AddressResolver, **options: Any) -> None:
        super().__init__(**options)
        self._locate = locate

    async def _connect(self) -> None:
        self.host, self.port = await self._locate()
        await super()._connect()  # type: ignore[no-untyped-call]  # redis-py annotates none of it


class LocatedConnection(ResolvedConnection, Connection):
    """Over TCP."""


class LocatedSSLConnection(ResolvedConnection, SSLConnection):
    """Over TLS."""


class PrimaryConnection(ResolvedConnection):
    """Stays with a server only as long as that is the primary: nobody else's answers are good."""

    async def on_connect(self) -> None:
        await super().on_connect()
        await self.send_command("ROLE", check_health=False)
        if str_if_bytes((await self.read_response())[0]) != "master":
            raise ConnectionError("This server is not the primary any more")

    async def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*args, **options)
        except ResponseError as error:
            if not isinstance(error, ReadOnlyError) and not str(error).startswith("NOREPLICAS"):
                raise
            await self.disconnect(nowait=True)
            raise ConnectionError("This server must not be written to: there may be another primary") from error


class LedConnection(PrimaryConnection, Connection):
    """Over TCP."""


class LedSSLConnection(PrimaryConnection, SSLConnection):
    """Over TLS."""


class PromptLedConnection(PrimaryConnection, FastConnection):
    """Over TCP."""


class PromptLedSSLConnection(PrimaryConnection, PromptSSLConnection):
    """Over TLS."""


RESOLVED: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: LocatedConnection,
    SSLConnection: LocatedSSLConnection,
}
PRIMARY: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: LedConnection,
    SSLConnection: LedSSLConnection,
    FastConnection: PromptLedConnection,
    PromptSSLConnection: PromptLedSSLConnection,
}


def received(pubsub: PubSub) -> Iterator[Any]:
    """What came with the last message, as the server sent it: `["message", channel, data]`, …"""
    parser = getattr(pubsub.connection, "_parser", None)
    if isinstance(parser, BufferedParser):
        yield from iter(parser.next, NOT_ENOUGH_DATA)
