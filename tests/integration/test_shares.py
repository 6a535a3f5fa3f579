"""Share links show a branch as it was or live, as long as the session has their record and what they show."""

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from chat import keys, shares
from chat.errors import UnknownMessage, UnknownSession
from chat.sessions import Sessions
from chat.share_errors import NothingToShare, TooManyShares, TooManySharesHere, UnknownShare
from chat.share_index import Noted
from chat.shares import OwnShare, ShareKind, Shares
from chat.turns import Turns
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture
from tests.support.earlier_release import EarlierRelease
from tests.support.keyspace import names
from tests.support.repeated import ask_twice
from tests.support.taken_over import KEEPS_ALL

DAY = 86_400


@pytest.fixture
def chat(chat: ChatFixture) -> ChatFixture:
    chat.sessions, chat.turns = Sessions(chat.store, KEEPS_ALL), Turns(chat.store, KEEPS_ALL)
    return chat


@pytest.fixture
def links(store: Redis) -> Shares:
    return Shares(store, SETTINGS)


async def make(links: Shares, chat: ChatFixture, kind: ShareKind = "frozen", seconds: int = 0) -> OwnShare:
    return await links.make(USER, chat.session_id, kind, seconds)


async def shown(links: Shares, made: OwnShare, limit: int = 100) -> list[str]:
    return [message.content for message in (await links.read(made.share.link, limit)).messages]


async def is_gone(links: Shares, made: OwnShare) -> bool:
    try:
        await links.read(made.share.link, 1)
    except UnknownShare:
        return True
    return False


async def messages(chat: ChatFixture) -> list[str]:
    return [each.id for each in (await chat.sessions.history(USER, chat.session_id)).messages]


async def remove(chat: ChatFixture, message_id: str) -> None:
    await chat.sessions.branches.remove(USER, chat.session_id, message_id)


async def keys_with(store: Redis, text: str) -> list[str]:
    """The keys that name the session or a link of it, and the index where it does."""
    found = [name for name in await names(store) if text in name]
    return found + [each for each in await store.zrange(keys.user_shares(USER), 0, -1) if text in each]


async def test_a_frozen_link_shows_the_branch_as_it_was(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat)
    await chat.add_exchange("two")
    first, *_ = await messages(chat)
    turn_id = (await chat.open("better", replace_from=first)).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "best")
    await chat.sessions.rename(USER, chat.session_id, "renamed")
    page = await links.read(made.share.link, 100)
    assert [message.content for message in page.messages] == ["one", "re: one"]
    assert (page.title, page.has_more, page.is_running) == ("one", False, False)


async def test_a_title_is_gone_with_what_it_was_made_from(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    newest = (await chat.sessions.history(USER, chat.session_id)).messages[-1]
    assert await chat.sessions.give_title(chat.session_id, "made by the model", 0, newest)
    made = await make(links, chat)
    assert (await links.read(made.share.link, 100)).title == "made by the model"
    _, reply = await messages(chat)
    await chat.sessions.branches.remove(USER, chat.session_id, reply)
    assert (await links.read(made.share.link, 100)).title == "one"


async def test_a_live_link_shows_what_the_session_shows(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat, "live")
    turn_id = (await chat.open("two")).turn_id
    page = await links.read(made.share.link, 100)
    assert [message.content for message in page.messages] == ["one", "re: one", "two"]
    assert page.is_running
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "re: two")
    await chat.sessions.rename(USER, chat.session_id, "renamed")
    page = await links.read(made.share.link, 100)
    assert [message.content for message in page.messages][-1] == "re: two"
    assert (page.title, page.is_running) == ("renamed", False)


async def test_a_frozen_link_leaves_a_running_question_out(chat: ChatFixture, links: Shares) -> None:
    await chat.open("one")
    with pytest.raises(NothingToShare):
        await make(links, chat)
    assert await shown(links, await make(links, chat, "live")) == ["one"]


async def test_an_empty_session_cannot_be_shared(chat: ChatFixture, links: Shares, store: Redis) -> None:
    for kind in ("frozen", "live"):
        with pytest.raises(NothingToShare):
            await links.make(USER, chat.session_id, kind, 0)
    assert await links.of_session(USER, chat.session_id) == await links.of_user(USER) == []
    assert not [name for name in await names(store) if "chat:share:" in name]


