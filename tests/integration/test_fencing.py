"""Attempts of a turn on a real store: only the newest claim writes, and repeated steps change nothing."""

import pytest

from chat import keys
from chat.event_log import Entry, LogWriter, LostTurn, parse_published
from chat.events import Chunk, Retry
from chat.turn_record import Stopped
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.waiting import PATIENCE


async def test_appending_numbers_the_events_without_a_gap(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    assert await chat.append(writer, Chunk(content="a"), Chunk(content="b")) is False
    assert await chat.append(writer) is False
    await chat.append(writer, Chunk(content="c"))
    reading = await chat.log.read(turn_id, 1)
    assert reading is not None
    assert [(entry.seq, entry.json) for entry in reading.entries] == [
        (2, '{"type":"chunk","content":"a"}'),
        (3, '{"type":"chunk","content":"b"}'),
        (4, '{"type":"chunk","content":"c"}'),
    ]


async def test_events_are_published_with_number_and_kind(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    async with chat.store.pubsub() as pubsub:
        await pubsub.subscribe(keys.turn(turn_id))
        await pubsub.get_message(timeout=PATIENCE)
        await chat.append(writer, Chunk(content="a"))
        await chat.close(turn_id)
        messages = [(await pubsub.get_message(timeout=PATIENCE))["data"] for _ in range(2)]
    assert messages[0] == '2:{"type":"chunk","content":"a"}\n:chunk'
    assert parse_published(messages[0]) == Entry.of(2, Chunk("a"))
    assert messages[1].startswith('3:{"type":"end"')
    assert messages[1].endswith("\n:end")


async def test_a_lost_claim_can_neither_append_nor_close(chat: ChatFixture) -> None:
    turn_id, stale = await chat.begun("100")
    await chat.append(stale, Chunk(content="lost"))
    writer = await chat.claim(turn_id, "200")
    await chat.append(writer, Chunk(content="kept"))
    before = await chat.kept()
    in_step = LogWriter(turn_id, "100", await chat.last(turn_id))
    for events in ((), (Chunk(content="late"),)):
        for writer_of_old in (stale, in_step):
            with pytest.raises(LostTurn):
                await chat.append(writer_of_old, *events)
    with pytest.raises(LostTurn):
        await chat.close(turn_id, "100", "lost")
    assert await chat.kept() == before
    await chat.close(turn_id, "200", "kept")
    assert await chat.contents() == ["hello", "kept"]
    logged_events = await chat.logged(turn_id)
    assert '{"type":"restart","attempt":2}' in logged_events
    assert not any("late" in event for event in logged_events)


async def test_an_older_claim_cannot_begin_after_a_newer_one(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun("200")
    before = await chat.kept()
    assert (await chat.turns.begin(turn_id, "100")).status == "stale"
    assert await chat.kept() == before


async def test_claim_tokens_are_compared_as_numbers_not_as_text(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun("999")
    assert (await chat.turns.begin(turn_id, "1000")).status == "begun"
    assert (await chat.turns.begin(turn_id, "999")).status == "stale"


async def test_beginning_again_with_the_same_claim_changes_nothing(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    before = await chat.kept()
    again = await chat.turns.begin(turn_id, "100")
    assert again.turn is not None
    assert (again.status, again.turn.attempt, again.turn.seq) == ("begun", 1, 1)
    assert await chat.kept() == before


async def test_a_repeated_append_writes_once(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    twin = LogWriter(turn_id, "100", 1)
    await chat.append(writer, Chunk(content="a"), Chunk(content="b"))
    before = await chat.kept()
    await chat.append(twin, Chunk(content="a"), Chunk(content="b"))
    assert await chat.kept() == before
    await chat.append(twin, Chunk(content="c"))
    assert len(await chat.logged(turn_id)) == 4


async def test_a_writer_with_a_wrong_seq_is_refused(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    await chat.append(writer, Chunk(content="a"), Chunk(content="b"))
    before = await chat.kept()
    for seq in (0, 2, 9):
        with pytest.raises(LostTurn):
            await chat.append(LogWriter(turn_id, "100", seq), Chunk(content="x"), Chunk(content="y"))
    assert await chat.kept() == before


async def test_closing_again_changes_nothing(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    await chat.close(turn_id, text="once")
    before = await chat.kept()
    await chat.close(turn_id, text="twice")
    assert await chat.kept() == before
    with pytest.raises(LostTurn):
        await chat.append(writer, Chunk(content="after the end"))
    assert (await chat.turns.begin(turn_id, "300")).status == "ended"
    assert await chat.kept() == before
    assert await chat.contents() == ["hello", "once"]


async def test_the_writer_learns_of_the_stop_flag(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    assert await chat.turns.cancel(USER, turn_id) == Stopped("running", is_new=False)
    assert await chat.append(writer, Chunk(content="a")) is True
    assert await chat.append(writer) is True
    assert (await chat.turns.begin(turn_id, "200")).status == "cancelled"


async def test_the_first_token_time_ignores_retry_events(chat: ChatFixture) -> None:
    turn_id, writer = await chat.begun()
    retry = Retry(attempt=2, reason="model_timeout", wait_seconds=0)
    await chat.append(writer, retry)
    turn = await chat.turns.get(turn_id)
    assert turn is not None
    assert turn.first_token_at is None
    await chat.append(writer, retry, Chunk(content="a"))
    turn = await chat.turns.get(turn_id)
    assert turn is not None
    assert turn.first_token_at is not None
