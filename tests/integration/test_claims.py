"""Claims on a real store whose answers get lost and whose clock is set."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from chat import keys
from chat.claims import SLICE, Claims
from chat.open_turns import SWEEP_SECONDS, OpenTurns
from chat.queue import Queue
from chat.settings import Settings
from chat.slots import Slots
from chat.store import connect, run
from tests.support.repeated import lose_answers

LEASE = Settings().lease_seconds
HOUR = 3_600_000
JOBS = ("first", "second", "third")


@pytest.fixture
async def queue(queue_url: str) -> AsyncIterator[Queue]:
    async with connect(queue_url) as client:
        queue = Queue(client, Settings())
        for job in JOBS:
            await queue.put(job)
        yield queue


@pytest.fixture
def claims(store: Redis) -> Claims:
    return Claims(store, "a", LEASE)


@pytest.fixture
def others(store: Redis) -> Claims:
    return Claims(store, "b", LEASE)


async def now_of(store: Redis) -> int:
    seconds, microseconds = await store.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


async def set_clock_back(store: Redis) -> None:
    """Leave the store as if its clock had been set back by an hour: all recorded times are an hour ahead."""
    for name in (keys.QUEUE, keys.WORKERS, keys.OPEN_TURNS):
        for member, score in await store.zrange(name, 0, -1, withscores=True):
            await store.zadd(name, {member: score + HOUR})
    for name in await store.keys("*"):
        if (left := await store.pttl(name)) > 0:
            await store.pexpire(name, left + HOUR)
    for field, value in (await store.execute_command("HGETALL", keys.RENEWALS)).items():
        await store.execute_command("HSET", keys.RENEWALS, field, int(value) + HOUR)


async def set_clock_forward(store: Redis) -> None:
    """Leave the store as if its clock had been set forward by an hour: every lease has ended."""
    for name in (keys.QUEUE, keys.WORKERS):
        for member, score in await store.zrange(name, 0, -1, withscores=True):
            await store.zadd(name, {member: score - HOUR})
    await store.delete(*(keys.in_progress(job) for job in JOBS))
    for field, value in (await store.execute_command("HGETALL", keys.RENEWALS)).items():
        await store.execute_command("HSET", keys.RENEWALS, field, int(value) - HOUR)


async def has_run(store: Redis, *jobs: str) -> None:
    """Record that the jobs have begun, as arq does."""
    for job in jobs:
        await store.incr(keys.retry(job))


@pytest.mark.usefixtures("queue")
async def test_a_claim_repeated_after_a_lost_answer_gets_the_same_jobs(
    claims: Claims, others: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        lose_answers(broken, "claim")
        with pytest.raises(ConnectionError):
            await claims.take(2)
    again = await claims.take(2)
    assert [claim.job_id for claim in again] == ["first", "second"]
    assert [claim.job_id for claim in await claims.take(2)] == ["third"]
    assert await others.take(2) == []
    assert await claims.renew({claim.job_id: claim.token for claim in again}) == []


@pytest.mark.usefixtures("queue")
async def test_waiting_jobs_are_claimed_after_the_clock_is_set_back(store: Redis, claims: Claims) -> None:
    await set_clock_back(store)
    assert {claim.job_id for claim in await claims.take(10)} == set(JOBS)


@pytest.mark.usefixtures("queue")
async def test_a_dead_workers_jobs_wait_one_lease_after_clock_set_back(
    store: Redis, claims: Claims, others: Claims
) -> None:
    await claims.take(10)
    await set_clock_back(store)
    assert await others.take(10) == []
    latest = await now_of(store) + LEASE * 1000
    for job in JOBS:
        assert await store.zscore(keys.QUEUE, job) <= latest
        assert 0 < await store.pttl(keys.in_progress(job)) <= LEASE * 1000


@pytest.mark.usefixtures("queue")
async def test_a_live_worker_keeps_its_jobs_after_clock_set_back(store: Redis, claims: Claims, others: Claims) -> None:
    held = {claim.job_id: claim.token for claim in await claims.take(10)}
    await set_clock_back(store)
    assert await others.take(10) == []
    assert await claims.renew(held) == []
    assert await others.take(10) == []


@pytest.mark.usefixtures("queue")
async def test_a_live_worker_keeps_its_jobs_after_clock_set_forward(
    store: Redis, claims: Claims, others: Claims
) -> None:
    await claims.renew({})
    held = {claim.job_id: claim.token for claim in await claims.take(10)}
    await has_run(store, *held)
    await set_clock_forward(store)
    assert await others.take(10) == []
    assert await claims.renew(held) == []
    assert await others.take(10) == []


async def test_new_jobs_do_not_wait_after_the_clock_is_set_forward(queue: Queue, store: Redis, claims: Claims) -> None:
    await claims.renew({})
    held = await claims.take(10)
    await has_run(store, *(claim.job_id for claim in held))
    await set_clock_forward(store)
    await queue.put("new")
    assert [claim.job_id for claim in await claims.take(10)] == ["new"]


@pytest.mark.usefixtures("queue")
async def test_a_pause_stored_before_the_clock_is_set_back_is_ignored(
    store: Redis, claims: Claims, others: Claims
) -> None:
    await has_run(store, *JOBS)
    await store.execute_command("HSET", keys.RENEWALS, "rest_until", await now_of(store) + HOUR)
    assert {claim.job_id for claim in await claims.take(10)} == set(JOBS)


async def test_waiting_jobs_are_counted_after_the_clock_is_set_back(queue: Queue, store: Redis) -> None:
    await set_clock_back(store)
    assert (await queue.waiting()).jobs == len(JOBS)


async def test_a_dead_worker_is_unlisted_after_the_clock_is_set_back(
    queue: Queue, store: Redis, claims: Claims
) -> None:
    await claims.renew({})
    assert (await queue.workers()).count == 1
    await set_clock_back(store)
    assert (await queue.workers()).count == 0
    await Claims(store, "b", LEASE).renew({})
    assert await store.zrange(keys.WORKERS, 0, -1) == ["b"]


async def test_open_turns_are_swept_after_the_clock_is_set_back(store: Redis) -> None:
    open_turns = OpenTurns(store)
    await store.zadd(keys.OPEN_TURNS, {"turn": await now_of(store) + SWEEP_SECONDS * 1000})
    assert await open_turns.due() == []
    await set_clock_back(store)
    assert await open_turns.due() == ["turn"]
    assert await open_turns.due() == []


async def test_a_streams_slot_is_free_after_the_clock_is_set_back(store: Redis) -> None:
    slots = Slots("slots", 1, 15_000)
    assert await run(store, slots.reserve_call("first")) == {}
    await store.zincrby("slots", HOUR, "first")
    assert list(await run(store, slots.reserve_call("second"))) == ["first"]
    assert await store.zscore("slots", "first") <= await now_of(store) + 15_000


async def test_many_jobs_are_claimed_and_renewed_in_slices(queue: Queue, store: Redis, claims: Claims) -> None:
    many = {f"job-{number}" for number in range(2 * SLICE)}
    await store.zadd(keys.QUEUE, dict.fromkeys(many, 1))
    taken = [await claims.take(10 * SLICE) for _ in range(3)]
    assert [len(each) for each in taken] == [SLICE, SLICE, len(JOBS)]
    held = {claim.job_id: claim.token for each in taken for claim in each}
    assert set(held) == many | set(JOBS)
    assert await claims.renew({**held, "lost": "1"}) == ["lost"]
