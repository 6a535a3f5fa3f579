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
from chat.events import Chunk, Event, StepDone, Thinking, ToolCall, ToolStart
from chat.queue import Queue, take_call
from chat.store import connect, run
from chat.sweep import Sweeper
from chat.tasks import stop
from chat.telemetry.traces import Traces
from chat.tool_calls import ReplyStep, ServerCall
from chat.turn_record import Stopped
from chat.waiting import WaitingQuestions
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture
from tests.support.databases import database, queue_of
from tests.support.repeated import ask_twice
from tests.support.waiting import eventually

ENDED = {"outcome": "cancelled", "reason": "cancelled"}
LEASE_MS = int(SETTINGS.lease_seconds * 1000)


@dataclass
class Parts:
    """A session, its queue, and the classes that end its turns."""

    chat: ChatFixture
    redis: Redis
    queue: Queue
    waiting: WaitingQuestions
    endings: Endings

    @property
    def sweeper(self) -> Sweeper:
        return Sweeper(self.chat.turns, self.queue, self.waiting, self.endings)

    async def claim(self) -> tuple[str, str]:
        """Claim a job as a worker does. Returns its ID and claim token."""
        (claim,) = await Claims(self.redis, "worker", SETTINGS.lease_seconds).take(1)
        return claim.job_id, claim.token

    async def begin_reply(self, *pieces: Event) -> tuple[str, str]:
        """Open a turn, begin it as a worker does, and append events. Returns the turn's ID and claim token."""
        turn_id = (await self.chat.open()).turn_id
        await self.queue.put(turn_id)
        job_id, token = await self.claim()
        assert job_id == turn_id
        await self.chat.append(await self.chat.claim(turn_id, token), *pieces)
        return turn_id, token

    async def lose_worker(self, turn_id: str) -> None:
        """End the turn's lease."""
        await self.redis.delete(keys.in_progress(turn_id))

    async def jobs(self) -> list[str]:
        return list(await self.redis.zrange(keys.QUEUE, 0, -1))

    async def is_open(self, turn_id: str) -> bool:
        return await self.chat.store.zscore(keys.OPEN_TURNS, turn_id) is not None


@pytest.fixture(params=["same store", "store of its own"])
async def parts(
    request: pytest.FixtureRequest, chat: ChatFixture, redis_url: str, queue_url: str
) -> AsyncIterator[Parts]:
    own = request.param == "store of its own" or queue_of(queue_url) != queue_url  # a Cluster never holds the queue
    url = queue_of(database(redis_url)) if own else queue_url
    async with connect(url) as redis:
        queue = Queue(redis, SETTINGS)
        waiting = WaitingQuestions(chat.store, SETTINGS, chat.turns, queue)
        yield Parts(chat, redis, queue, waiting, Endings(chat.turns, chat.log, queue, waiting, Traces()))


async def test_a_stopped_turn_without_a_worker_keeps_the_shown_text(parts: Parts) -> None:
    turn_id, token = await parts.begin_reply(Thinking(content="hm "), Chunk(content="one "), Chunk(content="two "))
    await parts.lose_worker(turn_id)
    assert await parts.chat.turns.cancel(USER, turn_id) == Stopped("running", is_new=False)
    assert await parts.endings.end_stopped(turn_id) == "ended"
    turn, history = await parts.chat.turns.get(turn_id), await parts.chat.sessions.history(USER, parts.chat.session_id)
    assert turn is not None
    assert (turn.state, turn.finish_reason) == ("cancelled", "cancelled")
    reply = history.messages[-1]
    assert (reply.content, reply.thinking, reply.finish_reason) == ("one two ", "hm ", "cancelled")
    assert (await parts.chat.logged(turn_id))[-1].startswith('{"type":"end"')
    assert f'"message_id":"{reply.id}"' in (await parts.chat.logged(turn_id))[-1]
    assert history.session.active_turn is None
    assert await parts.jobs() == []
    assert await parts.redis.exists(keys.job(turn_id), keys.in_progress(turn_id)) == 0
    with pytest.raises(LostTurn):
        await parts.chat.close(turn_id, token)
    assert await parts.endings.end_stopped(turn_id) == "over"


async def test_a_stopped_turn_keeps_its_steps_without_text(parts: Parts) -> None:
    call = ToolCall(index=0, id="a", name="f", server="docs")
    turn_id, _ = await parts.begin_reply(call, StepDone(index=0), ToolStart(index=0))
    await parts.lose_worker(turn_id)
    await parts.chat.turns.cancel(USER, turn_id)
    assert await parts.endings.end_stopped(turn_id) == "ended"
    reply = (await parts.chat.sessions.history(USER, parts.chat.session_id)).messages[-1]
    kept = ServerCall(id="a", name="f", arguments="", server="docs", started=True)
    assert (reply.content, reply.steps) == ("", [ReplyStep(calls=[kept])])


