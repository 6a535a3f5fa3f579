"""A page of the history costs one round trip and only its own messages, however long the history is."""

import json
import random

import pytest

from chat import keys
from chat.errors import UnknownMessage
from chat.history import PAGE_BYTES
from chat.messages import Message
from chat.sessions import Sessions
from chat.settings import Settings
from chat.turns import Turns
from tests.integration.test_long_sessions import FEW
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.messages import dialogue, numbered, stored

TOTAL = 3000
LIMIT = 20


@pytest.fixture
def chat(counted_chat: ChatFixture) -> ChatFixture:
    return counted_chat


@pytest.fixture
async def long_session(chat: ChatFixture) -> ChatFixture:
    past = map(stored, dialogue(range(TOTAL)))
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *past)
    return chat


async def commands(chat: ChatFixture, before: str = "", branch: str = "") -> dict[str, int]:
    """Read a page. Returns how often each command was called in the store."""
    await chat.store.config_resetstat()
    await chat.sessions.history(USER, chat.session_id, LIMIT, before, branch=branch)
    stats = await chat.store.info("commandstats")
    return {name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()}


@pytest.mark.parametrize("number", [1, 1500, TOTAL - 1])
async def test_a_page_is_one_round_trip_and_reads_only_its_messages(long_session: ChatFixture, number: int) -> None:
    await long_session.sessions.history(USER, long_session.session_id)  # takes the messages over
    called = await commands(long_session, numbered(number))
    assert called["evalsha"] == 1
    assert_reads(called, min(number, LIMIT))


async def test_a_page_of_another_branch_reads_only_its_messages(long_session: ChatFixture) -> None:
    long_session.turns = Turns(long_session.store, Settings(_env_file=None))
    turn_id = (await long_session.open("other", replace_from=numbered(1500))).turn_id
    await long_session.turns.cancel(USER, turn_id)
    called = await commands(long_session, branch=numbered(1500))
    assert called["evalsha"] == 1
    assert_reads(called, LIMIT)


