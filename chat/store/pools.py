"""A connection pool that opens a few connections at a time and holds no lock meanwhile."""

import asyncio
import builtins
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import TimeoutError

OPENED_AT_ONCE = 32
"""How many connections one pool opens at a time.

If each of 1,500 simultaneous commands opened a connection of its own, a busy machine could complete none of them in
time, and each retry would begin at the start.
"""


class Pool(ConnectionPool):
    """Connects without a lock: redis-py's pool holds one, so all commands would wait for an unresponsive server.

    After a timeout on one connection it closes the idle ones: if the network dropped one connection, it probably
    dropped all, and the next command on each would have to wait for its own timeout.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._permissions = asyncio.Semaphore(OPENED_AT_ONCE)

    async def get_connection(self, *args: Any, **options: Any) -> AbstractConnection:
        """Returns a connected connection. Raises `redis.RedisError` if the server is unreachable."""
        if self._has_open():
            return await self._take()
        async with self._permission_to_connect():
            return await self._take()

    def _has_open(self) -> bool:
        return bool(self._available_connections) and self._available_connections[-1].is_connected

    @asynccontextmanager
    async def _permission_to_connect(self) -> AsyncIterator[None]:
        """Waits for one of the permissions. Raises `redis.TimeoutError` after the time that connecting may take."""
        try:
            async with asyncio.timeout(self.connection_kwargs["socket_connect_timeout"]):
                await self._permissions.acquire()
        except builtins.TimeoutError:
            raise TimeoutError("Timeout waiting to connect: too many connections are being opened") from None
        try:
            yield
        finally:
            self._permissions.release()

    async def _take(self) -> AbstractConnection:
        """Takes an idle connection, which may have been released meanwhile, or opens a new one."""
        connection: AbstractConnection = self.get_available_connection()  # type: ignore[no-untyped-call]  # redis-py annotates none of it
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Returns a connection to the pool, without redis-py's event for renewed credentials, which is not used."""
        self._in_use_connections.remove(connection)
        self._available_connections.append(connection)
        if getattr(connection, "was_silent", False):
            connection.was_silent = False  # type: ignore[attr-defined]  # defined in `chat.store.connections`
            await self.drop_idle()

    async def drop_idle(self) -> None:
        """Closes all idle connections without waiting for the server."""
        for connection in tuple(self._available_connections):
            await connection.disconnect(nowait=True)