async def test_a_stopped_turn_that_a_worker_holds_is_left_to_it(parts: Parts) -> None:
    turn_id, token = await parts.begin_reply(Chunk(content="one "))
    await parts.chat.turns.cancel(USER, turn_id)
    assert await parts.endings.end_stopped(turn_id) == "held"
    assert await parts.redis.get(keys.in_progress(turn_id)) == token
    await parts.chat.close(turn_id, token)


async def test_a_stopped_turn_is_watched_until_its_lease_ends(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.stopping.LOOK_SECONDS", 0.01)
    turn_id, _ = await parts.begin_reply(Chunk(content="one "))
    metrics = Metrics()
    stopping = Stopping(parts.chat.turns, parts.queue, parts.endings, metrics)
    watching = asyncio.create_task(stopping.run())
    assert await stopping.stop(USER, turn_id) == "running"
    await parts.lose_worker(turn_id)

    async def is_counted() -> bool:
        return metrics.registry.get_sample_value("holdfast_turns_ended_total", ENDED) == 1

    await eventually(is_counted)
    await stop(watching)
    assert await parts.chat.contents() == ["hello", "one "]


async def test_a_turn_whose_stop_flag_was_lost_is_left_to_workers(parts: Parts) -> None:
    """As after a failover to a replica that had not received the flag."""
    turn_id, _ = await parts.begin_reply(Chunk(content="one "))
    await parts.lose_worker(turn_id)
    assert await parts.endings.end_stopped(turn_id) == "held"
    turn_id_again, token = await parts.claim()
    assert turn_id_again == turn_id
    assert (await parts.chat.turns.begin(turn_id, token, losses_allowed=2)).status == "begun"


async def test_a_claim_longer_than_a_lease_is_cut_to_one_lease(parts: Parts) -> None:
    """As a claim made before the store's clock was set back by an hour."""
    turn_id, token = await parts.begin_reply(Chunk(content="one "))
    await parts.redis.pexpire(keys.in_progress(turn_id), LEASE_MS + 3_600_000)
    assert await parts.queue.take(turn_id) is None
    assert await parts.redis.get(keys.in_progress(turn_id)) == token
    assert 0 < await parts.redis.pttl(keys.in_progress(turn_id)) <= LEASE_MS


async def test_a_taken_claim_token_is_greater_than_any_before(parts: Parts) -> None:
    seconds = (await parts.redis.time())[0]
    ahead = (seconds + 3600) * 1_000_000
    await parts.redis.set(keys.LAST_CLAIM, ahead)
    token = await parts.queue.take("job")
    assert token is not None
    assert int(token) > ahead
    await parts.queue.put("other")
    assert int((await parts.claim())[1]) > int(token)


async def test_a_repeated_take_answers_as_the_first_one(parts: Parts) -> None:
    for token, is_held in (("100", True), ("100", True), ("101", False)):
        assert await run(parts.redis, take_call("job", token, LEASE_MS)) is is_held


async def test_a_repeated_stop_answers_as_the_first_one(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id = (await parts.chat.open()).turn_id
    ask_twice(monkeypatch, "cancel")
    assert await parts.chat.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=True)
    assert len(await parts.chat.logged(turn_id)) == 2
    assert await parts.chat.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=False)


