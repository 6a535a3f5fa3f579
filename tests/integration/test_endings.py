"""A stopped turn ends without a worker, and what an ended turn left in the queue is removed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from api.health.metrics import Metrics
from api.stopping import Stopping
from chat import keys
from chat.claims import Claims
from chat.endings import Endings
from chat.event_log import LostTurn
from chat.events import Chunk, Thinking
from chat.queue import Queue
from chat.store import Script, connect
from chat.sweep import Sweeper
from chat.tasks import stop
from chat.telemetry.traces import Traces
from chat.turns import Stopped
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture
from tests.support.databases import database, queue_of
from tests.support.waiting import eventually

ENDED = {"outcome": "cancelled", "reason": "cancelled"}
LEASE_MS = int(SETTINGS.lease_seconds * 1000)


@dataclass
class Place:
    """A session, the store of its queue, and what ends its turns."""

    chat: ChatFixture
    redis: Redis
    queue: Queue
    endings: Endings

    @property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.chat.turns, self.queue, self.endings)

    async def claim(self) -> tuple[str, str]:
        """As a worker does: a job and its claim token."""
        (claim,) = await Claims(self.redis, "worker", SETTINGS.lease_seconds).take(1)
        return claim.job_id, claim.token

    async def half_said(self, *pieces: Chunk | Thinking) -> tuple[str, str]:
        """A turn that a worker runs, and its claim token."""
        turn_id = (await self.chat.open()).turn_id
        await self.queue.put(turn_id)
        job_id, token = await self.claim()
        assert job_id == turn_id
        await self.chat.append(await self.chat.claim(turn_id, token), *pieces)
        return turn_id, token

    async def lose_worker(self, turn_id: str) -> None:
        """Its lease has ended."""
        await self.redis.delete(keys.in_progress(turn_id))

    async def jobs(self) -> list[str]:
        return list(await self.redis.zrange(keys.QUEUE, 0, -1))

    async def is_open(self, turn_id: str) -> bool:
        return await self.chat.store.zscore(keys.OPEN_TURNS, turn_id) is not None


@pytest.fixture(params=["same store", "store of its own"])
async def place(
    request: pytest.FixtureRequest, chat: ChatFixture, redis_url: str, queue_url: str
) -> AsyncIterator[Place]:
    own = request.param == "store of its own" or queue_of(queue_url) != queue_url  # a Cluster has no queue in it
    url = queue_of(database(redis_url)) if own else queue_url
    async with connect(url) as redis:
        queue = Queue(redis, SETTINGS)
        yield Place(chat, redis, queue, Endings(chat.turns, chat.log, queue, Traces()))


async def test_a_stopped_turn_without_a_worker_keeps_the_shown_text(place: Place) -> None:
    turn_id, token = await place.half_said(Thinking(content="hm "), Chunk(content="one "), Chunk(content="two "))
    await place.lose_worker(turn_id)
    assert await place.chat.turns.cancel(USER, turn_id) == Stopped("running", is_new=False)
    assert await place.endings.end_stopped(turn_id) == "ended"
    turn, history = await place.chat.turns.get(turn_id), await place.chat.sessions.history(USER, place.chat.session_id)
    assert turn is not None
    assert (turn.state, turn.finish_reason) == ("cancelled", "cancelled")
    reply = history.messages[-1]
    assert (reply.content, reply.thinking, reply.finish_reason) == ("one two ", "hm ", "cancelled")
    assert (await place.chat.logged(turn_id))[-1].startswith('{"type":"end"')
    assert f'"message_id":"{reply.id}"' in (await place.chat.logged(turn_id))[-1]
    assert history.session.active_turn is None
    assert await place.jobs() == []
    assert await place.redis.exists(keys.job(turn_id), keys.in_progress(turn_id)) == 0
    with pytest.raises(LostTurn):
        await place.chat.close(turn_id, token)
    assert await place.endings.end_stopped(turn_id) == "over"


async def test_a_stopped_turn_that_a_worker_holds_is_left_to_it(place: Place) -> None:
    turn_id, token = await place.half_said(Chunk(content="one "))
    await place.chat.turns.cancel(USER, turn_id)
    assert await place.endings.end_stopped(turn_id) == "held"
    assert await place.redis.get(keys.in_progress(turn_id)) == token
    await place.chat.close(turn_id, token)


async def test_a_stopped_turn_is_watched_until_its_lease_ends(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.stopping.LOOK_SECONDS", 0.01)
    turn_id, _ = await place.half_said(Chunk(content="one "))
    metrics = Metrics()
    stopping = Stopping(place.chat.turns, place.queue, place.endings, metrics)
    watching = asyncio.create_task(stopping.run())
    assert await stopping.stop(USER, turn_id) == "running"
    await place.lose_worker(turn_id)

    async def is_counted() -> bool:
        return metrics.registry.get_sample_value("holdfast_turns_ended_total", ENDED) == 1

    await eventually(is_counted)
    await stop(watching)
    assert await place.chat.contents() == ["hello", "one "]


async def test_a_turn_whose_stop_flag_was_lost_is_left_to_workers(place: Place) -> None:
    """As after a failover to a replica that did not have the flag yet."""
    turn_id, _ = await place.half_said(Chunk(content="one "))
    await place.lose_worker(turn_id)
    assert await place.endings.end_stopped(turn_id) == "held"
    turn_id_again, token = await place.claim()
    assert turn_id_again == turn_id
    assert (await place.chat.turns.begin(turn_id, token, losses_allowed=2)).status == "begun"


async def test_a_claim_longer_than_a_lease_is_cut_to_one_lease(place: Place) -> None:
    """As one that was made before the store's clock went back an hour."""
    turn_id, token = await place.half_said(Chunk(content="one "))
    await place.redis.pexpire(keys.in_progress(turn_id), LEASE_MS + 3_600_000)
    assert await place.queue.take(turn_id) is None
    assert await place.redis.get(keys.in_progress(turn_id)) == token
    assert 0 < await place.redis.pttl(keys.in_progress(turn_id)) <= LEASE_MS


