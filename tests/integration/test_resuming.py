"""Attempts that go on where the last one stopped, on a real store: what their log keeps, and whom it serves."""

import json
from typing import Any

import pytest

from api.streaming.catch_up import CatchUp
from chat import keys
from chat.event_log import LogWriter, LostTurn
from chat.events import Chunk, Event, Restart, Retry, Thinking
from chat.replay import text_of
from tests.support.chat_fixture import USER, ChatFixture

JUMP = 1_000_000


async def stopped(chat: ChatFixture, *events: Event) -> str:
    """Open a turn whose first attempt, with the claim 100, wrote the events and was lost."""
    turn_id, writer = await chat.begun("100")
    await chat.append(writer, *events)
    return turn_id


async def entries(chat: ChatFixture, turn_id: str) -> list[tuple[int, str]]:
    reading = await chat.log.read(turn_id, 0)
    assert reading
    return [(entry.seq, entry.kind) for entry in reading.entries]


async def text(chat: ChatFixture, turn_id: str) -> str:
    reading = await chat.log.read(turn_id, 0)
    assert reading
    return text_of(reading.entries).content


async def sent(chat: ChatFixture, turn_id: str, cursor: int) -> list[dict[str, Any]]:
    """What a reader gets that comes with the cursor."""
    frames = await CatchUp(chat.log).missed(turn_id, cursor)
    assert frames is not None
    return [json.loads(frame.data.split(b"\ndata: ")[1]) for frame in frames]


async def test_a_resume_keeps_the_events_before_it(chat: ChatFixture) -> None:
    turn_id = await stopped(chat, Chunk("one "), Chunk("two "))
    writer = await chat.claim(turn_id, "200", "keep")
    await chat.append(writer, Chunk("three"))
    resumed = 3 + JUMP
    assert await entries(chat, turn_id) == [
        (1, "start"),
        (2, "chunk"),
        (3, "chunk"),
        (resumed, "resume"),
        (resumed + 1, "chunk"),
    ]
    assert await text(chat, turn_id) == "one two three"
    assert json.loads((await chat.logged(turn_id))[3]) == {"type": "resume", "attempt": 2}


async def test_until_the_answer_nothing_begins_and_older_claims_fail(chat: ChatFixture) -> None:
    turn_id, earlier = await chat.begun("100")
    await chat.append(earlier, Chunk("one "))
    asked = await chat.turns.begin(turn_id, "200", earlier="ask")
    assert asked.status == "again"
    assert asked.turn
    assert (asked.turn.attempt, asked.turn.seq, len(asked.history)) == (1, 2, 1)
    with pytest.raises(LostTurn):
        await chat.append(earlier, Chunk("late "))
    await chat.claim(turn_id, "200", "keep")
    before = await chat.kept()
    for earlier_events in ("ask", "keep", "drop"):
        assert (await chat.turns.begin(turn_id, "200", earlier=earlier_events)).status == "begun"
    assert await chat.kept() == before


