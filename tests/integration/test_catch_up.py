"""Catch-up of late readers in long logs: slices, one read for many readers, changes during a read."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.streaming.catch_up import CatchUp, MergedLog, MergedLogCache
from api.streaming.sse import Frame
from chat import keys
from chat.event_log import SLICE, Entry, LogWriter, Reading, TurnLog
from chat.events import Chunk, Thinking
from tests.support.chat_fixture import USER, ChatFixture

LENGTH = 3 * SLICE + 7


class RecordingLog(TurnLog):
    """Records the size of each slice that is read and calls `meanwhile` after the second one."""

    def __init__(self, chat: ChatFixture, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        super().__init__(chat.store)
        self.sizes: list[int] = []
        self._meanwhile = meanwhile

    async def read_slice(self, turn_id: str, after: int, count: int = SLICE) -> Reading | None:
        part = await super().read_slice(turn_id, after, count)
        self.sizes.append(len(part.entries) if part else 0)
        if self._meanwhile and len(self.sizes) == 2:
            await self._meanwhile()
        return part


async def long_log(chat: ChatFixture, length: int = LENGTH) -> tuple[str, LogWriter]:
    turn_id, writer = await chat.begun()
    for begin in range(0, length, SLICE):
        await chat.append(writer, *(Chunk(content=f"{n} ") for n in range(begin, min(begin + SLICE, length))))
    return turn_id, writer


def words(length: int = LENGTH, begin: int = 0) -> str:
    return "".join(f"{n} " for n in range(begin, length))


def events(frames: list[Frame] | None) -> list[dict[str, Any]]:
    assert frames is not None
    return [json.loads(frame.data.split(b"\ndata: ")[1]) for frame in frames]


def text(frames: list[Frame] | None) -> str:
    return "".join(event["content"] for event in events(frames) if event["type"] in ("chunk", "snapshot"))


async def test_a_long_log_is_read_in_slices_and_sent_as_one_event(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    log = RecordingLog(chat)
    frames = await CatchUp(log).missed(turn_id, 0)
    assert [event["type"] for event in events(frames)] == ["start", "chunk"]
    assert text(frames) == words()
    assert max(log.sizes) <= SLICE
    assert len(log.sizes) > LENGTH // SLICE
    assert frames is not None
    assert frames[-1].data.startswith(f"id: {turn_id}:{LENGTH + 1}\n".encode())


async def test_other_tasks_run_between_any_two_slices(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id, _ = await long_log(chat)
    parts = [await chat.log.read_slice(turn_id, n * SLICE, SLICE) for n in range(4)]
    passes, at_read = 0, list[int]()

    async def read_slice(*_: object) -> Reading | None:
        at_read.append(passes)
        return parts[len(at_read) - 1]

    async def count() -> None:
        nonlocal passes
        while True:
            passes += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(chat.log, "read_slice", read_slice)
    counting = asyncio.create_task(count())
    assert text(await CatchUp(chat.log).missed(turn_id, 0)) == words()
    counting.cancel()
    assert len(at_read) == 4
    assert len(set(at_read)) == 4


async def test_many_readers_at_once_share_one_read_and_its_frames(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    log = RecordingLog(chat)
    catch_up = CatchUp(log)
    answers = await asyncio.gather(*(catch_up.missed(turn_id, 0) for _ in range(50)))
    assert {text(frames) for frames in answers} == {words()}
    assert sum(log.sizes) == LENGTH + 1
    assert all(frames is not None and frames is answers[0] for frames in answers)


async def test_the_next_reader_reads_only_the_new_entries(chat: ChatFixture) -> None:
    turn_id, writer = await long_log(chat)
    log = RecordingLog(chat)
    catch_up = CatchUp(log)
    first = await catch_up.missed(turn_id, 0)
    assert await catch_up.missed(turn_id, 0) is first
    await chat.append(writer, Chunk(content="more"))
    log.sizes.clear()
    assert text(await catch_up.missed(turn_id, 0)) == words() + "more"
    assert log.sizes == [1]


async def test_a_reader_in_the_middle_of_a_log_gets_the_rest(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    frames = await CatchUp(chat.log).missed(turn_id, 11)
    assert [event["type"] for event in events(frames)] == ["chunk"]
    assert text(frames) == words(begin=10)


async def test_a_cursor_beyond_a_long_log_gets_a_snapshot(chat: ChatFixture) -> None:
    turn_id, writer = await long_log(chat)
    await chat.append(writer, Thinking(content='so "what"'))
    frames = await CatchUp(chat.log).missed(turn_id, 10_000)
    assert events(frames) == [{"type": "snapshot", "content": words(), "thinking": 'so "what"'}]
    assert frames is not None
    assert frames[0].seq == LENGTH + 2


async def test_a_restart_during_a_read_drops_the_text_before_it(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)

    async def restart() -> None:
        writer = await chat.claim(turn_id, "200")
        await chat.append(writer, Chunk(content="anew"))

    frames = await CatchUp(RecordingLog(chat, restart)).missed(turn_id, 0)
    assert [event["type"] for event in events(frames)] == ["start", "restart", "chunk"]
    assert text(frames) == "anew"


async def test_a_restart_after_a_read_drops_the_cached_text(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    catch_up = CatchUp(chat.log)
    await catch_up.missed(turn_id, 0)
    await chat.claim(turn_id, "200")
    frames = await catch_up.missed(turn_id, 0)
    assert [event["type"] for event in events(frames)] == ["start", "restart"]


async def test_an_end_during_a_read_is_sent(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    frames = await CatchUp(RecordingLog(chat, lambda: chat.close(turn_id))).missed(turn_id, 0)
    assert text(frames) == words()
    assert events(frames)[-1]["type"] == "end"
    assert frames is not None
    assert frames[-1].is_terminal


async def test_nothing_is_sent_of_a_session_deleted_during_a_read(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    log = RecordingLog(chat, lambda: chat.sessions.delete(USER, chat.session_id))
    assert await CatchUp(log).missed(turn_id, 0) is None


@pytest.mark.parametrize("cursor", [0, 10_000])
async def test_the_cached_text_of_a_deleted_session_is_not_sent(chat: ChatFixture, cursor: int) -> None:
    turn_id, _ = await long_log(chat)
    catch_up = CatchUp(chat.log)
    assert text(await catch_up.missed(turn_id, cursor)) == words()
    await chat.sessions.delete(USER, chat.session_id)
    assert await catch_up.missed(turn_id, cursor) is None
    assert catch_up.cache.size == 0


@pytest.mark.parametrize("cursor", [0, 10, 10_000])
async def test_a_log_that_expires_during_a_read_is_not_sent_in_part(chat: ChatFixture, cursor: int) -> None:
    turn_id, _ = await long_log(chat)
    log = RecordingLog(chat, lambda: chat.store.delete(keys.log(turn_id)))
    assert await CatchUp(log).missed(turn_id, cursor) is None


async def test_a_log_that_a_failover_shortened_is_read_again(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)

    async def fail_over() -> None:
        await chat.store.delete(keys.log(turn_id))
        for seq in range(1, 11):
            await chat.store.xadd(keys.log(turn_id), {"e": f'{{"type":"chunk","content":"{seq}"}}'}, id=f"{seq}-0")
        await chat.store.execute_command("HSET", keys.turn(turn_id), "seq", 10)

    frames = await CatchUp(RecordingLog(chat, fail_over)).missed(turn_id, 0)
    assert events(frames) == [{"type": "snapshot", "content": "12345678910", "thinking": ""}]


async def test_a_cursor_in_a_gap_of_the_log_gets_a_snapshot(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    await chat.store.xtrim(keys.log(turn_id), minid=str(SLICE))
    frames = await CatchUp(chat.log).missed(turn_id, 11)
    assert [event["type"] for event in events(frames)] == ["snapshot"]


async def test_a_log_that_lost_its_end_is_not_sent_in_part(chat: ChatFixture) -> None:
    turn_id, _ = await long_log(chat)
    await chat.store.xdel(keys.log(turn_id), f"{LENGTH + 1}-0")
    assert await CatchUp(chat.log).missed(turn_id, 0) is None


def merged_log(name: str, entries: int = SLICE) -> MergedLog:
    made = MergedLog(name, 0)
    made.replay.add([Entry.of(seq, Chunk("x")) for seq in range(1, entries + 1)])
    return made


async def test_the_cache_is_bounded_and_drops_the_oldest_first() -> None:
    size = merged_log("a").replay.size
    cache = MergedLogCache(max_bytes=2 * size)
    for name in "abc":
        cache.keep(merged_log(name))
    assert cache.size == 2 * size
    assert [bool(cache.take(name)) for name in "abc"] == [False, True, True]
    assert cache.size == 0
    cache.keep(merged_log("large", 3 * SLICE))
    cache.keep(merged_log("small", SLICE - 1))
    assert cache.size == 0


async def test_the_cache_drops_a_log_after_its_time() -> None:
    cache = MergedLogCache(seconds=0)
    cache.keep(merged_log("a"))
    while cache.size:  # noqa: ASYNC110 - waits for a timer of this event loop
        await asyncio.sleep(0)
    assert cache.take("a") is None