async def test_an_unknown_message_among_large_ones_reads_none(chat: ChatFixture) -> None:
    large = [Message(role="user", content="x" * (PAGE_BYTES // 2)).to_json() for _ in range(10)]
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *large)
    await chat.sessions.history(USER, chat.session_id, 1)
    await chat.store.config_resetstat()
    with pytest.raises(UnknownMessage):
        await chat.sessions.history(USER, chat.session_id, LIMIT, "f" * 32)
    stats = await chat.store.info("commandstats")
    assert_reads({name.removeprefix("cmdstat_"): one["calls"] for name, one in stats.items()}, 0)


def assert_reads(called: dict[str, int], messages: int) -> None:
    """Each message of the page is read once, with versions and vote; a few more reads are needed to find the page."""
    assert called["hget"] <= 3 * messages + FEW
    assert called["lindex"] <= 1
    assert called.get("lrange", 0) <= 1  # the waiting questions


@pytest.mark.parametrize("limit", [5, 12, 30])
@pytest.mark.parametrize("seed", range(2))
async def test_a_page_counts_only_messages_that_are_left(chat: ChatFixture, limit: int, seed: int) -> None:
    draw, settings = random.Random(seed), Settings(_env_file=None, max_history_messages=limit)
    chat.turns, chat.sessions = Turns(chat.store, settings), Sessions(chat.store, settings)
    for number in range(60):
        shown = (await chat.sessions.history(USER, chat.session_id, 3)).messages
        chosen = draw.choice([None, None, *shown])
        if chosen and chosen.role == "assistant" and chosen.parent_id not in await left_of(chat):
            chosen = None  # its question is gone, so it cannot be answered again
        text = None if chosen and chosen.role == "assistant" else str(number)
        turn_id = (await chat.open(text, replace_from=chosen and chosen.id)).turn_id
        await chat.claim(turn_id, "1")
        await chat.close(turn_id, "1")
        left = await left_of(chat)
        if draw.random() < 0.3:
            await chat.sessions.branches.show(USER, chat.session_id, draw.choice(list(left)))
        assert len(left) <= limit + 1
        page = await chat.sessions.history(USER, chat.session_id, 3)
        path = path_of(left, page.session.leaf)
        assert [message.id for message in page.messages] == path[-3:]
        assert (page.total, page.has_more) == (len(path), len(path) > 3)


async def left_of(chat: ChatFixture) -> dict[str, str]:
    """The parents of the messages that are left, by their ids."""
    stored = await chat.store.execute_command("HGETALL", keys.tree(chat.session_id))
    return {name: json.loads(value)["parent_id"] for name, value in stored.items() if ":" not in name}


def path_of(left: dict[str, str], message_id: str | None) -> list[str]:
    path = list[str]()
    while message_id in left:
        path.append(message_id)
        message_id = left[message_id]
    return path[::-1]


async def test_a_page_of_a_limited_session_reads_only_its_messages(chat: ChatFixture) -> None:
    settings = Settings(_env_file=None, max_history_messages=TOTAL)
    chat.turns, chat.sessions = Turns(chat.store, settings), Sessions(chat.store, settings)
    past = map(stored, dialogue(range(TOTAL)))
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *past)
    await chat.add_exchange("hello")
    assert_reads(await commands(chat), LIMIT)
    page = await chat.sessions.history(USER, chat.session_id)
    assert (page.total, page.session.trimmed, page.has_more) == (TOTAL, True, True)


@pytest.mark.parametrize("number", [0, 1, 1500, TOTAL - 2, TOTAL - 1])
async def test_a_page_around_a_message_reads_only_its_messages(long_session: ChatFixture, number: int) -> None:
    chat = long_session
    await chat.sessions.history(USER, chat.session_id)
    await chat.store.config_resetstat()
    page = await chat.sessions.history(USER, chat.session_id, 20, around=numbered(number))
    stats = await chat.store.info("commandstats")
    end = min(number + 11, TOTAL)
    assert [message.id for message in page.messages] == [numbered(each) for each in range(max(end - 20, 0), end)]
    assert (page.total, page.has_more, page.has_later) == (TOTAL, end > 20, end < TOTAL)
    assert stats["cmdstat_evalsha"]["calls"] == 1
    assert stats["cmdstat_hget"]["calls"] <= 4 * 20 + 20


@pytest.mark.parametrize(("size", "count"), [(PAGE_BYTES // 10, 30), (PAGE_BYTES // 2, 10), (2 * PAGE_BYTES, 6)])
async def test_a_page_around_a_message_has_it_however_large(chat: ChatFixture, size: int, count: int) -> None:
    large, middle = map(stored, dialogue(range(count), content="x" * size)), numbered(count // 2)
    for text in large:
        await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), text)
    page = await chat.sessions.history(USER, chat.session_id, 100, around=middle)
    assert middle in [message.id for message in page.messages]
    assert page.has_more
    read = [message.id for message in page.messages]
    while page.has_later:
        page = await chat.sessions.history(USER, chat.session_id, 100, after=read[-1])
        read += [message.id for message in page.messages]
    assert read == [numbered(number) for number in range(int(read[0].partition("-")[0]), count)]


@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_pages_forwards_have_every_message_once(chat: ChatFixture, limit: int) -> None:
    for text in map(stored, dialogue(range(20))):
        await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), text)
    page = await chat.sessions.history(USER, chat.session_id, limit, around=numbered(0))
    read = [message.id for message in page.messages]
    while page.has_later:
        page = await chat.sessions.history(USER, chat.session_id, limit, after=read[-1])
        assert page.has_more
        assert len(page.messages) <= limit
        read += [message.id for message in page.messages]
    assert read == [numbered(number) for number in range(20)]
    page = await chat.sessions.history(USER, chat.session_id, limit, after=read[-1])
    assert (page.messages, page.total, page.has_more, page.has_later) == ([], 20, True, False)


async def test_a_page_around_an_unknown_message_is_refused(chat: ChatFixture) -> None:
    await chat.add_exchange("hello")
    for unknown in ("x", "v:", "9" * 64):
        with pytest.raises(UnknownMessage):
            await chat.sessions.history(USER, chat.session_id, around=unknown)
        with pytest.raises(UnknownMessage):
            await chat.sessions.history(USER, chat.session_id, after=unknown)
