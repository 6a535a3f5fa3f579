"""A user's stored bytes are counted correctly through all steps, with a bounded number of reads."""

import contextlib
import random
from typing import Any

import pytest

from chat import keys
from chat.event_log import LostTurn
from chat.events import End
from chat.messages import Message
from chat.settings import Settings
from chat.store import batch_each
from chat.stored_bytes import ENTRY_BYTES, SESSION_BYTES, TURN_BYTES, SessionSize, StoredBytes
from chat.turns import Turns
from tests.integration.test_long_sessions import FEW, reads
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

FIELDS_BYTES = 300
"""Bytes of a reply's JSON in addition to its text, which are counted with the next question."""


async def counted_bytes(chat: ChatFixture) -> int:
    """The counted bytes of the session."""
    counted = await chat.store.execute_command("HGET", keys.stored_bytes(USER), chat.session_id)
    return int(counted.split()[0]) if counted else 0


async def total(chat: ChatFixture) -> int:
    return int(await chat.store.execute_command("HGET", keys.stored_bytes(USER), "total") or 0)


async def stored(chat: ChatFixture) -> int:
    """The actual bytes of all messages, on all branches."""
    fields = await chat.store.execute_command("HGETALL", keys.tree(chat.session_id))
    return sum(len(text.encode()) for name, text in fields.items() if ":" not in name)


async def remove(chat: ChatFixture, removal: str) -> None:
    if removal == "deleted":
        await chat.sessions.delete(USER, chat.session_id)
    else:
        await chat.sessions.clear(USER, chat.session_id)


def reply(characters: int) -> Message:
    return Message(role="assistant", content="r" * characters)


async def open_counted(chat: ChatFixture, message: str = "hello", **more: Any) -> str:
    """Open a turn as the API does. Returns its id."""
    opened = await chat.open(message, **more)
    assert opened.size
    await chat.sessions.turn_opened(opened.size, has_record="idempotency_key" in more)
    return opened.turn_id


