"""redis-py's connections with fixes and a fast path, and connections that resolve their address when they connect.

Cancelling a task while it sends a command works: redis-py 5 sends inside `asyncio.wait_for`, which before Python 3.12
swallows a cancellation that arrives just as the sending completes (CPython issue 86296). Otherwise a worker would
ignore a stop, or a turn its time limit.

Replies that have been received already are returned at once: redis-py reads each reply and each message through a
timer and several coroutines, which cost many times the reply itself. Commands are packed by hiredis, which redis-py's
asyncio code does not use.
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
    """Returns replies that have been received already, without waiting. Parses a Cluster's redirections, too."""

    EXCEPTION_CLASSES = ClusterParser.EXCEPTION_CLASSES
    _reader: Any  # `hiredis.Reader`, once connected
    _stream: Any  # `asyncio.StreamReader`

    def next(self, disable_decoding: bool = False) -> Any:
        """Returns the next reply, or `NOT_ENOUGH_DATA`."""
        return self._reader.gets(False) if disable_decoding else self._reader.gets()

    async def can_read_destructive(self) -> bool:
        """Whether unexpected data has arrived; called before each command. redis-py's own waits for data each time.

        Raises `redis.ConnectionError` where the server has closed the connection.
        """
        if not self._connected or self._stream.at_eof() or self._stream.exception():
            raise ConnectionError("Connection closed by server.")
        return self.next() is not NOT_ENOUGH_DATA or bool(self._stream._buffer)


class _Fast(AbstractConnection):
    was_silent = False
    """Whether the server did not answer in time. The pool resets it and closes its idle connections."""

    async def connect(self) -> None:
        """Connects. Raises `redis.TimeoutError` if all tries together take longer than `socket_connect_timeout`."""
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
            if isinstance(answer, ConnectionError):  # for example, the server is loading its data
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
    """Packs a command. A name of several words, like "CONFIG GET", becomes several arguments."""
    words = tuple(args)
    if " " in words[0]:
        words = (*words[0].split(), *words[1:])
    packed: bytes = hiredis.pack_command(words)
    return packed


class FastConnection(_Fast, Connection):
    """Fast path over TCP."""


class PromptSSLConnection(_Fast, SSLConnection):
    """Fast path over TLS."""


class PromptUnixConnection(_Fast, UnixDomainSocketConnection):
    """Fast path over a Unix socket."""


FAST: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: FastConnection,
    SSLConnection: PromptSSLConnection,
    UnixDomainSocketConnection: PromptUnixConnection,
}


AddressResolver = Callable[[], Awaitable[tuple[str, int]]]
"""Returns the host and the port to connect to. Raises `redis.ConnectionError` while there is none."""


class ResolvedConnection(Connection):
    """A connection that resolves its address each time it connects."""

    def __init__(self, *, resolve: AddressResolver, **options: Any) -> None:
        super().__init__(**options)
        self._resolve = resolve

    async def _connect(self) -> None:
        self.host, self.port = await self._resolve()
        await super()._connect()  # type: ignore[no-untyped-call]  # redis-py annotates none of it


class LocatedConnection(ResolvedConnection, Connection):
    """Resolved address over TCP."""


class LocatedSSLConnection(ResolvedConnection, SSLConnection):
    """Resolved address over TLS."""


class PrimaryConnection(ResolvedConnection):
    """A connection to the primary. Breaks when the server is not the primary (any more) or refuses writes."""

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
    """Primary over TCP."""


class LedSSLConnection(PrimaryConnection, SSLConnection):
    """Primary over TLS."""


class PromptLedConnection(PrimaryConnection, FastConnection):
    """Primary over TCP, with the fast path."""


class PromptLedSSLConnection(PrimaryConnection, PromptSSLConnection):
    """Primary over TLS, with the fast path."""


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
    """Yields the messages received with the last one, as the server sent them: `["message", channel, data]`, …"""
    parser = getattr(pubsub.connection, "_parser", None)
    if isinstance(parser, BufferedParser):
        yield from iter(parser.next, NOT_ENOUGH_DATA)
