"""The bytes stored of a user are counted whatever comes between, and by reads whose number does not grow."""

import random
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from chat import keys
from chat.settings import Settings
from chat.stored import SESSION_BYTES, StoredBytes
from chat.turns import Turns
from tests.integration.test_long_sessions import reads
from tests.support.room import SETTINGS, USER, Room


async def held(room: Room) -> int:
    """What is counted of the session's messages."""
    counted = await room.store.execute_command("HGET", keys.stored_bytes(USER), room.session_id)
    return int(counted or 0)


async def total(room: Room) -> int:
    return int(await room.store.execute_command("HGET", keys.stored_bytes(USER), "total") or 0)


async def stored(room: Room) -> int:
    """What the list of messages really has."""
    return sum(
        len(text.encode()) for text in await room.store.execute_command("LRANGE", keys.messages(room.session_id), 0, -1)
    )


@pytest.mark.parametrize("seed", range(4))
async def test_messages_are_counted_after_any_steps(room: Room, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(40):
        messages = (await room.sessions.history(USER, room.session_id)).messages
        replaced = draw.choice([message.id for message in messages] + [None] * 4) if messages else None
        turn_id = (await room.open("q" * draw.randrange(1, 3000), replace_from=replaced)).turn_id
        await room.turns.stored.opened(room.session_id, has_record=False)
        assert abs(await held(room) - SESSION_BYTES - await stored(room)) < 200
        if draw.random() < 0.2:
            await room.turns.cancel(USER, turn_id)
        else:
            await room.claim(turn_id, "1")
            await room.close(turn_id, "1", "r" * draw.randrange(0, 5000))
        if draw.random() < 0.1:
            await room.sessions.clear(USER, room.session_id)
            assert await held(room) == 0


async def test_counting_reads_few_messages(room: Room) -> None:
    room.turns = Turns(room.store, Settings(_env_file=None, max_history_messages=0))
    for _ in range(50):
        await room.chat("hello")
    before = await reads(room.store)
    await room.turns.stored.opened(room.session_id, has_record=False)
    assert await reads(room.store) - before <= 12
    assert abs(await held(room) - SESSION_BYTES - await stored(room)) < 200


async def test_what_has_expired_counts_no_more(room: Room) -> None:
    await room.chat("hello")
    assert await total(room) > 0
    names = await room.store.zrange(keys.stored_times(USER), 0, -1)
    await room.store.zadd(keys.stored_times(USER), dict.fromkeys(names, 1))
    await room.turns.stored.check(USER)
    assert await total(room) == 0
    assert await room.store.execute_command("HKEYS", keys.stored_bytes(USER)) == ["total"]


@pytest.mark.parametrize("step", ["opened", "closing"])
async def test_a_delete_while_counting_leaves_nothing(room: Room, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    turn_id = (await room.open()).turn_id
    counting = room.turns.stored
    count = counting._count

    async def deleted_first(names: Any, *args: Any) -> Any:
        monkeypatch.setattr(counting, "_count", count)
        await room.sessions.delete(USER, room.session_id)
        return await count(names, *args)

    monkeypatch.setattr(counting, "_count", deleted_first)
    if step == "opened":
        await counting.opened(room.session_id, has_record=True)
    else:
        await counting.closing(turn_id, 5, 100)
    assert room.session_id not in str(await room.store.execute_command("HGETALL", keys.stored_bytes(USER)))
    assert await total(room) == 0


async def test_a_reply_that_is_not_kept_does_not_count(room: Room) -> None:
    turn_id, _ = await room.begun()
    await room.sessions.clear(USER, room.session_id)
    await room.close(turn_id, text="x" * 5000)
    assert await total(room) == 0


async def test_a_count_that_fails_does_not_fail_the_turn(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id, _ = await room.begun()

    async def fails(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(room.turns.stored, "_count", fails)
    await room.close(turn_id)
    assert await room.contents() == ["hello", "hi"]


async def test_every_count_expires(room: Room) -> None:
    await room.open(idempotency_key="k")
    await room.turns.stored.opened(room.session_id, has_record=True)
    for name in (keys.stored_bytes(USER), keys.stored_times(USER)):
        assert await room.store.ttl(name) >= SETTINGS.conversation_expire_time - 10


async def test_without_a_quota_nothing_is_counted(room: Room) -> None:
    free = StoredBytes(room.store, Settings(_env_file=None, max_bytes_per_user=0))
    await free.check(USER)
    await free.opened(room.session_id, has_record=True)
    await free.deleted(USER, room.session_id)
    assert not await room.store.exists(keys.stored_bytes(USER))