@pytest.mark.parametrize("seed", range(4))
async def test_stored_bytes_are_right_after_any_steps(chat: ChatFixture, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(40):
        messages = (await chat.sessions.history(USER, chat.session_id)).messages
        chosen = draw.choice([*messages, *[None] * 4])
        if chosen and draw.random() < 0.2:
            await chat.sessions.branches.remove(USER, chat.session_id, chosen.id)
            left = await stored(chat)
            assert await counted_bytes(chat) == (left + SESSION_BYTES if left else 0)
            chosen = None
        replaced = chosen.id if chosen and chosen.role == "user" else None
        turn_id = await open_counted(chat, "q" * draw.randrange(1, 3000), replace_from=replaced)
        assert await counted_bytes(chat) - SESSION_BYTES == await stored(chat)
        if draw.random() < 0.2:
            await chat.turns.cancel(USER, turn_id)
        else:
            await chat.claim(turn_id, "1")
            await chat.close(turn_id, "1", "r" * draw.randrange(0, 5000))
        if draw.random() < 0.1:
            await chat.sessions.clear(USER, chat.session_id)
            assert await counted_bytes(chat) == 0


async def test_a_reply_counts_as_soon_as_its_turn_has_ended(chat: ChatFixture) -> None:
    turn_id = await open_counted(chat)
    await chat.claim(turn_id, "1")
    before = await total(chat)
    await chat.close(turn_id, "1", "r" * 5000)
    assert abs(await counted_bytes(chat) - SESSION_BYTES - await stored(chat)) < FIELDS_BYTES
    assert await total(chat) == before + 2 * 5000


async def test_counting_reads_few_messages(chat: ChatFixture) -> None:
    chat.turns = Turns(chat.store, Settings(_env_file=None, max_history_messages=0))
    for _ in range(50):
        await chat.add_exchange("hello")
    before = await reads(chat.store)
    turn_id = await open_counted(chat)
    assert 0 < await reads(chat.store) - before <= 2 * FEW
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1")
    assert abs(await counted_bytes(chat) - SESSION_BYTES - await stored(chat)) < FIELDS_BYTES


async def test_expired_sessions_no_longer_count(chat: ChatFixture) -> None:
    await chat.add_exchange("hello")
    assert await total(chat) > 0
    names = await chat.store.zrange(keys.stored_times(USER), 0, -1)
    await chat.store.zadd(keys.stored_times(USER), dict.fromkeys(names, 1))
    await batch_each(chat.store, chat.turns.stored.total_calls(USER))
    assert await total(chat) == 0
    assert await chat.store.execute_command("HKEYS", keys.stored_bytes(USER)) == ["total"]


@pytest.mark.parametrize("removal", ["deleted", "cleared"])
async def test_a_question_counted_after_a_removal_is_ignored(chat: ChatFixture, removal: str) -> None:
    size = (await chat.open()).size
    assert size
    await remove(chat, removal)
    await chat.sessions.turn_opened(size, has_record=True)
    assert await total(chat) == 0
    assert await chat.store.exists(keys.stored_times(USER)) == (removal == "cleared")


@pytest.mark.parametrize("removal", ["deleted", "cleared"])
async def test_a_reply_counted_after_a_removal_is_ignored(chat: ChatFixture, removal: str) -> None:
    turn_id = await open_counted(chat)
    await chat.claim(turn_id, "1")
    turn = await chat.turns.get(turn_id)
    assert turn
    await remove(chat, removal)
    end = End(session_id=chat.session_id, finish_reason="stop")
    with contextlib.suppress(LostTurn):
        await chat.turns.close(turn, "1", "done", end, reply(100), 5)
    assert await total(chat) == 0
    assert await chat.store.exists(keys.stored_times(USER)) == (removal == "cleared")


async def test_a_session_counts_again_after_it_was_cleared(chat: ChatFixture) -> None:
    await chat.add_exchange("hello")
    await chat.sessions.clear(USER, chat.session_id)
    await open_counted(chat)
    assert await counted_bytes(chat) - SESSION_BYTES == await stored(chat)


async def test_a_late_count_does_not_replace_a_later_size(chat: ChatFixture) -> None:
    later, earlier = (SessionSize(USER, chat.session_id, revision, 1000 * revision) for revision in (6, 4))
    await chat.sessions.turn_opened(later)
    before = await total(chat)
    await batch_each(chat.store, chat.turns.stored.reply_calls(earlier, 1, reply(500)))
    assert await counted_bytes(chat) == later.bytes + SESSION_BYTES
    assert await total(chat) == before + 500 + ENTRY_BYTES
    await chat.sessions.turn_opened(earlier)
    assert await counted_bytes(chat) == later.bytes + SESSION_BYTES


async def test_a_question_counted_after_its_reply_keeps_both(chat: ChatFixture) -> None:
    asked = SessionSize(USER, chat.session_id, 2, 1000)
    await batch_each(chat.store, chat.turns.stored.reply_calls(asked, 1, reply(500)))
    await chat.sessions.turn_opened(asked)
    assert await counted_bytes(chat) == 1000 + SESSION_BYTES + 500


async def test_a_second_close_replaces_the_reply_of_the_first(chat: ChatFixture) -> None:
    asked = SessionSize(USER, chat.session_id, 2, 1000)
    await chat.sessions.turn_opened(asked)
    for characters in (10, 500):
        await batch_each(chat.store, chat.turns.stored.reply_calls(asked, 0, reply(characters)))
    assert await counted_bytes(chat) == 1000 + SESSION_BYTES + 500


async def test_the_next_question_includes_the_reply_before(chat: ChatFixture) -> None:
    await chat.sessions.turn_opened(SessionSize(USER, chat.session_id, 2, 1000))
    await batch_each(chat.store, chat.turns.stored.reply_calls(SessionSize(USER, chat.session_id, 2, 0), 0, reply(500)))
    await chat.sessions.turn_opened(SessionSize(USER, chat.session_id, 4, 1700))
    assert await counted_bytes(chat) == 1700 + SESSION_BYTES


async def test_a_count_of_an_earlier_version_is_replaced(chat: ChatFixture) -> None:
    await chat.store.execute_command("HSET", keys.stored_bytes(USER), chat.session_id, 700, "total", 700)
    await chat.sessions.turn_opened(SessionSize(USER, chat.session_id, 2, 2000))
    assert await counted_bytes(chat) == 2000 + SESSION_BYTES
    assert await total(chat) == 2000 + SESSION_BYTES + TURN_BYTES


async def test_a_turn_of_an_earlier_version_ends_uncounted(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await chat.store.execute_command("HDEL", keys.turn(turn_id), "user_id", "revision")
    await chat.close(turn_id)
    assert await chat.contents() == ["hello", "hi"]
    assert await total(chat) == 0


async def test_a_reply_that_is_not_kept_does_not_count(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    await chat.sessions.clear(USER, chat.session_id)
    await chat.close(turn_id, text="x" * 5000)
    assert await total(chat) == 0


async def test_a_count_that_fails_does_not_fail_the_turn(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()

    await chat.store.execute_command("SET", keys.stored_bytes(USER), "not a hash")
    await chat.close(turn_id)
    assert await chat.contents() == ["hello", "hi"]


async def test_every_count_expires(chat: ChatFixture) -> None:
    await open_counted(chat, idempotency_key="k")
    for name in (keys.stored_bytes(USER), keys.stored_times(USER)):
        assert await chat.store.ttl(name) >= SETTINGS.keep_history - 10


async def test_without_a_quota_nothing_is_counted(chat: ChatFixture) -> None:
    unlimited = StoredBytes(chat.store, Settings(_env_file=None, max_bytes_per_user=0))
    assert unlimited.total_calls(USER) == []
    unlimited.check([])
    size = SessionSize(USER, chat.session_id, 1, 1000)
    await unlimited.opened(size, has_record=True)
    assert unlimited.reply_calls(size, 5, reply(100)) == []
    await unlimited.deleted(USER, chat.session_id)
    assert not await chat.store.exists(keys.stored_bytes(USER))
