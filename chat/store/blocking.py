"""A blocking client of one server, for code that runs before the event loop."""

from redis import AuthenticationError, ConnectionError, Redis, RedisError

__all__ = ["AuthenticationError", "ConnectionError", "Redis", "RedisError", "connect"]

SECONDS = 3


def connect(url: str) -> Redis:
    """Makes a client that connects at the first command. Connecting and each answer may take `SECONDS`."""
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