async def test_a_taken_claim_token_is_greater_than_any_before(place: Place) -> None:
    seconds = (await place.redis.time())[0]
    ahead = (seconds + 3600) * 1_000_000
    await place.redis.set(keys.LAST_CLAIM, ahead)
    token = await place.queue.take("job")
    assert token is not None
    assert int(token) > ahead
    await place.queue.put("other")
    assert int((await place.claim())[1]) > int(token)


async def test_a_repeated_take_answers_as_the_first_one(place: Place) -> None:
    take = Script(place.redis, "take")
    names = [keys.QUEUE, keys.in_progress("job"), keys.LAST_CLAIM]
    assert [await take(names, "job", "100", LEASE_MS) for _ in range(2)] == [1, 1]
    assert await take(names, "job", "101", LEASE_MS) == 0


async def test_a_repeated_stop_answers_as_the_first_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id, script = (await place.chat.open()).turn_id, place.chat.turns._cancel

    async def answer_lost(names: list[str], *args: str) -> object:
        await script(names, *args)
        return await script(names, *args)

    monkeypatch.setattr(place.chat.turns, "_cancel", answer_lost)
    assert await place.chat.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=True)
    assert len(await place.chat.logged(turn_id)) == 2
    assert await place.chat.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=False)


@pytest.mark.parametrize("off", [-7200, 7200], ids=["behind", "ahead"])
async def test_a_stopped_turn_expires_by_the_stores_clock(
    place: Place, off: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_id, seconds = (await place.chat.open()).turn_id, (await place.chat.store.time())[0]
    monkeypatch.setattr("time.time", lambda: seconds + off)
    await place.chat.turns.cancel(USER, turn_id)
    gone_at = await place.chat.store.zscore(keys.turns(place.chat.session_id), turn_id)
    assert abs(gone_at - seconds - SETTINGS.log_ttl) < 60
    turn = await place.chat.turns.get(turn_id)
    assert turn is not None
    assert turn.finished_at is not None
    assert abs(turn.finished_at - seconds) < 60


async def test_a_sweep_ends_a_stopped_turn_whose_lease_ended(place: Place) -> None:
    turn_id, _ = await place.half_said(Chunk(content="one "))
    await place.lose_worker(turn_id)
    await place.chat.turns.cancel(USER, turn_id)
    await place.sweeper.sweep([turn_id])
    assert await place.chat.contents() == ["hello", "one "]
    assert await place.jobs() == []


async def test_a_sweep_ends_a_waiting_turn_whose_history_was_cleared(place: Place) -> None:
    """The API that cleared it died before it stopped the turn."""
    turn_id = (await place.chat.open()).turn_id
    await place.queue.put(turn_id)
    await place.chat.sessions.clear(USER, place.chat.session_id)
    await place.sweeper.sweep([turn_id])
    turn = await place.chat.turns.get(turn_id)
    assert turn is not None
    assert turn.state == "cancelled"
    assert (await place.chat.contents(), await place.jobs()) == ([], [])


@pytest.mark.parametrize("end", ["stopped", "deleted"])
async def test_a_sweep_removes_the_job_of_an_ended_turn(place: Place, end: str) -> None:
    """The API that ended it died before it dropped the job."""
    turn_id = (await place.chat.open()).turn_id
    await place.queue.put(turn_id)
    if end == "stopped":
        await place.chat.turns.cancel(USER, turn_id)
    else:
        await place.queue.put_title(place.chat.session_id)
        await place.chat.sessions.delete(USER, place.chat.session_id)
    assert await place.is_open(turn_id)
    await place.sweeper.sweep([turn_id])
    assert (await place.queue.waiting()).jobs == 0
    assert await place.redis.exists(keys.job(turn_id), keys.job(keys.title_job(place.chat.session_id))) == 0
    assert not await place.is_open(turn_id)


async def test_a_sweep_leaves_the_job_of_an_ended_turn_to_its_worker(place: Place) -> None:
    turn_id, token = await place.half_said(Chunk(content="one "))
    await place.chat.close(turn_id, token)
    await place.sweeper.sweep([turn_id])
    assert await place.redis.get(keys.in_progress(turn_id)) == token
    assert await place.is_open(turn_id)
    await place.lose_worker(turn_id)
    await place.sweeper.sweep([turn_id])
    assert not await place.is_open(turn_id)
    assert await place.jobs() == []


async def test_a_record_of_another_type_does_not_end_a_sweep(place: Place) -> None:
    odd, lost = f"{uuid4()}.1", (await place.chat.open()).turn_id
    await place.chat.store.set(keys.turn(odd), "no hash")
    await place.sweeper.sweep([odd, lost])
    assert await place.jobs() == [lost]


async def test_removing_a_job_that_was_never_queued_leaves_nothing(place: Place) -> None:
    job_id = f"{uuid4()}.1"
    assert await place.endings.remove_jobs(job_id)
    assert await place.redis.exists(keys.in_progress(job_id), keys.QUEUE) == 0
