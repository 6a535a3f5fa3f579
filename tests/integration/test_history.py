"""A page of the history costs one round trip and only its own messages, however long the history is."""

import pytest

from chat import keys
from chat.errors import UnknownMessage
from chat.history import PAGE_BYTES, HistoryPages
from chat.messages import Message
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.messages import dialogue, numbered, stored

TOTAL = 3000


@pytest.fixture
def chat(counted_chat: ChatFixture) -> ChatFixture:
    return counted_chat


@pytest.fixture
async def long_session(chat: ChatFixture) -> ChatFixture:
    past = map(stored, dialogue(range(TOTAL)))
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *past)
    return chat


async def commands(chat: ChatFixture, before: str = "", limit: int = 20) -> dict[str, int]:
    """Read a page. Returns how often each command was called in the store."""
    await chat.store.config_resetstat()
    await chat.sessions.history(USER, chat.session_id, limit, before)
    stats = await chat.store.info("commandstats")
    return {name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()}


@pytest.mark.parametrize("number", [1, 1500, TOTAL - 1])
async def test_a_page_is_one_round_trip_and_reads_only_its_messages(long_session: ChatFixture, number: int) -> None:
    await long_session.sessions.history(USER, long_session.session_id)  # loads the script
    called = await commands(long_session, numbered(number))
    assert called["evalsha"] == 1
    assert called["lrange"] <= 8
    assert called["lindex"] <= 3


async def test_the_search_for_a_message_without_a_number_is_bounded(chat: ChatFixture) -> None:
    large = Message(role="user", content="x" * (PAGE_BYTES // 2)).to_json()
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *[large] * 80)
    pages = HistoryPages(chat.store)
    await pages.read(USER, chat.session_id, 1, "")
    await chat.store.config_resetstat()
    with pytest.raises(UnknownMessage):
        await pages.read(USER, chat.session_id, 20, "f" * 32)
    calls = (await chat.store.info("commandstats"))["cmdstat_lindex"]["calls"]
    assert calls <= 50
