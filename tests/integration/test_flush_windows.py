"""The flusher writes once per window, except for text that must not wait."""

import asyncio
from itertools import pairwise

import pytest

from chat.events import Retry
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.flushing import LAST, SECONDS, RecordingLog, another_session, has_text, replies_with
from tests.support.waiting import eventually
from worker.llm.delta import Delta
from worker.llm.tries import Sink
from worker.output.flush_interval import SHORTEST, FlushInterval
from worker.output.flusher import Flusher
from worker.output.relay import FULL, Relay, Stopped


async def test_two_writes_are_at_least_one_window_apart(
    chat: ChatFixture, flusher: Flusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaves out the first write, which does not wait because it has more than `FULL` characters."""
    plain, begun = FlushInterval.window, list[tuple[float, float]]()

    def recorded(interval: FlushInterval, now: float) -> float:
        begun.append((now, plain(interval, now)))
        return begun[-1][1]

    monkeypatch.setattr(FlushInterval, "window", recorded)
    _, writer = await chat.begun()

    async def source(sink: Sink) -> Delta:
        sink.add(Delta("x" * (FULL + 1)))
        await sink.room()
        while len(begun) < 6:
            sink.add(Delta("x"))
            await asyncio.sleep(0.001)
        return LAST

    await Relay(writer, flusher).run(source, SECONDS)
    for (before, window), (after, _) in pairwise(begun[1:]):
        assert after - before >= window >= SHORTEST


@pytest.fixture
async def amid_a_window(chat: ChatFixture, flusher: Flusher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another turn has just been written, and the next window outlasts the test."""
    monkeypatch.setattr(FlushInterval, "window", lambda *_: 10 * SECONDS)
    _, writer = await (await another_session(chat)).begun()
    await Relay(writer, flusher).run(replies_with("a"), SECONDS)


@pytest.mark.usefixtures("amid_a_window")
async def test_first_words_do_not_wait_for_the_window(chat: ChatFixture, flusher: Flusher) -> None:
    _, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def is_written() -> None:
        await eventually(lambda: has_text(relay, "first"))

    await relay.run(replies_with("first", then=is_written), SECONDS)


@pytest.mark.usefixtures("amid_a_window")
async def test_a_retry_does_not_wait_for_the_window(
    chat: ChatFixture, flusher: Flusher, recording_log: RecordingLog
) -> None:
    _, writer = await chat.begun()

    async def is_written() -> bool:
        return [writer] in recording_log.batches

    async def source(sink: Sink) -> Delta:
        sink.add(Retry(attempt=2, reason="model_unavailable", wait_seconds=1))
        await eventually(is_written)
        return LAST

    await Relay(writer, flusher).run(source, SECONDS)


@pytest.mark.usefixtures("amid_a_window")
async def test_an_end_does_not_wait_for_the_window(chat: ChatFixture, flusher: Flusher) -> None:
    _, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def source(sink: Sink) -> Delta:
        sink.add(Delta("first "))
        await eventually(lambda: has_text(relay, "first "))
        sink.add(Delta("and last"))
        return LAST

    await relay.run(source, SECONDS)
    assert relay.text == "first and last"


@pytest.mark.usefixtures("amid_a_window")
async def test_a_stop_does_not_wait_for_the_window(chat: ChatFixture, flusher: Flusher) -> None:
    turn_id, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def is_stopped() -> None:
        await eventually(lambda: has_text(relay, "first"))
        await chat.turns.cancel(USER, turn_id)
        relay.look()
        await asyncio.Future()

    with pytest.raises(Stopped):
        await relay.run(replies_with("first", then=is_stopped), SECONDS)


async def test_every_delta_is_counted_by_the_flush_interval(
    chat: ChatFixture, flusher: Flusher, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[FlushInterval] = []
    monkeypatch.setattr(FlushInterval, "count", lambda interval: counted.append(interval))
    _, writer = await chat.begun()
    await Relay(writer, flusher).run(replies_with(*"abcdefgh"), SECONDS)
    assert len(counted) >= 8


async def test_text_beyond_the_buffer_does_not_wait_for_the_window(
    chat: ChatFixture, flusher: Flusher, recording_log: RecordingLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FlushInterval, "window", lambda *_: 10 * SECONDS)
    _, writer = await chat.begun()
    relay = Relay(writer, flusher)

    async def source(sink: Sink) -> Delta:
        sink.add(Delta("first "))
        await eventually(lambda: has_text(relay, "first "))
        sink.add(Delta("x" * (FULL + 1)))
        await sink.room()
        return LAST

    await relay.run(source, SECONDS)
    assert len(recording_log.batches) == 2
