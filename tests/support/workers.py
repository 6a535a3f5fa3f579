"""Runs leased workers with test jobs on a real queue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.typing import WorkerCoroutine
from arq.worker import func
from redis.asyncio import Redis

from chat import jobs, keys
from chat.settings import Settings
from chat.store import pool
from tests.support.waiting import PATIENCE
from worker.jobs.lease import LeasedWorker, claim_token

LEASE = 10.0
"""Seconds. Longer than any stall of a busy machine, so that a worker loses its lease only through `lose_lease`."""
JOB = "job"


class Jobs:
    """Job functions that record their runs. They run until `release` is set; if cancelled, until `may_end` is set."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        self.running: list[str] = []
        self.most_at_once = 0
        self.cancelled: list[str] = []
        self.release = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    def of(self, worker: str) -> WorkerCoroutine:
        async def run(ctx: dict[Any, Any], name: str) -> None:
            self.begun.append((worker, name))
            self.tokens.append(claim_token.get())
            self.running.append(name)
            self.most_at_once = max(self.most_at_once, self.running.count(name))
            release = self.release
            try:
                await release.wait()
            except asyncio.CancelledError:
                self.cancelled.append(name)
                await self.may_end.wait()
                raise
            finally:
                self.running.remove(name)

        return run

    async def has_begun(self, times: int) -> bool:
        return len(self.begun) >= times


@asynccontextmanager
async def working(
    url: str, done: Jobs, name: str = "a", slots: int = 10, lease: float = LEASE, **more: Any
) -> AsyncIterator[LeasedWorker]:
    """Run a worker, which polls and renews leases until the block ends."""
    worker = LeasedWorker(
        ArqRedis(pool(url, text=False), job_serializer=jobs.encode, job_deserializer=jobs.decode),
        name,
        Settings(lease_seconds=lease),
        functions=[func(done.of(name), name=JOB)],
        job_serializer=jobs.encode,
        job_deserializer=jobs.decode,
        max_jobs=slots,
        keep_result=0,
        max_tries=1000,
        poll_delay=0.02,
        handle_signals=False,
        **more,
    )
    running = asyncio.create_task(worker.main())
    try:
        yield worker
    finally:
        await cancel_worker(running)
        await worker.leave()


async def cancel_worker(running: asyncio.Task[None]) -> None:
    """Cancel a worker's task; fails if one cancellation does not end it."""
    running.cancel()
    await asyncio.wait([running], timeout=PATIENCE)
    obeyed = running.done()
    while not running.done():
        running.cancel()
        await asyncio.wait([running], timeout=0.05)
    assert obeyed, "the worker went on polling after it was cancelled"


async def enqueue(queue: ArqRedis, *names: str) -> None:
    for name in names:
        await queue.enqueue_job(JOB, name, _job_id=name, _defer_by=timedelta(seconds=-1))


async def is_empty(queue: ArqRedis) -> bool:
    return await queue.zcard(keys.QUEUE) == 0 and not await queue.keys("arq:*")


async def stop_polling(worker: LeasedWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the worker's polling and renewing, as if its process hung. Its jobs keep running."""

    async def nothing() -> None:
        pass

    monkeypatch.setattr(worker, "_poll_iteration", nothing)


async def stop_renewing(worker: LeasedWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the worker's renewing; it still claims jobs."""

    async def nothing() -> None:
        pass

    monkeypatch.setattr(worker, "heart_beat", nothing)


async def lose_lease(store: Redis, name: str) -> None:
    """End the lease before the worker renews it, as after a long stall."""
    await store.delete(in_progress_key_prefix + name)
    await store.zadd(keys.QUEUE, {name: 1})


async def now_of(store: Redis) -> float:
    """The store's clock in milliseconds."""
    seconds, microseconds = await store.time()
    return float(seconds * 1000 + microseconds / 1000)
