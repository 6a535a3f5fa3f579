"""A worker that leaves, or hangs, returns its jobs to the queue."""

import asyncio
import signal

import pytest
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.worker import func
from redis.asyncio import Redis

from chat import keys
from chat.claims import Claim
from chat.queue import Queue
from chat.settings import Settings
from chat.store import connect, pool
from tests.support.waiting import PATIENCE, eventually
from tests.support.workers import (
    JOB,
    LEASE,
    Jobs,
    enqueue,
    is_empty,
    lose_lease,
    now_of,
    stop_polling,
    working,
)
from worker.jobs.lease import LeasedWorker


async def test_a_leaving_worker_ends_runs_and_returns_waiting_jobs(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs
) -> None:
    done.may_end.clear()
    await enqueue(queue, "one")
    async with working(queue_url, done) as worker:
        await eventually(lambda: done.has_begun(1))
        earlier = worker.tasks["one"]
        await lose_lease(store, "one")

        async def waits() -> bool:
            return worker.tasks.get("one") not in (None, earlier)

        await eventually(waits)
        later = worker.tasks["one"]
        later.add_done_callback(lambda _: asyncio.get_running_loop().call_later(0.3, done.may_end.set))
    assert earlier.done()
    assert later.cancelled()
    assert len(done.begun) == 1
    assert await store.zrangebyscore(keys.QUEUE, "-inf", await now_of(store)) == ["one"]
    assert await store.keys(in_progress_key_prefix + "*") == []


async def test_a_leaving_worker_gives_back_jobs_claimed_meanwhile(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, passes = asyncio.Event(), asyncio.Event()
    async with working(queue_url, done) as worker:
        take = worker._claims.take

        async def slow(wanted: int) -> list[Claim]:
            taken = await take(wanted)
            if taken:
                answered.set()
                await passes.wait()
            return taken

        monkeypatch.setattr(worker._claims, "take", slow)
        await enqueue(queue, "one")
        await answered.wait()
        asyncio.get_running_loop().call_soon(worker.handle_sig, signal.SIGTERM)
        asyncio.get_running_loop().call_later(0.1, passes.set)
    assert done.begun == []
    assert await store.zrangebyscore(keys.QUEUE, "-inf", await now_of(store)) == ["one"]
    assert await store.keys(in_progress_key_prefix + "*") == []


async def test_a_signalled_worker_claims_nothing_more(queue_url: str, queue: ArqRedis, done: Jobs) -> None:
    async with working(queue_url, done) as worker:
        worker.handle_sig(signal.SIGTERM)
        await enqueue(queue, "one")
        await worker.start_jobs()
        assert worker.leases == {}


async def test_a_leaving_worker_gives_its_jobs_back_at_once(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs
) -> None:
    await enqueue(queue, "one", "two")
    async with working(queue_url, done) as worker:
        await eventually(lambda: done.has_begun(2))
        assert await store.zcard(keys.WORKERS) == 1
        assert worker.renewed_at
    assert worker.renewed_at is None, "the watchdog would count the silence of a worker that leaves"
    due = await store.zrangebyscore(keys.QUEUE, "-inf", await now_of(store))
    assert sorted(due) == ["one", "two"]
    assert await store.keys(in_progress_key_prefix + "*") == []
    assert await store.zcard(keys.WORKERS) == 0
    async with working(queue_url, done, "b"):
        await eventually(lambda: done.has_begun(4))
        done.release.set()
        await eventually(lambda: is_empty(queue))


async def test_a_hung_worker_leaves_the_list_when_its_entry_expires(
    queue_url: str, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its score in the list is the time at which it counts as dead."""
    async with connect(queue_url) as client, working(queue_url, done) as worker:
        turns = Queue(client, Settings(lease_seconds=LEASE))
        await eventually(lambda: store.zcard(keys.WORKERS))
        ((_, until),) = await store.zrange(keys.WORKERS, 0, -1, withscores=True)
        assert LEASE * 1000 < until - await now_of(store) < 60_000
        assert (await turns.workers()).count == 1
        await stop_polling(worker, monkeypatch)
        await store.zincrby(keys.WORKERS, -60_000, (await store.zrange(keys.WORKERS, 0, -1))[0])
        assert ((await turns.workers()).count, await store.zcard(keys.WORKERS)) == (0, 1)


async def test_a_signal_before_the_first_poll_ends_the_worker(queue_url: str) -> None:
    done = Jobs()
    worker = LeasedWorker(
        ArqRedis(pool(queue_url, text=False)),
        "a",
        Settings(),
        functions=[func(done.of("a"), name=JOB)],
        handle_signals=False,
    )
    worker.handle_sig(signal.SIGTERM)
    await asyncio.wait_for(worker.async_run(), PATIENCE)
    await worker.leave()