async def test_a_first_attempt_is_not_asked_about_earlier_ones(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    assert (await chat.turns.begin(turn_id, "100", earlier="ask")).status == "begun"
    assert await entries(chat, turn_id) == [(1, "start")]


async def test_readers_of_all_before_a_resume_get_what_follows(chat: ChatFixture) -> None:
    turn_id = await stopped(chat, Chunk("one "), Chunk("two "))
    await chat.append(await chat.claim(turn_id, "200", "keep"), Chunk("three"))
    news = [{"type": "resume", "attempt": 2}, {"type": "chunk", "content": "three"}]
    assert await sent(chat, turn_id, 3) == news
    assert await sent(chat, turn_id, 2) == [{"type": "chunk", "content": "two "}, *news]
    assert [event["type"] for event in await sent(chat, turn_id, 0)] == ["start", "chunk", "resume", "chunk"]


@pytest.mark.parametrize("cursor", [4, 5, 6, JUMP])
async def test_readers_of_lost_text_get_a_snapshot(chat: ChatFixture, cursor: int) -> None:
    """The store has lost its last writes, which readers have, and a new attempt goes on without them."""
    turn_id = await stopped(chat, Chunk("one "), Chunk("two "), Chunk("lost "), Chunk("lost "))
    await chat.store.xdel(keys.log(turn_id), "4-0", "5-0")
    await chat.store.execute_command("HSET", keys.turn(turn_id), "seq", "3")
    await chat.append(await chat.claim(turn_id, "200", "keep"), *[Chunk("three ")] * 3)
    whole = {"type": "snapshot", "content": "one two three three three ", "thinking": ""}
    assert await sent(chat, turn_id, cursor) == [whole]
    assert [event["type"] for event in await sent(chat, turn_id, 3)] == ["resume", "chunk"]


async def test_a_reply_may_be_resumed_many_times(chat: ChatFixture) -> None:
    turn_id = await stopped(chat, Chunk("0 "))
    for number in range(1, 6):
        writer = await chat.claim(turn_id, str(100 + number), "keep")
        if number != 3:  # that attempt is lost before its first text
            await chat.append(writer, Chunk(f"{number} "))
    assert await text(chat, turn_id) == "0 1 2 4 5 "
    for seq, _ in await entries(chat, turn_id):
        events = await sent(chat, turn_id, seq)
        assert not {"snapshot", "restart"} & {event["type"] for event in events}


async def test_a_restart_after_a_resume_voids_all_text(chat: ChatFixture) -> None:
    turn_id = await stopped(chat, Chunk("old "))
    writer = await chat.claim(turn_id, "200", "keep")
    await chat.append(writer, Restart(attempt=2), Chunk("new"))
    assert await text(chat, turn_id) == "new"
    assert [event["type"] for event in await sent(chat, turn_id, 0)] == ["start", "resume", "restart", "chunk"]
    assert [event["type"] for event in await sent(chat, turn_id, 2)] == ["resume", "restart", "chunk"]


async def test_the_position_is_written_with_its_events(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun("100")
    await chat.append(writer, Chunk("one "))
    assert await position(chat, turn_id) == ("", 0)
    writer.position = "p1"
    await chat.append(writer, Chunk("two "))
    assert await position(chat, turn_id) == ("p1", 3)
    late = LogWriter(turn_id, "50", 3)
    late.position = "late"
    with pytest.raises(LostTurn):
        await chat.append(late)
    await chat.append(await chat.claim(turn_id, "200", "keep"), Retry(attempt=2, reason="x", wait_seconds=0))
    assert await position(chat, turn_id) == ("p1", 3)


async def test_the_position_can_be_written_without_events(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun("100")
    writer.position = "p0"
    await chat.append(writer)
    assert await position(chat, turn_id) == ("p0", 1)
    assert await entries(chat, turn_id) == [(1, "start")]


async def test_a_restart_voids_the_position(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun("100")
    writer.position = "old"
    await chat.append(writer, Chunk("old "))
    resumed = await chat.claim(turn_id, "200", "keep")
    await chat.append(resumed, Restart(attempt=2))
    assert await position(chat, turn_id) == ("", 0)
    resumed.position = "new"
    await chat.append(resumed, Restart(attempt=2), Chunk("new "))
    assert (await position(chat, turn_id))[0] == "new"
    await chat.claim(turn_id, "300", "drop")
    assert await position(chat, turn_id) == ("", 0)


async def position(chat: ChatFixture, turn_id: str) -> tuple[str, int]:
    turn = await chat.turns.get(turn_id)
    assert turn
    return turn.position, turn.position_seq


async def test_times_are_those_of_the_text_that_is_kept(chat: ChatFixture) -> None:
    turn_id = await stopped(chat, Thinking("hm"), Chunk("one "))
    first = await chat.turns.get(turn_id)
    assert first
    assert first.text_since
    assert first.thought_at
    assert first.spoke_at
    assert first.text_since <= first.thought_at <= first.spoke_at
    writer = await chat.claim(turn_id, "200", "keep")
    await chat.append(writer, Chunk("two "))
    kept = await chat.turns.get(turn_id)
    assert kept
    assert kept.begun_at
    assert (kept.text_since, kept.thought_at, kept.spoke_at) == (first.text_since, first.thought_at, first.spoke_at)
    assert kept.begun_at > first.spoke_at
    await chat.append(writer, Restart(attempt=2))
    dropped = await chat.turns.get(turn_id)
    assert dropped
    assert dropped.text_since
    assert dropped.text_since > kept.begun_at
    assert (dropped.thought_at, dropped.spoke_at) == (None, None)
    assert dropped.first_token_at == first.first_token_at


async def test_a_stopped_turn_keeps_the_text_of_all_its_attempts(chat: ChatFixture) -> None:
    turn_id = await stopped(chat, Chunk("one "))
    await chat.append(await chat.claim(turn_id, "200", "keep"), Chunk("two "))
    await chat.turns.cancel(USER, turn_id)
    assert (await chat.turns.begin(turn_id, "300", earlier="ask")).status == "cancelled"
    assert await text(chat, turn_id) == "one two "