async def test_pages_go_back_to_the_first_message(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    await chat.add_exchange("two")
    made = await make(links, chat)
    page = await links.read(made.share.link, 3)
    assert [each.content for each in page.messages] == ["re: one", "two", "re: two"]
    assert page.has_more
    page = await links.read(made.share.link, 3, page.messages[0].id)
    assert ([each.content for each in page.messages], page.has_more) == (["one"], False)
    with pytest.raises(UnknownMessage):
        await links.read(made.share.link, 3, "-")


async def test_messages_of_other_branches_are_not_shown(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat)
    turn_id = (await chat.open("other", replace_from=(await messages(chat))[0])).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1")
    with pytest.raises(UnknownMessage):
        await links.read(made.share.link, 3, (await messages(chat))[1])


async def test_a_deleted_message_is_gone_from_links(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    await chat.add_exchange("two")
    made, live = await make(links, chat), await make(links, chat, "live")
    await remove(chat, (await messages(chat))[2])
    assert await shown(links, made) == await shown(links, live) == ["one", "re: one"]
    await chat.add_exchange("three")
    assert await shown(links, made) == ["one", "re: one"]
    assert await shown(links, live) == ["one", "re: one", "three", "re: three"]


async def test_without_its_messages_a_frozen_link_is_gone(chat: ChatFixture, links: Shares) -> None:
    await chat.add_exchange("one")
    made, live = await make(links, chat), await make(links, chat, "live")
    await remove(chat, (await messages(chat))[0])
    assert await is_gone(links, made)
    assert await shown(links, live) == []
    assert [each.share for each in await links.of_session(USER, chat.session_id)] == [live.share]


async def test_links_are_gone_with_messages_that_a_limit_drops(chat: ChatFixture, links: Shares) -> None:
    chat.turns = Turns(chat.store, SETTINGS)
    await chat.add_exchange("one")
    made = await make(links, chat)
    for number in range(3):
        await chat.add_exchange(f"more {number}")
    assert await is_gone(links, made)
    assert await links.of_session(USER, chat.session_id) == await links.of_user(USER) == []


@pytest.mark.parametrize("step", ["clear", "delete"])
async def test_clearing_and_deleting_end_all_links(chat: ChatFixture, links: Shares, store: Redis, step: str) -> None:
    await chat.add_exchange("one")
    made = [await make(links, chat), await make(links, chat, "live")]
    await getattr(chat.sessions, step)(USER, chat.session_id)
    assert all([await is_gone(links, each) for each in made])
    assert [await keys_with(store, each.share_id) for each in made] == [[], []]
    assert await links.of_user(USER) == []


async def test_a_process_that_knows_no_links_deletes_them(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat, "live")
    await store.unlink(*keys.history(chat.session_id))
    assert await is_gone(links, made)
    assert await links.of_user(USER) == []
    assert await keys_with(store, made.share_id) == []


async def change(store: Redis, made: OwnShare, **fields: Any) -> None:
    """Changes the record of a link."""
    name, field = keys.session(made.session_id), f"share:{made.share_id}"
    record = json.loads(await store.execute_command("HGET", name, field))
    await store.execute_command("HSET", name, field, json.dumps(record | fields))


async def test_a_link_ends_at_its_time(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat, "live", DAY)
    assert made.share.expires_at == made.share.created_at + DAY
    for name in (keys.shared_session(made.share_id), keys.user_shares(USER)):
        assert DAY - 600 < await store.ttl(name) <= DAY
    await change(store, made, expires_at=int((await store.time())[0]))
    assert await is_gone(links, made)
    assert await links.of_session(USER, chat.session_id) == await links.of_user(USER) == []
    assert await keys_with(store, made.share_id) == []


async def test_a_revoked_link_is_gone(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made, other = await make(links, chat), await make(links, chat)
    await links.revoke(USER, chat.session_id, made.share_id)
    assert await is_gone(links, made)
    assert await keys_with(store, made.share_id) == []
    assert await links.of_user(USER) == await links.of_session(USER, chat.session_id) == [other]
    with pytest.raises(UnknownShare):
        await links.revoke(USER, chat.session_id, made.share_id)


async def test_repeated_steps_answer_as_the_first_time(
    chat: ChatFixture, links: Shares, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.add_exchange("one")
    for script in ("share", "share_note", "share_list", "shared", "unshare"):
        ask_twice(monkeypatch, script)
    made = await make(links, chat)
    assert await links.of_session(USER, chat.session_id) == [made]
    assert await shown(links, made) == ["one", "re: one"]
    await links.revoke(USER, chat.session_id, made.share_id)
    assert await is_gone(links, made)


async def test_another_users_session_is_unknown(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat)
    for step in (
        links.make("mallory", chat.session_id, "live", 0),
        links.of_session("mallory", chat.session_id),
        links.revoke("mallory", chat.session_id, made.share_id),
        links.make(USER, "x", "live", 0),
    ):
        with pytest.raises(UnknownSession):
            await step
    assert await links.of_user("mallory") == []
    assert await shown(links, made) == ["one", "re: one"]
    assert not await store.exists(keys.user_shares("mallory"))


async def test_a_session_has_at_most_twenty_links(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = [await make(links, chat) for _ in range(20)]
    with pytest.raises(TooManySharesHere):
        await make(links, chat)
    assert len(await links.of_user(USER)) == 20
    await change(store, made[0], expires_at=1)
    await make(links, chat)
    await links.revoke(USER, chat.session_id, made[1].share_id)
    await make(links, chat)


async def test_a_user_has_at_most_two_hundred_links(
    chat: ChatFixture, links: Shares, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.share_index.MAX_OF_USER", 2)
    await chat.add_exchange("one")
    made = [await make(links, chat) for _ in range(2)]
    with pytest.raises(TooManyShares):
        await make(links, chat)
    assert len(await links.of_session(USER, chat.session_id)) == 2
    await links.revoke(USER, chat.session_id, made[0].share_id)
    await make(links, chat)


async def test_what_leads_nowhere_does_not_count(
    chat: ChatFixture, links: Shares, store: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chat.share_index.MAX_OF_USER", 1)
    await chat.add_exchange("one")
    left = await make(links, chat)
    await store.execute_command(
        "HDEL", keys.session(chat.session_id), f"share:{left.share_id}"
    )  # by a process that died
    made = await make(links, chat)
    assert await links.of_user(USER) == [made]
    assert await keys_with(store, left.share_id) == []


async def test_a_link_that_is_not_indexed_is_when_it_is_listed(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat, "live", DAY)
    await store.unlink(keys.shared_session(made.share_id), keys.user_shares(USER))
    assert await links.of_session(USER, chat.session_id) == [made]
    assert await shown(links, made) == ["one", "re: one"]
    assert await links.of_user(USER) == [made]


async def test_a_link_whose_record_is_gone_can_be_revoked(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat)
    await store.execute_command("HDEL", keys.session(chat.session_id), f"share:{made.share_id}")
    await links.revoke(USER, chat.session_id, made.share_id)
    assert await keys_with(store, made.share_id) == []


@pytest.mark.parametrize("link_id", ["", "x", "0" * 40, "0" * 41, "../session", "\ud800" * 40])
async def test_an_id_that_is_no_link_leads_nowhere(links: Shares, link_id: str) -> None:
    with pytest.raises(UnknownShare):
        await links.read(link_id, 1)


async def test_secret_ids_are_random_and_name_no_key(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = [await make(links, chat) for _ in range(2)]
    assert made[0].share.link != made[1].share.link
    assert all(keys.is_link_id(each.share.link) for each in made)
    assert shares.LINK_BYTES * 8 >= 128
    assert not [name for name in await names(store) for each in made if each.share.link in name]


async def test_sessions_of_the_first_release_can_be_shared(chat: ChatFixture, links: Shares, store: Redis) -> None:
    earlier = EarlierRelease(store, chat.session_id)
    await earlier.write(earlier.dialogue(4))
    assert len(await shown(links, await make(links, chat))) == 4


async def test_erasure_leaves_no_keys(chat: ChatFixture, links: Shares, store: Redis) -> None:
    await chat.add_exchange("one")
    made = await make(links, chat)
    await store.zadd(keys.user_shares(USER), {"/".join(Noted(chat.session_id, "0" * 32)): 2e9})
    await links.erase(USER)
    assert not await store.exists(keys.user_shares(USER), keys.shared_session(made.share_id))
