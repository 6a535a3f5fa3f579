"""What 0.1.0 goes on writing in sessions that were taken over is neither lost nor left behind."""

import pytest

from chat import keys
from chat.sessions import Sessions
from chat.takeover import take_over
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.earlier_release import EarlierRelease
from tests.support.taken_over import (
    KEEPS_ALL,
    branch,
    contents_of,
    keys_of,
    ordered,
    texts,
)


@pytest.fixture
def chat(chat: ChatFixture) -> ChatFixture:
    chat.sessions, chat.turns = Sessions(chat.store, KEEPS_ALL), Turns(chat.store, KEEPS_ALL)
    return chat


@pytest.fixture
def earlier(chat: ChatFixture) -> EarlierRelease:
    return EarlierRelease(chat.store, chat.session_id)


@pytest.fixture
def unlimited(chat: ChatFixture) -> EarlierRelease:
    return EarlierRelease(chat.store, chat.session_id, limit=0)


LONG, SHORT = 50, 6


@pytest.fixture(params=[LONG, SHORT], ids=["long", "short"])
async def both(request: pytest.FixtureRequest, chat: ChatFixture, unlimited: EarlierRelease) -> list[str]:
    """Takes over a session that both releases go on using. Returns its texts."""
    written = unlimited.dialogue(request.param)
    await unlimited.write(written)
    await take_over(chat.store, KEEPS_ALL, chat.session_id)
    return contents_of(written)


async def test_two_releases_take_turns_in_one_session(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    for number in range(12):
        await earlier.exchange(f"old {number}")
        assert (await texts(chat))[-2:] == [f"old {number}", f"re: old {number}"]
        await chat.add_exchange(f"new {number}")
        assert contents_of(await earlier.read())[-2:] == [f"new {number}", f"re: new {number}"]
        both += [f"old {number}", f"re: old {number}", f"new {number}", f"re: new {number}"]
    assert await texts(chat) == both
    assert contents_of(await earlier.read()) == both[-20:]


async def test_an_edit_by_the_earlier_release_is_a_version(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    await earlier.exchange("other", shown[-2].id)
    assert await texts(chat) == [*both[:-2], "other", "re: other"]
    assert await texts(chat, shown[-1].id) == both


async def test_an_edit_of_the_oldest_it_knows_is_a_version(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    await earlier.exchange("other", shown[0].id)
    assert await texts(chat) == [*both[: -len(shown)], "other", "re: other"]
    assert await texts(chat, shown[-1].id) == both


async def test_a_regeneration_by_the_earlier_release_is_a_version(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    turn_id = await earlier.ask(None, shown[-1].id)
    assert await texts(chat) == both[:-1]
    await earlier.answer(turn_id, "again")
    found = await branch(chat)
    assert contents_of(found) == [*both[:-1], "again"]
    assert found[-1].versions is not None
    assert (found[-1].versions.count, found[-1].versions.index) == (2, 1)


async def test_its_failed_regeneration_shows_the_reply_before(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    shown = await earlier.read()
    await earlier.answer(await earlier.ask(None, shown[-1].id), "")
    assert await texts(chat) == both
    await chat.add_exchange("next")
    assert await texts(chat) == [*both, "next", "re: next"]


async def test_a_turn_of_one_release_is_ended_by_the_other(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    await earlier.answer((await chat.open("new question")).turn_id, "old reply")
    turn_id = await earlier.ask("old question")
    await chat.claim(turn_id, "9")
    await chat.close(turn_id, "9", "new reply")
    assert await texts(chat) == [*both, "new question", "old reply", "old question", "new reply"]
    for turn, expected in ((turn_id, "new reply"), ((await branch(chat))[-4].turn_id or "", "old reply")):
        reply = await chat.sessions.reply(turn)
        assert reply is not None
        assert reply.content == expected


async def test_many_turns_of_the_earlier_release_follow_the_others(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    """It drops all but 20 messages itself; these follow what was taken over before."""
    for number in range(15):
        await earlier.exchange(f"old {number}")
    assert await texts(chat) == [*both, *contents_of(await earlier.read())]


async def test_its_limit_does_not_mark_a_whole_session_trimmed(
    chat: ChatFixture, earlier: EarlierRelease, both: list[str]
) -> None:
    for number in range(8):
        await earlier.exchange(f"old {number}")
        await branch(chat)
    history = await chat.sessions.history(USER, chat.session_id)
    assert (history.total, history.session.trimmed) == (len(both) + 16, False)


async def test_its_clear_leaves_no_message(chat: ChatFixture, earlier: EarlierRelease, both: list[str]) -> None:
    await chat.add_exchange(f"secret {len(both)}")
    await earlier.clear()
    assert await keys_of(chat) == {keys.session(chat.session_id)}
    assert await branch(chat) == []
    await earlier.exchange("one")
    assert await texts(chat) == ["one", "re: one"]
    await earlier.clear()
    await chat.add_exchange("two")
    assert await texts(chat) == ["two", "re: two"]
    assert await ordered(chat) == 2


async def test_its_delete_leaves_no_key(chat: ChatFixture, earlier: EarlierRelease, both: list[str]) -> None:
    await chat.add_exchange(f"secret {len(both)}")
    await earlier.delete()
    assert await keys_of(chat) == set()
