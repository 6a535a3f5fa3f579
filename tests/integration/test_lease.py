"""Leases on a real queue: each job runs on one worker at a time, whatever happens to workers."""

import asyncio
from collections.abc import Mapping
from typing import Any

import prometheus_client
import pytest
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix
from arq.typing import WorkerCoroutine
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from chat import keys
from chat.claims import Claims
from tests.support.waiting import eventually
from tests.support.workers import (
    Jobs,
    enqueue,
    is_empty,
    lose_lease,
    now_of,
    stop_polling,
    stop_renewing,
    working,
)


def losses() -> float:
    return prometheus_client.REGISTRY.get_sample_value("holdfast_lease_losses_total") or 0


async def test_a_claimed_job_is_out_of_reach_of_polls(queue: ArqRedis, store: Redis) -> None:
    claims = Claims(store, "worker", 60)
    await enqueue(queue, "one")
    (claim,) = await claims.take(10)
    assert (claim.job_id, await store.get(in_progress_key_prefix + "one")) == ("one", claim.token)
    assert 50_000 < await store.pttl(in_progress_key_prefix + "one") <= 60_000
    assert 50_000 < await store.zscore(keys.QUEUE, "one") - await now_of(store) <= 60_000
    assert await claims.take(10) == []


async def test_a_leased_job_is_not_claimed_though_it_is_due(queue: ArqRedis, store: Redis) -> None:
    claims = Claims(store, "worker", 60)
    await enqueue(queue, "one", "two")
    (first,) = await claims.take(1)
    await store.zadd(keys.QUEUE, {first.job_id: 1})
    (second,) = await claims.take(10)
    assert {first.job_id, second.job_id} == {"one", "two"}
    assert await store.get(in_progress_key_prefix + first.job_id) == first.token
    assert await store.zscore(keys.QUEUE, first.job_id) > await now_of(store)


async def test_a_claim_takes_the_wanted_number_longest_waiting_first(queue: ArqRedis, store: Redis) -> None:
    await store.zadd(keys.QUEUE, {"late": 30, "first": 10, "second": 20, "future": await now_of(store) + 60_000})
    taken = await Claims(store, "worker", 60).take(2)
    assert [(claim.job_id, claim.due) for claim in taken] == [("first", 10), ("second", 20)]


async def test_a_running_jobs_lease_is_renewed_and_polls_skip_it(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs
) -> None:
    await enqueue(queue, "one")
    async with working(queue_url, done, lease=6), working(queue_url, done, "b", lease=6):
        await eventually(lambda: done.has_begun(1))
        for _ in range(2):
            ends = await store.zscore(keys.QUEUE, "one")

            async def is_renewed(before: float = ends) -> bool:
                return bool(await store.zscore(keys.QUEUE, "one") > before)

            await eventually(is_renewed)
            assert await store.zcount(keys.QUEUE, "-inf", await now_of(store)) == 0
        assert len(done.begun) == 1
        done.release.set()
        await eventually(lambda: is_empty(queue))


async def test_two_workers_never_run_the_same_job(queue_url: str, queue: ArqRedis, done: Jobs) -> None:
    names = [f"job-{number}" for number in range(60)]
    async with working(queue_url, done, slots=40), working(queue_url, done, "b", slots=40):
        await asyncio.gather(*(enqueue(queue, name) for name in names))
        await eventually(lambda: done.has_begun(60))
        assert sorted(name for _, name in done.begun) == sorted(names)
        done.release.set()
        await eventually(lambda: is_empty(queue))
    assert len(done.begun) == 60


async def test_more_jobs_than_slots_run_as_slots_become_free(queue_url: str, queue: ArqRedis, done: Jobs) -> None:
    await enqueue(queue, *(f"job-{number}" for number in range(7)))
    async with working(queue_url, done, slots=3) as worker:
        await eventually(lambda: done.has_begun(3))
        for _ in range(5):
            await worker.start_jobs()
        assert len(done.running) == 3
        done.release.set()
        await eventually(lambda: is_empty(queue))
    assert len(done.begun) == 7


