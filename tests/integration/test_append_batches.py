"""Many turns share one script call, and each of them succeeds or fails alone."""

import pytest

from chat import keys
from chat.event_log import CALL_CHARS, CALL_TURNS, LogWriter, LostTurn, TurnLog
from chat.events import Chunk
from chat.store import RedisError
from chat.turns import Turns
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture


@pytest.fixture
def chat(counted_chat: ChatFixture) -> ChatFixture:
    return counted_chat


async def running(chat: ChatFixture, count: int) -> list[str]:
    """Begin a turn in each of `count` sessions, as claim "100". Return the ids of the turns."""
    turns = []
    for _ in range(count):
        session_id = (await chat.sessions.create(USER, "assistant")).session_id
        other = ChatFixture(chat.store, session_id)
        turns.append((await other.begun())[0])
    return turns


def writers(turns: list[str], seq: int = 1) -> list[LogWriter]:
    return [LogWriter(turn_id, "100", seq) for turn_id in turns]


async def texts(chat: ChatFixture, turn_id: str) -> list[str]:
    reading = await chat.log.read(turn_id, 1)
    assert reading
    return [entry.json for entry in reading.entries]


async def calls_of_append(chat: ChatFixture) -> int:
    return int((await chat.store.info("commandstats"))["cmdstat_evalsha"]["calls"])


async def test_more_turns_than_one_call_takes_are_all_written(chat: ChatFixture) -> None:
    turns = await running(chat, CALL_TURNS + 2)
    await chat.log.append([(writers(turns)[0], [])])  # from here on the server knows the script
    before = await calls_of_append(chat)
    outcomes = await chat.log.append([(writer, [Chunk(f"{n}"), Chunk("!")]) for n, writer in enumerate(writers(turns))])
    assert outcomes == [False] * len(turns)
    assert await calls_of_append(chat) - before == 2
    for number, turn_id in enumerate(turns):
        assert await texts(chat, turn_id) == [
            f'{{"type":"chunk","content":"{number}"}}',
            '{"type":"chunk","content":"!"}',
        ]


async def test_long_texts_are_written_in_calls_of_their_own(chat: ChatFixture) -> None:
    turns = await running(chat, 3)
    await chat.log.append([(writers(turns)[0], [])])
    before = await calls_of_append(chat)
    assert await chat.log.append([(writer, [Chunk("x" * CALL_CHARS)]) for writer in writers(turns)]) == [False] * 3
    assert await calls_of_append(chat) - before == 3


async def test_a_damaged_log_fails_its_own_turn_alone(chat: ChatFixture) -> None:
    turns = await running(chat, 4)
    await chat.store.execute_command("SET", keys.log(turns[2]), "not a stream")
    outcomes = await chat.log.append([(writer, [Chunk("a")]) for writer in writers(turns)])
    assert [isinstance(outcome, RedisError) for outcome in outcomes] == [False, False, True, False]
    for turn_id in (turns[0], turns[1], turns[3]):
        assert await texts(chat, turn_id) == ['{"type":"chunk","content":"a"}']


async def test_a_lost_and_a_stopped_turn_do_not_affect_others(chat: ChatFixture) -> None:
    turns = await running(chat, 4)
    await Turns(chat.store, SETTINGS).cancel(USER, turns[1])
    batch = writers(turns)
    batch[2] = LogWriter(turns[2], "99", 1)
    outcomes = await chat.log.append([(writer, [Chunk("a")]) for writer in batch])
    assert outcomes[:2] == [False, True]
    assert isinstance(outcomes[2], LostTurn)
    assert outcomes[3] is False
    assert await texts(chat, turns[2]) == []


async def test_a_repeated_call_appends_nothing(chat: ChatFixture) -> None:
    turns = await running(chat, 3)
    for _ in range(2):
        assert await chat.log.append([(writer, [Chunk("a")]) for writer in writers(turns)]) == [False] * 3
    assert [len(await texts(chat, turn_id)) for turn_id in turns] == [1, 1, 1]
    assert [await TurnLog(chat.store).append([(writer, [])]) for writer in writers(turns, 2)] == [[False]] * 3
