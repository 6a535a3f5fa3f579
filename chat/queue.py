"""The job queue, as arq keeps it: put jobs in, tell how long it is and who works on it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from chat import jobs, keys
from chat.claims import SILENT_LEASES
from chat.settings import Settings
from chat.store import Redis, Script


@dataclass(frozen=True)
class Waiting:
    """`jobs` wait for a worker, the first of them for `seconds`."""

    jobs: int
    seconds: float


@dataclass(frozen=True)
class Workers:
    """`count` were heard of lately; the last heartbeat of the one most silent was `silent_seconds` ago."""

    count: int
    silent_seconds: float


class Queue:
    """Places and heartbeats go by Redis' clock, so hosts may disagree about the time."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._keep_ms = settings.running_ttl * 1000
        self._lease_ms = int(settings.lease_seconds * 1000)
        self._silence_ms = SILENT_LEASES * self._lease_ms
        self._enqueue = Script(redis, "enqueue")
        self._depth = Script(redis, "depth")
        self._drop = Script(redis, "drop")
        self._workers = Script(redis, "workers")
        self._holder = Script(redis, "holder")
        self._take = Script(redis, "take")
        self._finish = Script(redis, "finish")

    async def put(self, turn_id: str) -> None:
        """Queue the turn, unless it is queued, and wake an idle worker."""
        await self._put(turn_id, jobs.RUN_TURN, turn_id)

    async def put_title(self, session_id: str) -> None:
        """Queue the making of the session's title, unless it is queued."""
        await self._put(keys.title_job(session_id), jobs.MAKE_TITLE, session_id)

    async def _put(self, job_id: str, function: str, argument: str) -> None:
        job = jobs.encode(jobs.call(function, argument, time.time()))
        await self._enqueue([keys.QUEUE, keys.job(job_id)], job_id, job, self._keep_ms, keys.WAKE)

    async def has(self, turn_id: str) -> bool:
        """Whether a job of the turn waits or runs."""
        return await self.position(turn_id) is not None

    async def have(self, turn_ids: Sequence[str]) -> list[bool]:
        """The same of each of the turns, in one round trip."""
        scores = await self._redis.zmscore(keys.QUEUE, list(turn_ids))
        return [score is not None for score in scores]

    async def position(self, turn_id: str) -> int | None:
        """How many jobs are ahead of this one; None where it is not queued."""
        rank = await self._redis.zrank(keys.QUEUE, turn_id)
        return None if rank is None else int(rank)

    async def waiting(self) -> Waiting:
        """What waits for a worker. Jobs that run do not."""
        jobs, waited = await self._depth([keys.QUEUE], self._lease_ms)
        return Waiting(int(jobs), max(0, int(waited)) / 1000)

    async def drop(self, *job_ids: str) -> None:
        """Take the jobs off the queue; the claim of a worker that runs one of them is void."""
        named = [name(job_id) for job_id in job_ids for name in (keys.in_progress, keys.job, keys.retry)]
        await self._drop([keys.QUEUE, *named], *job_ids)

    async def take(self, job_id: str) -> str | None:
        """Claim the job, queued or not, for one lease; its claim token, or None where somebody holds it."""
        held, token = await self._holder([keys.in_progress(job_id), keys.LAST_CLAIM], self._lease_ms)
        names = (keys.QUEUE, keys.in_progress(job_id), keys.LAST_CLAIM)
        if held or not await self._take(names, job_id, token, self._lease_ms):
            return None
        return str(token)

    async def finish(self, job_id: str, token: str) -> None:
        """Take a job off the queue as the holder of its claim."""
        await self._finish(_claim_keys(job_id), job_id, token, 1, 0)

    async def give_back(self, job_id: str, token: str) -> None:
        """End the claim of a job; a worker may have it at once."""
        await self._finish(_claim_keys(job_id), job_id, token, 0, 0)

    async def workers(self) -> Workers:
        """Who is there to run jobs."""
        count, left = await self._workers([keys.WORKERS], self._silence_ms)
        return Workers(int(count), max(0, self._silence_ms - int(left)) / 1000 if count else 0.0)


def _claim_keys(job_id: str) -> tuple[str, ...]:
    return keys.QUEUE, keys.in_progress(job_id), keys.job(job_id), keys.retry(job_id)
