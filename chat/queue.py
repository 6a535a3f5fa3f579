"""The job queue in arq's format: adds and removes jobs, counts waiting jobs and workers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from chat import jobs, keys
from chat.claims import SILENT_LEASES
from chat.settings import Settings
from chat.store import Redis, Script


@dataclass(frozen=True)
class Waiting:
    """The number of jobs that wait for a worker, and how long the first of them has waited."""

    jobs: int
    seconds: float


@dataclass(frozen=True)
class Workers:
    """The number of live workers, and the age of the oldest of their last heartbeats in seconds."""

    count: int
    silent_seconds: float


class Queue:
    """The job queue. All times are by Redis' clock, so the clocks of hosts may differ."""

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
        """Queues the turn's job, unless it is queued, and wakes an idle worker."""
        await self._put(turn_id, jobs.RUN_TURN, turn_id)

    async def put_title(self, session_id: str) -> None:
        """Queues the job that makes the session's title, unless it is queued."""
        await self._put(keys.title_job(session_id), jobs.MAKE_TITLE, session_id)

    async def _put(self, job_id: str, function: str, argument: str) -> None:
        job = jobs.encode(jobs.call(function, argument, time.time()))
        await self._enqueue([keys.QUEUE, keys.job(job_id)], job_id, job, self._keep_ms, keys.WAKE)

    async def has(self, turn_id: str) -> bool:
        """Whether a job of the turn waits or runs."""
        return await self.position(turn_id) is not None

    async def have(self, turn_ids: Sequence[str]) -> list[bool]:
        """Whether a job of each turn waits or runs, in one round trip."""
        scores = await self._redis.zmscore(keys.QUEUE, list(turn_ids))
        return [score is not None for score in scores]

    async def position(self, turn_id: str) -> int | None:
        """Returns the number of jobs ahead of the turn's; None where it is not queued."""
        rank = await self._redis.zrank(keys.QUEUE, turn_id)
        return None if rank is None else int(rank)

    async def waiting(self) -> Waiting:
        """Measures the jobs that wait for a worker, without the running ones."""
        jobs, waited = await self._depth([keys.QUEUE], self._lease_ms)
        return Waiting(int(jobs), max(0, int(waited)) / 1000)

    async def drop(self, *job_ids: str) -> None:
        """Removes the jobs from the queue; claims on them become void."""
        names = [name(job_id) for job_id in job_ids for name in (keys.in_progress, keys.job, keys.retry)]
        await self._drop([keys.QUEUE, *names], *job_ids)

    async def take(self, job_id: str) -> str | None:
        """Claims the job, queued or not, for one lease. Returns the claim token, or None where the job is claimed."""
        held, token = await self._holder([keys.in_progress(job_id), keys.LAST_CLAIM], self._lease_ms)
        names = (keys.QUEUE, keys.in_progress(job_id), keys.LAST_CLAIM)
        if held or not await self._take(names, job_id, token, self._lease_ms):
            return None
        return str(token)

    async def finish(self, job_id: str, token: str) -> None:
        """Removes a job from the queue, as the holder of its claim."""
        await self._finish(_claim_keys(job_id), job_id, token, 1, 0)

    async def give_back(self, job_id: str, token: str) -> None:
        """Ends the claim of a job, so that a worker can claim it at once."""
        await self._finish(_claim_keys(job_id), job_id, token, 0, 0)

    async def workers(self) -> Workers:
        """Counts the live workers."""
        count, left = await self._workers([keys.WORKERS], self._silence_ms)
        return Workers(int(count), max(0, self._silence_ms - int(left)) / 1000 if count else 0.0)


def _claim_keys(job_id: str) -> tuple[str, ...]:
    return keys.QUEUE, keys.in_progress(job_id), keys.job(job_id), keys.retry(job_id)
