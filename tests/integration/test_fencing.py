"""A turn's attempts on a real store: only the newest claim writes, and a repeated step changes nothing."""

import pytest

from chat import keys
from chat.event_log import LogWriter, LostTurn
from chat.events import Chunk, Retry
from chat.turns import Stopped
from tests.support.room import USER, Room
from tests.support.waiting import PATIENCE


async def test_appending_numbers_the_events_without_a_hole(room: Room) -> None:
    turn_id, writer = await room.begun()
    assert await room.append(writer, Chunk(content="a"), Chunk(content="b")) is False
    assert await room.append(writer) is False
    await room.append(writer, Chunk(content="c"))
    reading = await room.log.read(turn_id, 1)
    assert reading is not None
    assert [(entry.seq, entry.json) for entry in reading.entries] == [
        (2, '{"type":"chunk","content":"a"}'),
        (3, '{"type":"chunk","content":"b"}'),
        (4, '{"type":"chunk","content":"c"}'),
    ]


async def test_what_is_appended_is_published_with_its_number(room: Room) -> None:
    turn_id, writer = await room.begun()
    async with room.store.pubsub() as pubsub:
        await pubsub.subscribe(keys.turn(turn_id))
        await pubsub.get_message(timeout=PATIENCE)
        await room.append(writer, Chunk(content="a"))
        await room.close(turn_id)
        messages = [(await pubsub.get_message(timeout=PATIENCE))["data"] for _ in range(2)]
    assert messages[0] == '2:{"type":"chunk","content":"a"}'
    assert messages[1].startswith('3:{"type":"end"')


async def test_a_lost_claim_can_neither_append_nor_close(room: Room) -> None:
    turn_id, stale = await room.begun("100")
    await room.append(stale, Chunk(content="lost"))
    writer = await room.claim(turn_id, "200")
    await room.append(writer, Chunk(content="kept"))
    before = await room.kept()
    in_step = LogWriter(turn_id, "100", await room.last(turn_id))
    for events in ((), (Chunk(content="late"),)):
        for writer_of_old in (stale, in_step):
            with pytest.raises(LostTurn):
                await room.append(writer_of_old, *events)
    with pytest.raises(LostTurn):
        await room.close(turn_id, "100", "lost")
    assert await room.kept() == before
    await room.close(turn_id, "200", "kept")
    assert await room.contents() == ["hello", "kept"]
    told = await room.told(turn_id)
    assert '{"type":"restart","attempt":2}' in told
    assert not any("late" in event for event in told)


async def test_an_older_claim_cannot_begin_after_a_newer_one(room: Room) -> None:
    turn_id, _ = await room.begun("200")
    before = await room.kept()
    assert (await room.turns.begin(turn_id, "100")).status == "stale"
    assert await room.kept() == before


async def test_a_claim_is_newer_by_number_not_by_spelling(room: Room) -> None:
    turn_id, _ = await room.begun("999")
    assert (await room.turns.begin(turn_id, "1000")).status == "begun"
    assert (await room.turns.begin(turn_id, "999")).status == "stale"


async def test_beginning_again_as_the_same_claim_changes_nothing(room: Room) -> None:
    turn_id, _ = await room.begun()
    before = await room.kept()
    again = await room.turns.begin(turn_id, "100")
    assert again.turn is not None
    assert (again.status, again.turn.attempt, again.turn.seq) == ("begun", 1, 1)
    assert await room.kept() == before


async def test_a_repeated_append_writes_once(room: Room) -> None:
    turn_id, writer = await room.begun()
    twin = LogWriter(turn_id, "100", 1)
    await room.append(writer, Chunk(content="a"), Chunk(content="b"))
    before = await room.kept()
    await room.append(twin, Chunk(content="a"), Chunk(content="b"))
    assert await room.kept() == before
    await room.append(twin, Chunk(content="c"))
    assert len(await room.told(turn_id)) == 4


async def test_a_writer_that_lost_count_is_refused(room: Room) -> None:
    turn_id, writer = await room.begun()
    await room.append(writer, Chunk(content="a"), Chunk(content="b"))
    before = await room.kept()
    for seq in (0, 2, 9):
        with pytest.raises(LostTurn):
            await room.append(LogWriter(turn_id, "100", seq), Chunk(content="x"), Chunk(content="y"))
    assert await room.kept() == before


async def test_closing_again_changes_nothing(room: Room) -> None:
    turn_id, writer = await room.begun()
    await room.close(turn_id, text="once")
    before = await room.kept()
    await room.close(turn_id, text="twice")
    assert await room.kept() == before
    with pytest.raises(LostTurn):
        await room.append(writer, Chunk(content="after the end"))
    assert (await room.turns.begin(turn_id, "300")).status == "ended"
    assert await room.kept() == before
    assert await room.contents() == ["hello", "once"]


async def test_the_stop_flag_is_told_to_the_writer(room: Room) -> None:
    turn_id, writer = await room.begun()
    assert await room.turns.cancel(USER, turn_id) == Stopped("running", is_new=False)
    assert await room.append(writer, Chunk(content="a")) is True
    assert await room.append(writer) is True
    assert (await room.turns.begin(turn_id, "200")).status == "cancelled"


async def test_the_first_words_time_is_not_the_retrys(room: Room) -> None:
    turn_id, writer = await room.begun()
    retry = Retry(attempt=2, reason="model_timeout", wait_seconds=0)
    await room.append(writer, retry)
    turn = await room.turns.get(turn_id)
    assert turn is not None
    assert turn.first_token_at is None
    await room.append(writer, retry, Chunk(content="a"))
    turn = await room.turns.get(turn_id)
    assert turn is not None
    assert turn.first_token_at is not None
