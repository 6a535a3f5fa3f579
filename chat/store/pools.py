"""A connection pool that does not hold its lock while connecting."""

from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection


class Pool(ConnectionPool):
    """Connects without a lock: redis-py's pool holds one, so all commands would wait for an unresponsive server.

    After a timeout on one connection it closes the idle ones: if the network dropped one connection, it probably
    dropped all, and the next command on each would have to wait for its own timeout.
    """

    async def get_connection(self, *args: Any, **options: Any) -> AbstractConnection:
        """Returns a connected connection. Raises `redis.RedisError` if the server is unreachable."""
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
