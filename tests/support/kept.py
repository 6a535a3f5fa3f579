"""Reads what the store contains for a session, for comparison before and after a step."""

from typing import Any

from redis.asyncio import Redis

from chat import keys
from tests.support.keyspace import names


async def kept_of(store: Redis, queue: Redis, user_id: str, session_id: str) -> dict[str, Any]:
    """All keys of the session and its user with their values, the session's jobs, and the number of sessions."""
    mine = await names(store, match=f"*{session_id}*")
    sessions = await names(store, match="chat:*:session")
    found = {name: await _value(store, name) for name in sorted([*mine, keys.user_sessions(user_id)])}
    queued = [job for job in await queue.zrange(keys.QUEUE, 0, -1) if job.startswith(session_id)]
    return {**found, "queued": queued, "sessions": len(sessions)}


async def _value(store: Redis, name: str) -> Any:
    match await store.type(name):
        case "hash":
            return await store.execute_command("HGETALL", name)
        case "list":
            return await store.execute_command("LRANGE", name, 0, -1)
        case "zset":
            return await store.zrange(name, 0, -1, withscores=True)
        case "stream":
            return await store.xrange(name)
        case "string":
            return await store.get(name)
        case _:
            return None
