"""The job queue as the API sees it: put turns in, tell how long it is."""

from datetime import UTC, datetime

from arq.connections import ArqRedis

from chat import jobs, keys
from chat.settings import Settings
from chat.store import Script, pool


class Queue:
    def __init__(self, settings: Settings) -> None:
        self._redis = ArqRedis(
            pool_or_conn=pool(settings.queue_url, text=False),
            job_serializer=jobs.encode,
            job_deserializer=jobs.decode,
            default_queue_name=keys.QUEUE,
            expires_extra_ms=settings.running_ttl * 1000,
        )
        self._depth = Script(self._redis, "depth")
        self._workers = Script(self._redis, "workers")
        self._silence_ms = settings.silence_ms

    async def close(self) -> None:
        await self._redis.aclose(close_connection_pool=True)

    async def put(self, turn_id: str) -> None:
        """Queue the turn, unless it is queued, and wake an idle worker. Its place is by Redis' clock, not ours."""
        seconds, micros = await self._redis.time()
        now = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros // 1000 * 1000)  # arq rounds up
        await self._redis.enqueue_job(jobs.RUN_TURN, turn_id, _job_id=turn_id, _defer_until=now)
        await self._redis.publish(keys.WAKE, turn_id)

    async def depth(self) -> int:
        """Jobs that wait for a worker."""
        return int(await self._depth([keys.QUEUE]))

    async def position(self, turn_id: str) -> int | None:
        """How many jobs are ahead of this one; None where it is not queued."""
        rank = await self._redis.zrank(keys.QUEUE, turn_id)
        return None if rank is None else int(rank)

    async def workers(self) -> int:
        """Workers that were heard of lately."""
        return int(await self._workers([keys.WORKERS], self._silence_ms))
