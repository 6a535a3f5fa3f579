"""The Redis driver: makes clients for every kind of address, and runs scripts.

Only this package imports redis.
"""

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from chat.store.clients import connect, connect_pubsub, pool
from chat.store.script import Call, Script, ScriptCall, is_cluster, raise_errors, run_batch, run_in_order

__all__ = [
    "Call",
    "Redis",
    "RedisError",
    "ResponseError",
    "Script",
    "ScriptCall",
    "connect",
    "connect_pubsub",
    "is_cluster",
    "pool",
    "raise_errors",
    "run_batch",
    "run_in_order",
]
