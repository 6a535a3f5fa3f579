"""Numbered databases of the store that all tests share: a Valkey, or a Cluster and a Valkey for its queues."""

from itertools import count

from redis.asyncio import Redis

from chat.store import clients

DATABASES = 200
STACK, STORE = 0, 1
"""The databases of the shared stack, and of the fixture `store`, which empties it before each test."""

_numbers = count(STORE + 1)
_queues: dict[str, str] = {}


def database(redis_url: str) -> str:
    """The URL of a database that no other test uses."""
    return numbered(redis_url, next(_numbers))


def numbered(redis_url: str, number: int) -> str:
    return f"{redis_url.rpartition('/')[0]}/{number}"


def note_queue(cluster_url: str, queue_url: str) -> None:
    """Record that the queue of each database of the Cluster is in the same database at `queue_url`."""
    _queues[numbered(cluster_url, 0)] = queue_url


def queue_of(redis_url: str) -> str:
    """The URL of the queue that belongs to a store's database: the same URL, unless the store is a Cluster."""
    if queue_url := _queues.get(numbered(redis_url, 0)):
        return numbered(queue_url, int(redis_url.rpartition("/")[2]))
    return redis_url


def client_of(redis_url: str) -> Redis:
    """A client that decodes answers, to inspect what is stored."""
    if redis_url.startswith("redis+"):
        return clients.connect(redis_url)
    plain: Redis = Redis.from_url(redis_url, decode_responses=True)
    return plain
