"""Databases of the one store that all tests share: a Valkey, or a Cluster with a Valkey beside it for the queues."""

from itertools import count

from redis.asyncio import Redis

from chat.store import clients

DATABASES = 200
STACK, STORE = 0, 1
"""The shared stack's, and the one that `store` empties before each test."""

_numbers = count(STORE + 1)
_queues: dict[str, str] = {}


def database(redis_url: str) -> str:
    """One that nobody else uses."""
    return numbered(redis_url, next(_numbers))


def numbered(redis_url: str, number: int) -> str:
    return f"{redis_url.rpartition('/')[0]}/{number}"


def note_queue(cluster_url: str, queue_url: str) -> None:
    """The queues of the Cluster's databases are in the same databases over there."""
    _queues[numbered(cluster_url, 0)] = queue_url


def queue_of(redis_url: str) -> str:
    """Where the queue is that belongs to the store's database: in the same one, if that may be."""
    if beside := _queues.get(numbered(redis_url, 0)):
        return numbered(beside, int(redis_url.rpartition("/")[2]))
    return redis_url


def client_of(redis_url: str) -> Redis:
    """For looking at what is stored."""
    if redis_url.startswith("redis+"):
        return clients.connect(redis_url)
    plain: Redis = Redis.from_url(redis_url, decode_responses=True)
    return plain