async def test_a_hung_workers_job_is_claimed_with_a_greater_token(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enqueue(queue, "one")
    async with working(queue_url, done) as hung:
        await eventually(lambda: done.has_begun(1))
        await stop_polling(hung, monkeypatch)
        await lose_lease(store, "one")
        async with working(queue_url, done, "b") as other:
            await eventually(lambda: done.has_begun(2))
            assert done.begun == [("a", "one"), ("b", "one")]
            first, second = done.tokens
            assert int(second) > int(first)
            assert other.leases == {"one": second}


async def test_a_lost_lease_cancels_the_job_and_leaves_it_queued(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enqueue(queue, "one")
    async with working(queue_url, done) as loser:
        await eventually(lambda: done.has_begun(1))
        await stop_polling(loser, monkeypatch)
        await lose_lease(store, "one")
        async with working(queue_url, done, "b"):
            await eventually(lambda: done.has_begun(2))
            await loser.renew()
            await asyncio.gather(*loser.tasks.values(), return_exceptions=True)
            assert done.cancelled == ["one"]
            assert loser.leases == {}
            assert await store.get(in_progress_key_prefix + "one") == done.tokens[1]
            assert await store.exists("arq:job:one") == 1
            done.release.set()
            await eventually(lambda: is_empty(queue))


async def test_a_job_that_ends_without_its_lease_stays_queued(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enqueue(queue, "one")
    async with working(queue_url, done) as loser:
        await eventually(lambda: done.has_begun(1))
        await stop_polling(loser, monkeypatch)
        await store.set(in_progress_key_prefix + "one", "another's", px=60_000)
        done.release.set()
        await asyncio.gather(*loser.tasks.values())
        assert await store.get(in_progress_key_prefix + "one") == "another's"
        assert await store.zscore(keys.QUEUE, "one") is not None
        assert await store.exists("arq:job:one") == 1


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "given back"])
async def test_a_late_renewal_does_not_restore_an_ended_claim(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    await enqueue(queue, "one")
    async with working(queue_url, done) as worker:
        await eventually(lambda: done.has_begun(1))
        await stop_polling(worker, monkeypatch)
        renew, end = worker._claims.renew, worker._claims.end
        is_sent, arrives, ends = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def late(held: Mapping[str, str]) -> list[str]:
            sent = dict(held)
            is_sent.set()
            await arrives.wait()
            return await renew(sent)

        async def recorded(*args: Any, **options: Any) -> None:
            ends.set()
            await end(*args, **options)

        monkeypatch.setattr(worker._claims, "renew", late)
        monkeypatch.setattr(worker._claims, "end", recorded)
        renewing = asyncio.create_task(worker.renew())
        await is_sent.wait()
        ending = asyncio.create_task(worker._end_claim("one", done.tokens[0], done=is_done))
        await asyncio.sleep(0)  # runs up to its first wait for the store
        if ends.is_set():
            await ending
        arrives.set()
        await asyncio.gather(renewing, ending)
        assert await store.get(in_progress_key_prefix + "one") is None
        assert worker.leases == {}
        assert await store.zrangebyscore(keys.QUEUE, "-inf", await now_of(store)) == ([] if is_done else ["one"])


@pytest.mark.parametrize("notices", [True, False], ids=["renewing", "claiming"])
async def test_a_job_reclaimed_by_its_worker_never_runs_twice_at_once(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs, monkeypatch: pytest.MonkeyPatch, notices: bool
) -> None:
    """The only worker after a stall: the machine slept, or the store was away for longer than a lease."""
    before = losses()
    done.may_end.clear()
    await enqueue(queue, "one")
    async with working(queue_url, done) as worker:
        await eventually(lambda: done.has_begun(1))
        if not notices:
            await stop_renewing(worker, monkeypatch)
        await lose_lease(store, "one")

        async def is_claimed_again() -> bool:
            taken = await store.get(in_progress_key_prefix + "one") not in (None, done.tokens[0])
            return taken and done.cancelled == ["one"]

        await eventually(is_claimed_again)
        assert done.running == ["one"]
        done.may_end.set()
        await eventually(lambda: done.has_begun(2))
        assert done.running == ["one"]
        assert worker.leases == {"one": done.tokens[1]}
        assert await store.get(in_progress_key_prefix + "one") == done.tokens[1]
        assert await store.zscore(keys.QUEUE, "one") is not None
        assert await store.exists("arq:job:one") == 1
        done.release.set()
        await eventually(lambda: is_empty(queue))
    assert (done.most_at_once, done.begun) == (1, [("a", "one")] * 2)
    assert losses() == before + 1


async def test_a_poll_that_fails_does_not_end_the_worker(
    queue_url: str, queue: ArqRedis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(queue_url, done) as worker:
        claim, errors = worker.start_jobs, [ConnectionError("away"), OSError("gone"), ValueError("odd")]

        async def broken(job_ids: list[bytes] | None = None) -> None:
            if errors:
                raise errors.pop(0)
            await claim(job_ids)

        monkeypatch.setattr(worker, "start_jobs", broken)
        await enqueue(queue, "one")
        await eventually(lambda: done.has_begun(1))
        assert errors == []
        done.release.set()
        await eventually(lambda: is_empty(queue))


async def test_a_job_that_raises_is_removed_from_the_queue(
    queue_url: str, queue: ArqRedis, done: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(_: str) -> WorkerCoroutine:
        async def run(ctx: dict[Any, Any], name: str) -> None:
            raise RuntimeError(name)

        return run

    monkeypatch.setattr(done, "of", raising)
    await enqueue(queue, "one")
    async with working(queue_url, done) as worker:
        await eventually(lambda: is_empty(queue))
        assert worker.leases == {}


async def test_many_running_jobs_are_out_of_reach_of_polls(
    queue_url: str, queue: ArqRedis, store: Redis, done: Jobs
) -> None:
    await enqueue(queue, *(f"job-{number}" for number in range(150)))
    async with working(queue_url, done, slots=200):
        await eventually(lambda: done.has_begun(150))
        assert await store.zcard(keys.QUEUE) == 150
        assert await store.zcount(keys.QUEUE, "-inf", await now_of(store)) == 0
        done.release.set()
        await eventually(lambda: is_empty(queue))