@pytest.mark.parametrize("off", [-7200, 7200], ids=["behind", "ahead"])
async def test_a_stopped_turn_expires_by_the_stores_clock(
    parts: Parts, off: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_id, seconds = (await parts.chat.open()).turn_id, (await parts.chat.store.time())[0]
    monkeypatch.setattr("time.time", lambda: seconds + off)
    await parts.chat.turns.cancel(USER, turn_id)
    gone_at = await parts.chat.store.zscore(keys.turns(parts.chat.session_id), turn_id)
    assert abs(gone_at - seconds - SETTINGS.log_ttl) < 60
    turn = await parts.chat.turns.get(turn_id)
    assert turn is not None
    assert turn.finished_at is not None
    assert abs(turn.finished_at - seconds) < 60


async def test_a_sweep_ends_a_stopped_turn_whose_lease_ended(parts: Parts) -> None:
    turn_id, _ = await parts.begin_reply(Chunk(content="one "))
    await parts.lose_worker(turn_id)
    await parts.chat.turns.cancel(USER, turn_id)
    await parts.sweeper.sweep([turn_id])
    assert await parts.chat.contents() == ["hello", "one "]
    assert await parts.jobs() == []


async def test_a_sweep_ends_a_waiting_turn_whose_history_was_cleared(parts: Parts) -> None:
    """The API that cleared the history died before it stopped the turn."""
    turn_id = (await parts.chat.open()).turn_id
    await parts.queue.put(turn_id)
    await parts.chat.sessions.clear(USER, parts.chat.session_id)
    await parts.sweeper.sweep([turn_id])
    turn = await parts.chat.turns.get(turn_id)
    assert turn is not None
    assert turn.state == "cancelled"
    assert (await parts.chat.contents(), await parts.jobs()) == ([], [])


@pytest.mark.parametrize("end", ["stopped", "deleted"])
async def test_a_sweep_removes_the_job_of_an_ended_turn(parts: Parts, end: str) -> None:
    """The API that ended the turn died before it removed the job."""
    turn_id = (await parts.chat.open()).turn_id
    await parts.queue.put(turn_id)
    if end == "stopped":
        await parts.chat.turns.cancel(USER, turn_id)
    else:
        await parts.queue.put_title(parts.chat.session_id)
        await parts.chat.sessions.delete(USER, parts.chat.session_id)
    assert await parts.is_open(turn_id)
    await parts.sweeper.sweep([turn_id])
    assert (await parts.queue.waiting()).jobs == 0
    assert await parts.redis.exists(keys.job(turn_id), keys.job(keys.title_job(parts.chat.session_id))) == 0
    assert not await parts.is_open(turn_id)


async def test_a_sweep_leaves_the_job_of_an_ended_turn_to_its_worker(parts: Parts) -> None:
    turn_id, token = await parts.begin_reply(Chunk(content="one "))
    await parts.chat.close(turn_id, token)
    await parts.sweeper.sweep([turn_id])
    assert await parts.redis.get(keys.in_progress(turn_id)) == token
    assert await parts.is_open(turn_id)
    await parts.lose_worker(turn_id)
    await parts.sweeper.sweep([turn_id])
    assert not await parts.is_open(turn_id)
    assert await parts.jobs() == []


async def test_a_record_of_another_type_does_not_end_a_sweep(parts: Parts) -> None:
    odd, lost = f"{uuid4()}.1", (await parts.chat.open()).turn_id
    await parts.chat.store.set(keys.turn(odd), "no hash")
    await parts.sweeper.sweep([odd, lost])
    assert await parts.jobs() == [lost]


async def test_removing_a_job_that_was_never_queued_leaves_nothing(parts: Parts) -> None:
    job_id = f"{uuid4()}.1"
    assert await parts.endings.remove_jobs(job_id)
    assert await parts.redis.exists(keys.in_progress(job_id), keys.QUEUE) == 0


@pytest.mark.parametrize("lost", ["the worker after closing", "the turn's record"])
async def test_a_sweep_opens_the_question_that_waits(parts: Parts, lost: str) -> None:
    turn_id, token = await parts.begin_reply()
    following = (await parts.chat.open("next", waits=True)).turn_id
    await parts.sweeper.look(following)
    assert not await parts.is_open(following)
    if lost == "the turn's record":
        await parts.chat.store.delete(keys.turn(turn_id))
    else:
        await parts.chat.close(turn_id, token)
        await parts.chat.store.zrem(keys.OPEN_TURNS, following)
        await parts.chat.store.zadd(keys.OPEN_TURNS, {turn_id: 0})
    await parts.sweeper.look(turn_id)
    turn = await parts.chat.turns.get(following)
    assert turn is not None
    assert turn.state == "queued"
    assert await parts.is_open(following)
    assert following in await parts.jobs()


@pytest.mark.parametrize("script", ["close", "cancel", "advance"])
async def test_a_repeated_end_opens_one_question(parts: Parts, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    turn_id, token = await parts.begin_reply()
    for text in ("second", "third"):
        await parts.chat.open(text, waits=True)
    if script != "close":
        ask_twice(monkeypatch, script)
    await parts.chat.close(turn_id, token)
    await parts.chat.close(turn_id, token)
    if script == "cancel":
        active = (await parts.chat.sessions.get(USER, parts.chat.session_id)).active_turn
        await parts.chat.turns.cancel(USER, active or "")
    await parts.waiting.resume(USER, parts.chat.session_id)
    history = await parts.chat.sessions.history(USER, parts.chat.session_id)
    assert len(history.waiting) == (0 if script == "cancel" else 1)
    assert history.messages[-1].content == ("third" if script == "cancel" else "second")
