"""A user's stored bytes are counted correctly through all steps, with a bounded number of reads."""

import random
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from chat import keys
from chat.settings import Settings
from chat.stored import SESSION_BYTES, StoredBytes
from chat.turns import Turns
from tests.integration.test_long_sessions import reads
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture


async def counted_bytes(chat: ChatFixture) -> int:
    """The counted bytes of the session."""
    counted = await chat.store.execute_command("HGET", keys.stored_bytes(USER), chat.session_id)
    return int(counted or 0)


async def total(chat: ChatFixture) -> int:
    return int(await chat.store.execute_command("HGET", keys.stored_bytes(USER), "total") or 0)


async def stored(chat: ChatFixture) -> int:
    """The actual bytes in the list of messages."""
    return sum(
        len(text.encode()) for text in await chat.store.execute_command("LRANGE", keys.messages(chat.session_id), 0, -1)
    )


@pytest.mark.parametrize("seed", range(4))
async def test_stored_bytes_are_right_after_any_steps(chat: ChatFixture, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(40):
        messages = (await chat.sessions.history(USER, chat.session_id)).messages
        replaced = draw.choice([message.id for message in messages] + [None] * 4) if messages else None
        turn_id = (await chat.open("q" * draw.randrange(1, 3000), replace_from=replaced)).turn_id
        await chat.turns.stored.opened(chat.session_id, has_record=False)
        assert abs(await counted_bytes(chat) - SESSION_BYTES - await stored(chat)) < 200
        if draw.random() < 0.2:
            await chat.turns.cancel(USER, turn_id)
        else:
            await chat.claim(turn_id, "1")
            await chat.close(turn_id, "1", "r" * draw.randrange(0, 5000))
        if draw.random() < 0.1:
            await chat.sessions.clear(USER, chat.session_id)
            assert await counted_bytes(chat) == 0


async def test_counting_reads_few_messages(chat: ChatFixture) -> None:
    chat.turns = Turns(chat.store, Settings(_env_file=None, max_history_messages=0))
    for _ in range(50):
        await chat.add_exchange("hello")
    before = await reads(chat.store)
    await chat.turns.stored.opened(chat.session_id, has_record=False)
    assert await reads(chat.store) - before <= 12
    assert abs(await counted_bytes(chat) - SESSION_BYTES - await stored(chat)) < 200


async def test_expired_sessions_no_longer_count(chat: ChatFixture) -> None:
    await chat.add_exchange("hello")
    assert await total(chat) > 0
    names = await chat.store.zrange(keys.stored_times(USER), 0, -1)
    await chat.store.zadd(keys.stored_times(USER), dict.fromkeys(names, 1))
    await chat.turns.stored.check(USER)
    assert await total(chat) == 0
    assert await chat.store.execute_command("HKEYS", keys.stored_bytes(USER)) == ["total"]


@pytest.mark.parametrize("step", ["opened", "closing"])
async def test_a_delete_while_counting_leaves_nothing(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    turn_id = (await chat.open()).turn_id
    counting = chat.turns.stored
    count = counting._count

    async def deleted_first(names: Any, *args: Any) -> Any:
        monkeypatch.setattr(counting, "_count", count)
        await chat.sessions.delete(USER, chat.session_id)
        return await count(names, *args)

    monkeypatch.setattr(counting, "_count", deleted_first)
    if step == "opened":
        await counting.opened(chat.session_id, has_record=True)
    else:
        await counting.closing(turn_id, 5, 100)
    assert chat.session_id not in str(await chat.store.execute_command("HGETALL", keys.stored_bytes(USER)))
    assert await total(chat) == 0


async def test_a_reply_that_is_not_kept_does_not_count(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await chat.sessions.clear(USER, chat.session_id)
    await chat.close(turn_id, text="x" * 5000)
    assert await total(chat) == 0


async def test_a_count_that_fails_does_not_fail_the_turn(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id, _ = await chat.begun()

    async def fails(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(chat.turns.stored, "_count", fails)
    await chat.close(turn_id)
    assert await chat.contents() == ["hello", "hi"]


async def test_every_count_expires(chat: ChatFixture) -> None:
    await chat.open(idempotency_key="k")
    await chat.turns.stored.opened(chat.session_id, has_record=True)
    for name in (keys.stored_bytes(USER), keys.stored_times(USER)):
        assert await chat.store.ttl(name) >= SETTINGS.conversation_expire_time - 10


async def test_without_a_quota_nothing_is_counted(chat: ChatFixture) -> None:
    unlimited = StoredBytes(chat.store, Settings(_env_file=None, max_bytes_per_user=0))
    await unlimited.check(USER)
    await unlimited.opened(chat.session_id, has_record=True)
    await unlimited.deleted(USER, chat.session_id)
    assert not await chat.store.exists(keys.stored_bytes(USER))
