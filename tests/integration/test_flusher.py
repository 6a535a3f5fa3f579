"""Writing for many turns at once, on a real store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from chat import keys
from chat.log import LostTurn, TurnLog
from chat.replay import text_of
from tests.support.room import USER, Room
from tests.support.waiting import eventually
from worker.asking import Sink
from worker.deltas import Delta
from worker.flusher import Flusher
from worker.relay import FULL, Relay, Stopped, TooSlow

SECONDS = 20.0
LAST = Delta(finish_reason="stop")


@pytest.fixture
async def flusher(store: Redis) -> AsyncIterator[Flusher]:
    made = Flusher(TurnLog(store))
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def says(*words: str, then: Callable[[], Awaitable[object]] | None = None) -> Callable[[Sink], Awaitable[Delta]]:
    """A model that says the words one by one, and does something before the end."""

    async def source(sink: Sink) -> Delta:
        for word in words:
            sink.add(Delta(word))
            await sink.room()
            await asyncio.sleep(0)
        if then:
            await then()
        return LAST

    return source


async def says_already(relay: Relay, text: str) -> bool:
    return relay.text == text


async def logged(room: Room, turn_id: str) -> str:
    """The text that the turn's readers are shown."""
    reading = await room.log.read(turn_id, 0)
    assert reading
    return text_of(reading.entries).content


async def another(room: Room) -> Room:
    """Another session of the same user's, on the same store."""
    return Room(room.store, (await room.sessions.create(USER, "assistant")).session_id)


async def test_what_each_of_many_turns_says_ends_in_its_own_log(room: Room, flusher: Flusher) -> None:
    rooms = [await another(room) for _ in range(50)]
    turns = [await each.begun() for each in rooms]
    relays = [Relay(writer, flusher) for _, writer in turns]
    words = [[f"{number}.{step} " for step in range(20)] for number in range(50)]
    await asyncio.gather(*(relay.run(says(*said), SECONDS) for relay, said in zip(relays, words, strict=True)))
    assert [relay.text for relay in relays] == ["".join(said) for said in words]
    for each, (turn_id, _), relay in zip(rooms, turns, relays, strict=True):
        await each.close(turn_id, text=relay.text)
        assert await logged(each, turn_id) == relay.text


async def test_a_turn_that_was_lost_does_not_hold_up_its_neighbours(room: Room, flusher: Flusher) -> None:
    other = await another(room)
    (lost_id, lost), (_, kept) = await room.begun(), await other.begun()
    await room.claim(lost_id, "200")
    outcomes = await asyncio.gather(
        Relay(lost, flusher).run(says("a"), SECONDS),
        Relay(kept, flusher).run(says("b"), SECONDS),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [LostTurn, Delta]


async def test_a_record_that_cannot_be_written_does_not_hold_up_its_neighbours(room: Room, flusher: Flusher) -> None:
    other = await another(room)
    (odd_id, odd), (_, kept) = await room.begun(), await other.begun()
    await room.store.delete(keys.log(odd_id))
    await room.store.set(keys.log(odd_id), "no stream")
    outcomes = await asyncio.gather(
        Relay(odd, flusher).run(says("a"), SECONDS),
        Relay(kept, flusher).run(says("b"), SECONDS),
        return_exceptions=True,
    )
    assert isinstance(outcomes[0], RedisError)
    assert outcomes[1] == LAST


async def test_a_store_that_forgot_the_script_is_told_it_again(room: Room, flusher: Flusher) -> None:
    turn_id, writer = await room.begun()
    relay = Relay(writer, flusher)

    async def source(sink: Sink) -> Delta:
        sink.add(Delta("a "))
        await eventually(lambda: says_already(relay, "a "))
        await room.store.script_flush()
        sink.add(Delta("b "))
        return LAST

    await relay.run(source, SECONDS)
    assert relay.text == "a b "
    assert await logged(room, turn_id) == "a b "


async def test_a_stop_is_seen_though_the_model_is_silent_and_the_hint_was_lost(room: Room, flusher: Flusher) -> None:
    turn_id, writer = await room.begun()
    relay = Relay(writer, flusher)
    running = asyncio.create_task(relay.run(says("a", then=asyncio.Event().wait), SECONDS))
    await room.turns.cancel(USER, turn_id)
    with pytest.raises(Stopped):
        await running
    assert relay.text == "a"


async def test_a_reply_that_takes_too_long_is_broken_off_with_what_was_written(room: Room, flusher: Flusher) -> None:
    turn_id, writer = await room.begun()
    relay = Relay(writer, flusher)
    with pytest.raises(TooSlow):
        await relay.run(says("a", "b", then=asyncio.Event().wait), 0.3)
    assert relay.text == "ab"
    assert await logged(room, turn_id) == "ab"


async def test_a_model_that_is_faster_than_the_store_is_made_to_wait(room: Room, store: Redis) -> None:
    """Nobody writes here, so what gathers stays."""
    _, writer = await room.begun()
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
