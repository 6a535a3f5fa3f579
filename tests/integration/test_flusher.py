"""The flusher writes for many turns at once on a real store."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat import keys
from chat.event_log import LogWriter, LostTurn, TurnLog
from chat.events import Event, ToolStart
from chat.replay import text_of
from launcher import ports
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.flushing import LAST, SECONDS, RecordingLog, another_session, flushing, has_text, replies_with
from tests.support.waiting import eventually
from worker.llm.delta import Delta
from worker.llm.tries import Sink
from worker.output.flush_interval import FlushInterval
from worker.output.flusher import Flusher
from worker.output.relay import FULL, Relay, Stopped, TooSlow

ENDED_BY_TEST = 12_345.0
"""Time limit of a reply in seconds that the test itself ends with `time_is_up`."""


async def logged(chat: ChatFixture, turn_id: str) -> str:
    """The text of the turn's log as its readers see it."""
    reading = await chat.log.read(turn_id, 0)
    assert reading
    return text_of(reading.entries).content


@pytest.fixture
def time_is_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function that ends the time limit of the reply that runs with `ENDED_BY_TEST`."""
    plain, limits = asyncio.timeout, list[asyncio.Timeout]()

    def recorded(seconds: float | None) -> asyncio.Timeout:
        limit = plain(seconds)
        if seconds == ENDED_BY_TEST:
            limits.append(limit)
        return limit

    monkeypatch.setattr(asyncio, "timeout", recorded)
    return lambda: limits[-1].reschedule(asyncio.get_running_loop().time())


async def test_the_text_of_each_of_many_turns_goes_to_its_own_log(chat: ChatFixture, flusher: Flusher) -> None:
    chats = [await another_session(chat) for _ in range(50)]
    turns = [await each.begun() for each in chats]
    relays = [Relay(writer, flusher) for _, writer in turns]
    words = [[f"{number}.{step} " for step in range(20)] for number in range(50)]
    await asyncio.gather(*(relay.run(replies_with(*said), SECONDS) for relay, said in zip(relays, words, strict=True)))
    assert [relay.text for relay in relays] == ["".join(said) for said in words]
    for each, (turn_id, _), relay in zip(chats, turns, relays, strict=True):
        await each.close(turn_id, text=relay.text)
        assert await logged(each, turn_id) == relay.text


async def test_a_lost_turn_does_not_delay_other_turns(chat: ChatFixture, flusher: Flusher) -> None:
    other = await another_session(chat)
    (lost_id, lost), (_, kept) = await chat.begun(), await other.begun()
    await chat.claim(lost_id, "200")
    outcomes = await asyncio.gather(
        Relay(lost, flusher).run(replies_with("a"), SECONDS),
        Relay(kept, flusher).run(replies_with("b"), SECONDS),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [LostTurn, Delta]


async def test_a_lost_turn_is_never_settled(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun("100")
    await chat.claim(turn_id, "200")
    settled = False

    async def source(relay: Relay) -> Delta:
        nonlocal settled
        relay.add(ToolStart(index=0))
        await relay.settled()
        settled = True
        return LAST

    with pytest.raises(LostTurn):
        await Relay(writer, flusher).run(source, SECONDS)
    assert not settled


async def test_a_log_that_cannot_be_written_does_not_delay_others(chat: ChatFixture, flusher: Flusher) -> None:
    other = await another_session(chat)
    (odd_id, odd), (_, kept) = await chat.begun(), await other.begun()
    await chat.store.delete(keys.log(odd_id))
    await chat.store.set(keys.log(odd_id), "no stream")
    outcomes = await asyncio.gather(
        Relay(odd, flusher).run(replies_with("a"), SECONDS),
        Relay(kept, flusher).run(replies_with("b"), SECONDS),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], RedisError)
    assert outcomes[1] == LAST


@pytest.mark.parametrize("step", ["take", "written"])
async def test_a_relay_that_raises_fails_only_its_own_turn(
    chat: ChatFixture, flusher: Flusher, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    other = await another_session(chat)
    (_, odd), (_, kept) = await chat.begun(), await other.begun()
    breaks, keeps = Relay(odd, flusher), Relay(kept, flusher)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(breaks, step, broken)
    outcomes = await asyncio.gather(
        breaks.run(replies_with("a"), SECONDS), keeps.run(replies_with("b"), SECONDS), return_exceptions=True
    )
    assert isinstance(outcomes[0], ZeroDivisionError)
    assert outcomes[1] == LAST
    assert keeps.text == "b"


async def test_a_script_that_the_store_lost_is_loaded_again(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def source(sink: Sink) -> Delta:
        sink.add(Delta("a "))
        await eventually(lambda: has_text(relay, "a "))
        await chat.store.script_flush()
        sink.add(Delta("b "))
        return LAST

    await relay.run(source, SECONDS)
    assert relay.text == "a b "
    assert await logged(chat, turn_id) == "a b "


async def test_a_stop_whose_message_was_lost_ends_a_silent_reply(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun()
    relay = Relay(writer, flusher)
    running = asyncio.create_task(relay.run(replies_with("a", then=asyncio.Event().wait), SECONDS))
    await chat.turns.cancel(USER, turn_id)
    with pytest.raises(Stopped):
        await running
    assert relay.text == "a"


async def test_a_reply_over_its_time_limit_keeps_the_written_text(
    chat: ChatFixture, flusher: Flusher, time_is_up: Callable[[], None]
) -> None:
    turn_id, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def takes_too_long() -> None:
        await eventually(lambda: has_text(relay, "ab"))
        time_is_up()
        await asyncio.Future()

    with pytest.raises(TooSlow):
        await relay.run(replies_with("a", "b", then=takes_too_long), ENDED_BY_TEST)
    assert relay.text == "ab"
    assert await logged(chat, turn_id) == "ab"


async def test_text_unwritten_at_the_time_limit_is_never_written(
    chat: ChatFixture, flusher: Flusher, monkeypatch: pytest.MonkeyPatch, time_is_up: Callable[[], None]
) -> None:
    monkeypatch.setattr(FlushInterval, "window", lambda *_: 10 * SECONDS)
    turn_id, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def source(sink: Sink) -> Delta:
        sink.add(Delta("written "))
        await eventually(lambda: has_text(relay, "written "))
        sink.add(Delta("too late"))
        time_is_up()
        return await asyncio.Future()

    with pytest.raises(TooSlow):
        await asyncio.wait_for(relay.run(source, ENDED_BY_TEST), SECONDS)
    assert relay.text == "written "
    assert await logged(chat, turn_id) == relay.text


async def test_only_turns_with_new_text_are_written(
    chat: ChatFixture, flusher: Flusher, recording_log: RecordingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.output.flusher.LOOK_SECONDS", SECONDS)
    other = await another_session(chat)
    (_, quiet), (_, busy) = await chat.begun(), await other.begun()
    over = asyncio.Event()
    waiting = asyncio.create_task(Relay(quiet, flusher).run(replies_with("a", then=over.wait), SECONDS))

    async def quiet_is_written() -> bool:
        return [quiet] in recording_log.batches

    await eventually(quiet_is_written)
    await Relay(busy, flusher).run(replies_with(*"abcdefgh"), SECONDS)
    over.set()
    await waiting
    assert recording_log.batches[0] == [quiet]
    assert len(recording_log.batches) > 1
    assert all(batch == [busy] for batch in recording_log.batches[1:])


async def test_a_turn_that_left_is_neither_written_nor_checked(
    chat: ChatFixture, flusher: Flusher, recording_log: RecordingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.output.flusher.LOOK_SECONDS", 0.01)
    other = await another_session(chat)
    (_, left), (turn_id, stays) = await chat.begun(), await other.begun()
    gone = Relay(left, flusher)
    flusher.join(gone)
    gone.add(Delta("never "))
    flusher.leave(gone)
    relay = Relay(stays, flusher)

    async def looked_at_again_and_again() -> bool:
        return len(recording_log.batches) > 5

    await relay.run(replies_with("a", then=lambda: eventually(looked_at_again_and_again)), SECONDS)
    assert not any(left in batch for batch in recording_log.batches)
    assert await logged(other, turn_id) == "a"


async def test_while_the_store_is_away_every_turn_gets_the_error(chat: ChatFixture) -> None:
    async with Redis.from_url(f"redis://127.0.0.1:{ports.free()}/0") as nowhere, flushing(TurnLog(nowhere)) as flusher:
        for each in (chat, await another_session(chat)):
            _, writer = await each.begun()
            with pytest.raises(RedisError):
                await Relay(writer, flusher).run(replies_with("a"), SECONDS)


async def test_an_unexpected_error_while_writing_reaches_the_turn(chat: ChatFixture, store: Redis) -> None:
    class Odd(TurnLog):
        async def append(self, batch: Sequence[tuple[LogWriter, Sequence[Event]]]) -> list[bool | Exception]:
            raise ValueError(len(batch))

    async with flushing(Odd(store)) as flusher:
        for each in (chat, await another_session(chat)):
            _, writer = await each.begun()
            with pytest.raises(ValueError, match="1"):
                await asyncio.wait_for(Relay(writer, flusher).run(replies_with("a"), SECONDS), SECONDS)


async def test_a_model_that_is_faster_than_the_store_is_made_to_wait(chat: ChatFixture, store: Redis) -> None:
    """No flusher runs here, so the text stays in the buffer."""
    _, writer = await chat.begun()
    relay, sent = Relay(writer, Flusher(TurnLog(store))), 0

    async def endless(sink: Sink) -> Delta:
        nonlocal sent
        while True:
            sink.add(Delta("x" * 1000))
            sent += 1000
            await sink.room()

    running = asyncio.create_task(relay.run(endless, SECONDS))
    for _ in range(1000):
        await asyncio.sleep(0)
    assert FULL < sent <= FULL + 1000
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
