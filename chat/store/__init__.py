"""The Redis driver: clients of a store, whatever its address names, and the running of scripts.

No other package of the product imports redis.
"""

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from chat.store.clients import connect, connect_pubsub, pool
from chat.store.script import Call, Script, ScriptCall, run_batch

__all__ = [
    "Call",
    "Redis",
    "RedisError",
    "ResponseError",
    "Script",
    "ScriptCall",
    "connect",
    "connect_pubsub",
    "pool",
    "run_batch",
]
