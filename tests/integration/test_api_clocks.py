"""Times are compared, and keys expire, by the store's clock, not by that of an API process."""

import time

import pytest
from redis.asyncio import Redis

from chat import keys
from chat.sessions import Sessions
from chat.stored_bytes import SessionSize
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture

OFF = [-7200, 7200]


@pytest.fixture(params=OFF, ids=["behind", "ahead"])
def off(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Set the clock of this process off by so many seconds."""
    seconds, clock, nanoseconds = int(request.param), time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: clock() + seconds)
    monkeypatch.setattr(time, "time_ns", lambda: nanoseconds() + seconds * 10**9)
    return seconds


async def now_of(store: Redis) -> float:
    seconds, _ = await store.time()
    return float(seconds)


@pytest.mark.usefixtures("off")
async def test_a_session_and_its_turns_have_the_stores_time(store: Redis) -> None:
    sessions = Sessions(store, SETTINGS)
    chat = ChatFixture(store, (await sessions.create(USER, "assistant")).session_id)
    turn_id = (await chat.open(idempotency_key="k")).turn_id
    session, turn, now = await sessions.get(USER, chat.session_id), await chat.turns.get(turn_id), await now_of(store)
    assert turn is not None
    for found in (session.created_at, session.updated_at, turn.created_at):
        assert abs(found - now) < 600
    for listing in (keys.turns(chat.session_id), keys.idempotency_times(chat.session_id)):
        for member, score in await store.zrange(listing, 0, -1, withscores=True):
            if member not in keys.history(chat.session_id):  # named for 0.1.0, and kept as long as the session
                assert abs(score - now - SETTINGS.running_ttl) < 600
    ((_, active_at),) = await store.zrange(keys.user_sessions(USER), 0, -1, withscores=True)
    assert abs(active_at - now) < 600


async def test_sessions_are_in_order_though_an_api_clock_is_off(chat: ChatFixture, off: int) -> None:
    later = await chat.sessions.create(USER, "assistant")
    await chat.sessions.turn_opened(SessionSize(USER, chat.session_id, 1, 0))
    listed, _ = await chat.sessions.page(USER, 10, 0)
    assert [session.session_id for session in listed] == [chat.session_id, later.session_id]
    assert off in OFF


async def test_turns_of_apis_whose_clocks_differ_are_in_order(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, clock = list[str](), time.time_ns
    for seconds in (7200, 0, -7200, 7200):
        monkeypatch.setattr(time, "time_ns", lambda seconds=seconds: clock() + seconds * 10**9)
        turns.append((await chat.open()).turn_id)
        await chat.turns.cancel(USER, turns[-1])
    numbers = [int(turn_id.rpartition(".")[2]) for turn_id in turns]
    assert numbers == sorted(set(numbers))


@pytest.mark.usefixtures("off")
async def test_an_idempotency_key_counts_though_a_clock_is_off(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await chat.open(idempotency_key="k")).turn_id
    monkeypatch.undo()
    assert (await chat.open(idempotency_key="k")).turn_id == first


@pytest.mark.usefixtures("off")
async def test_deleting_leaves_nothing_though_a_clock_was_off(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that looked expired by another clock used to be skipped, and its log survived."""
    turn_id = (await chat.open("first")).turn_id
    monkeypatch.undo()
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1")
    await chat.add_exchange("second")
    await chat.sessions.delete(USER, chat.session_id)
    assert [name async for name in chat.store.scan_iter(match=f"chat:*{chat.session_id}*")] == []
