"""Leased workers with jobs of a test's own, on a real queue."""

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
"""Seconds. So long that no stall of a busy machine costs a worker its lease; a test that wants that has it lost."""
JOB = "job"


class Jobs:
    """A job function that records who runs it, and runs until it is let go, or is broken off and may end."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str]] = []
        self.tokens: list[str] = []
        self.running: list[str] = []
        self.most = 0
        self.broken_off: list[str] = []
        self.let_go = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    def of(self, worker: str) -> WorkerCoroutine:
        async def run(ctx: dict[Any, Any], name: str) -> None:
            self.begun.append((worker, name))
            self.tokens.append(claim_token.get())
            self.running.append(name)
            self.most = max(self.most, self.running.count(name))
            let_go = self.let_go
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                self.broken_off.append(name)
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
    """A worker that polls and renews until the block ends."""
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
        await stops(running)
        await worker.leave()


async def stops(running: asyncio.Task[None]) -> None:
    """Stop a worker; fails where it does not obey at once."""
    running.cancel()
    await asyncio.wait([running], timeout=PATIENCE)
    obeyed = running.done()
    while not running.done():
        running.cancel()
        await asyncio.wait([running], timeout=0.05)
    assert obeyed, "the worker went on polling after it was cancelled"


async def put(queue: ArqRedis, *names: str) -> None:
    for name in names:
        await queue.enqueue_job(JOB, name, _job_id=name, _defer_by=timedelta(seconds=-1))


async def is_empty(queue: ArqRedis) -> bool:
    return await queue.zcard(keys.QUEUE) == 0 and not await queue.keys("arq:*")


async def fall_silent(worker: LeasedWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker polls no more and renews nothing, as if its process hung; its jobs go on."""

    async def nothing() -> None:
        pass

    monkeypatch.setattr(worker, "_poll_iteration", nothing)


async def renew_no_more(worker: LeasedWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker goes on claiming, but does not come to renew."""

    async def nothing() -> None:
        pass

    monkeypatch.setattr(worker, "heart_beat", nothing)


async def lose_lease(store: Redis, name: str) -> None:
    """The lease ends before the worker renews it, as after a long stall."""
    await store.delete(in_progress_key_prefix + name)
    await store.zadd(keys.QUEUE, {name: 1})
