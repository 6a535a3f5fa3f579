"""The queue between the API and the workers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import pytest
from arq.jobs import deserialize_job_raw
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from chat import jobs, keys
from chat.claims import Claims
from chat.endings import Endings
from chat.event_log import TurnLog
from chat.open_turns import OpenTurns
from chat.queue import Queue
from chat.settings import Settings
from chat.store import connect
from chat.sweep import Sweeper
from chat.tasks import stop
from chat.telemetry.traces import Traces
from chat.turns import Turns
from chat.waiting import WaitingQuestions
from tests.support.chat_fixture import SETTINGS, ChatFixture
from tests.support.stack import SECRET
from tests.support.waiting import PATIENCE

PUTS = 300


@pytest.fixture
async def turns(queue_url: str) -> AsyncIterator[Queue]:
    async with connect(queue_url) as client:
        yield Queue(client, Settings(redis_url=queue_url, secret_key=SECRET))


def sweeper(store: Redis, queue: Queue) -> Sweeper:
    turns = Turns(store, SETTINGS)
    waiting = WaitingQuestions(store, SETTINGS, turns, queue)
    return Sweeper(turns, queue, waiting, Endings(turns, TurnLog(store), queue, waiting, Traces()))


async def test_a_turn_can_be_claimed_in_the_millisecond_it_was_queued(turns: Queue, store: Redis) -> None:
    """Otherwise the wake-up finds nothing due, and the turn waits for the next poll."""
    claims, late = Claims(store, "worker", 600), 0
    for number in range(PUTS):
        await turns.put(f"turn-{number}")
        late += not await claims.take(10)
    assert late == 0


async def test_a_turn_is_queued_once_and_keeps_its_position(turns: Queue) -> None:
    for turn_id in ("first", "second", "first"):
        await turns.put(turn_id)
    assert [await turns.position(turn_id) for turn_id in ("first", "second", "third")] == [0, 1, None]
    assert (await turns.waiting()).jobs == 2


@pytest.fixture(params=[-3600, 3600], ids=["behind", "ahead"])
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set this host's clock an hour off."""
    right: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: right() + request.param)
    monkeypatch.setattr(time, "time_ns", lambda: int((right() + request.param) * 1e9))


async def milliseconds(store: Redis) -> int:
    seconds, micros = await store.time()
    return int(seconds * 1000 + micros // 1000)


@pytest.mark.usefixtures("wrong_clock")
async def test_a_turns_position_is_set_by_the_stores_clock(turns: Queue, store: Redis) -> None:
    before = await milliseconds(store)
    await turns.put("first")
    assert before <= await store.zscore(keys.QUEUE, "first") <= await milliseconds(store)


@pytest.mark.usefixtures("wrong_clock")
async def test_a_swept_turns_position_is_set_by_the_stores_clock(turns: Queue, chat: ChatFixture, store: Redis) -> None:
    turn_id = (await chat.open()).turn_id
    before = await milliseconds(store)
    await sweeper(store, turns).look(turn_id)
    assert before <= await store.zscore(keys.QUEUE, turn_id) <= await milliseconds(store)
    assert [claim.job_id for claim in await Claims(store, "worker", 1).take(9)] == [turn_id]


@pytest.mark.parametrize("many", [2, 40])
async def test_healthy_turns_are_swept_in_two_round_trips(
    turns: Queue, store: Redis, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    turn_ids = [f"{uuid4()}.{number}" for number in range(1, many + 1)]
    for turn_id in turn_ids:
        await store.execute_command("HSET", keys.turn(turn_id), "state", "running")
        await turns.put(turn_id)
    trips = []
    for kind, name in ((Redis, "execute_command"), (Pipeline, "execute")):
        plain = getattr(kind, name)

        async def counted(*args: Any, plain: Any = plain, **options: Any) -> Any:
            trips.append(args)
            return await plain(*args, **options)

        monkeypatch.setattr(kind, name, counted)
    await sweeper(store, turns).sweep(turn_ids)
    assert len(trips) == 2


async def test_a_sweep_repairs_each_turn_that_needs_it(turns: Queue, chat: ChatFixture, store: Redis) -> None:
    lost = (await chat.open()).turn_id
    gone, fine = f"{uuid4()}.1", f"{uuid4()}.2"
    await store.execute_command("HSET", keys.turn(fine), "state", "queued")
    await turns.put(fine)
    await store.zadd(keys.OPEN_TURNS, dict.fromkeys((gone, fine), 1))
    await sweeper(store, turns).sweep([gone, lost, fine])
    assert await turns.have([gone, lost, fine]) == [False, True, True]
    assert set(await store.zrange(keys.OPEN_TURNS, 0, -1)) == {lost, fine}


async def test_a_queued_turn_is_a_job_that_arq_can_read(turns: Queue, store: Redis) -> None:
    await turns.put("first")
    raw = await store.get(keys.job("first"))
    function, args, kwargs, _, since = deserialize_job_raw(raw, deserializer=jobs.decode)
    assert (function, list(args), kwargs) == (jobs.RUN_TURN, ["first"], {})
    assert abs(since - await milliseconds(store)) < 60_000
    assert await store.pttl(keys.job("first")) > 3_600_000


async def test_a_worker_counts_until_its_entry_expires(turns: Queue, store: Redis) -> None:
    now = await milliseconds(store)
    await store.zadd(keys.WORKERS, {"dead": now - 1, "alive": now + 20_000, "before a step back": now + 60_000})
    assert (await turns.workers()).count == 1


async def test_claim_tokens_grow_though_the_stores_clock_went_back(turns: Queue, store: Redis) -> None:
    """As after a failover to a server whose clock is behind: the last token is ahead of the clock."""
    claims, seconds = Claims(store, "worker", 60), (await store.time())[0]
    ahead = (seconds + 3600) * 1_000_000 + 1
    await store.set(keys.LAST_CLAIM, ahead)
    tokens = []
    for number in range(4):
        await turns.put(f"turn-{number}")
        tokens += [int(claim.token) for claim in await claims.take(1)]
    assert tokens == sorted({*tokens})
    assert tokens[0] > ahead


async def test_claim_tokens_are_whole_numbers_without_an_exponent(turns: Queue, store: Redis) -> None:
    await store.set(keys.LAST_CLAIM, 2**53 - 2)
    await turns.put("first")
    assert [claim.token for claim in await Claims(store, "worker", 60).take(1)] == [str(2**53 - 1)]


async def test_running_turns_are_not_counted_as_waiting(turns: Queue, store: Redis) -> None:
    for turn_id in ("first", "second", "third"):
        await turns.put(turn_id)
    await Claims(store, "worker", Settings().lease_seconds).take(2)
    assert (await turns.waiting()).jobs == 1


async def test_a_queued_turn_sends_a_wake_up_message(turns: Queue, store: Redis) -> None:
    async with store.pubsub() as pubsub:
        await pubsub.subscribe(keys.WAKE)
        await pubsub.get_message(timeout=PATIENCE)
        await turns.put("first")
        message = await pubsub.get_message(timeout=PATIENCE)
    assert message["type"] == "message"


async def test_a_turn_that_ends_as_its_worker_stops_is_forgotten(store: Redis) -> None:
    open_turns = OpenTurns(store)
    await store.zadd(keys.OPEN_TURNS, {"over": 1, "open": 1})
    forgetting = asyncio.create_task(open_turns.run())
    await asyncio.sleep(0)
    open_turns.forget_soon("over")
    await stop(forgetting)
    assert await store.zrange(keys.OPEN_TURNS, 0, -1) == ["open"]
