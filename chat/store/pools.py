"""A pool of connections in which none waits for another's trouble."""

from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection


class Pool(ConnectionPool):
    """Connects without a lock: redis-py's own holds one meanwhile, so commands queue behind a server that is silent.

    Once one connection was silent for too long those that lie idle are closed: a network that swallowed one has
    swallowed them all, and each would cost its next command as long to find out.
    """

    async def get_connection(self, *args: Any, **options: Any) -> AbstractConnection:
        """One that is ready. Raises `redis.RedisError` where there is no server to be had."""
        connection: AbstractConnection = self.get_available_connection()  # type: ignore[no-untyped-call]  # redis-py annotates none of it
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Without redis-py's event for credentials that are renewed, which nobody here listens to."""
        self._in_use_connections.remove(connection)
        self._available_connections.append(connection)
        if getattr(connection, "was_silent", False):
            connection.was_silent = False  # type: ignore[attr-defined]  # ours, see `chat.store.connections`
            await self.drop_idle()

    async def drop_idle(self) -> None:
        """Close what lies idle, without waiting for the other end."""
        for connection in tuple(self._available_connections):
            await connection.disconnect(nowait=True)
