"""A blocking client of one server, for what asks before an event loop runs."""

from redis import AuthenticationError, ConnectionError, Redis, RedisError

__all__ = ["AuthenticationError", "ConnectionError", "Redis", "RedisError", "connect"]

SECONDS = 3


def connect(url: str) -> Redis:
    """Connects at the first command, within `SECONDS`, and waits for each answer as long."""
    return Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
