"""The job queue in arq's format: adds and removes jobs, counts waiting jobs and workers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from chat import jobs, keys
from chat.claims import SILENT_LEASES, finish_call
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run

ENQUEUE = Script("enqueue")
DEPTH = Script("depth")
DROP = Script("drop")
WORKERS = Script("workers")
HOLDER = Script("holder")
TAKE = Script("take")


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

    async def put(self, turn_id: str) -> None:
        """Queues the turn's job, unless it is queued, and wakes an idle worker."""
        await self._put(turn_id, jobs.RUN_TURN, turn_id)

    async def put_title(self, session_id: str) -> None:
        """Queues the job that makes the session's title, unless it is queued."""
        await self._put(keys.title_job(session_id), jobs.MAKE_TITLE, session_id)

    async def put_response(self, turn_id: str, position: str) -> None:
        """Queues the job that stops the background response at this position, unless it is queued."""
        await self._put(keys.response_job(turn_id), jobs.STOP_RESPONSE, position)

    async def _put(self, job_id: str, function: str, argument: str) -> None:
        job = jobs.encode(jobs.call(function, argument, time.time()))
        args = (job_id, job, self._keep_ms, keys.WAKE)
        await run(self._redis, ScriptCall(ENQUEUE, [keys.QUEUE, keys.job(job_id)], args, bool))

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

    async def is_claimed(self, turn_id: str) -> bool:
        """Whether a worker has the turn's job. Its claim ends with its lease."""
        return bool(await self._redis.exists(keys.in_progress(turn_id)))

    async def waiting(self) -> Waiting:
        """Measures the jobs that wait for a worker, without the running ones."""
        return await run(self._redis, ScriptCall(DEPTH, [keys.QUEUE], [self._lease_ms], _waiting))

    async def drop(self, *job_ids: str) -> None:
        """Removes the jobs from the queue; claims on them become void."""
        names = [name(job_id) for job_id in job_ids for name in (keys.in_progress, keys.job, keys.retry)]
        await run(self._redis, ScriptCall(DROP, [keys.QUEUE, *names], job_ids, int))

    async def take(self, job_id: str) -> str | None:
        """Claims the job, queued or not, for one lease. Returns the claim token, or None where the job is claimed."""
        names = (keys.in_progress(job_id), keys.LAST_CLAIM)
        held, token = await run(self._redis, ScriptCall(HOLDER, names, [self._lease_ms], _holder))
        if held or not await run(self._redis, take_call(job_id, token, self._lease_ms)):
            return None
        return token

    async def finish(self, job_id: str, token: str) -> None:
        """Removes a job from the queue, as the holder of its claim."""
        await run(self._redis, finish_call(job_id, token, done=True))

    async def give_back(self, job_id: str, token: str) -> None:
        """Ends the claim of a job, so that a worker can claim it at once."""
        await run(self._redis, finish_call(job_id, token, done=False))

    async def workers(self) -> Workers:
        """Counts the live workers."""
        count, left = await run(self._redis, ScriptCall(WORKERS, [keys.WORKERS], [self._silence_ms], _two_numbers))
        return Workers(count, max(0, self._silence_ms - left) / 1000 if count else 0.0)


def take_call(job_id: str, token: str, lease_ms: int) -> ScriptCall[bool]:
    """Returns the call that claims a job. Result: whether the caller holds the claim."""
    return ScriptCall(TAKE, (keys.QUEUE, keys.in_progress(job_id), keys.LAST_CLAIM), (job_id, token, lease_ms), bool)


def _waiting(answer: Sequence[int]) -> Waiting:
    jobs, waited_ms = _two_numbers(answer)
    return Waiting(jobs, max(0, waited_ms) / 1000)


def _two_numbers(answer: Sequence[int]) -> tuple[int, int]:
    first, second = answer
    return int(first), int(second)


def _holder(answer: tuple[int, str]) -> tuple[bool, str]:
    held, token = answer
    return bool(held), str(token)
