"""The Redis driver: makes clients for every kind of address, and runs scripts.

Only this package imports redis.
"""

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from chat.store.calls import batch, batch_each, in_order, is_cluster, results, run
from chat.store.clients import connect, connect_pubsub, pool
from chat.store.script import Argument, Script, ScriptCall, fields_of, named

__all__ = [
    "Argument",
    "Redis",
    "RedisError",
    "ResponseError",
    "Script",
    "ScriptCall",
    "batch",
    "batch_each",
    "connect",
    "connect_pubsub",
    "fields_of",
    "in_order",
    "is_cluster",
    "named",
    "pool",
    "results",
    "run",
]
