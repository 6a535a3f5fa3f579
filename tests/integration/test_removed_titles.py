"""A title goes with the version of the messages that it was made from, unless the user gave it."""

import pytest

from chat import keys
from chat.messages import Message
from tests.support.chat_fixture import USER, ChatFixture


async def title_of(chat: ChatFixture) -> str:
    session = await chat.sessions.get(USER, chat.session_id)
    (listed,), _ = await chat.sessions.page(USER, 10, 0)
    assert listed.title == session.title
    return session.title


async def messages_of(chat: ChatFixture) -> list[Message]:
    return (await chat.sessions.history(USER, chat.session_id)).messages


async def edit(chat: ChatFixture, text: str, index: int, answer: str = "hi") -> None:
    """Edit the question at this index. Its turn fails where there is no answer."""
    turn_id = (await chat.open(text, replace_from=(await messages_of(chat))[index].id)).turn_id
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", answer, state="done" if answer else "failed")


async def made(chat: ChatFixture, title: str) -> bool:
    """Give a title as the title job does. Returns whether it was stored."""
    messages, cuts = await chat.sessions.to_name(chat.session_id)
    return await chat.sessions.give_title(chat.session_id, title, cuts, messages[-1])


async def test_clearing_removes_a_title_made_from_the_messages(chat: ChatFixture) -> None:
    await chat.add_exchange("secret words")
    await chat.sessions.clear(USER, chat.session_id)
    assert await title_of(chat) == ""
    await chat.add_exchange("other words")
    assert await title_of(chat) == "other words"
    assert await made(chat, "made of others")
    await chat.sessions.clear(USER, chat.session_id)
    assert "words" not in str(await chat.store.execute_command("HGETALL", keys.session(chat.session_id)))
    assert "others" not in str(await chat.store.execute_command("HGETALL", keys.session(chat.session_id)))


async def test_a_users_own_title_outlives_the_messages(chat: ChatFixture) -> None:
    await chat.add_exchange("secret words")
    await chat.sessions.rename(USER, chat.session_id, "mine")
    await chat.sessions.clear(USER, chat.session_id)
    await chat.add_exchange("other words")
    assert await title_of(chat) == "mine"
    await edit(chat, "better", 0)
    assert await title_of(chat) == "mine"


@pytest.mark.parametrize("model_named_it", [True, False])
async def test_editing_the_first_question_renews_the_title(chat: ChatFixture, model_named_it: bool) -> None:
    await chat.add_exchange("secret words")
    if model_named_it:
        assert await made(chat, "secret title")
    before = await title_of(chat)
    await edit(chat, "worse", 0, answer="")
    assert await title_of(chat) == before
    await edit(chat, "better", 0)
    assert await title_of(chat) == "better"
    assert "secret" not in str(await chat.store.execute_command("HGETALL", keys.session(chat.session_id)))
    assert await chat.sessions.awaits_title(chat.session_id)


async def test_a_title_made_from_a_reply_is_removed_with_the_reply(chat: ChatFixture) -> None:
    await chat.add_exchange("question")
    assert await made(chat, "quotes the reply")
    await chat.open(None, replace_from=(await messages_of(chat))[1].id)
    assert await title_of(chat) == "quotes the reply"
    (active,) = [(await chat.sessions.get(USER, chat.session_id)).active_turn]
    await chat.turns.cancel(USER, active or "")
    await chat.sessions.branches.remove(USER, chat.session_id, (await messages_of(chat))[1].id)
    assert await title_of(chat) == "question"
    assert await chat.sessions.awaits_title(chat.session_id)


async def test_a_title_made_from_a_later_turn_is_removed_with_it(chat: ChatFixture) -> None:
    await chat.add_exchange("first")
    await chat.add_exchange("second")
    assert await made(chat, "quotes the second")
    await edit(chat, "third", 2)
    assert await title_of(chat) == "first"


async def test_a_title_stays_where_later_messages_are_replaced(chat: ChatFixture) -> None:
    await chat.add_exchange("first")
    assert await made(chat, "made")
    await chat.add_exchange("second")
    await edit(chat, "third", 2)
    assert await title_of(chat) == "made"


@pytest.mark.parametrize("removal", ["clear", "edit", "delete"])
async def test_a_late_title_is_dropped_once_its_messages_are_gone(chat: ChatFixture, removal: str) -> None:
    await chat.add_exchange("secret words")
    messages, cuts = await chat.sessions.to_name(chat.session_id)
    if removal == "clear":
        await chat.sessions.clear(USER, chat.session_id)
        await chat.add_exchange("other")
    elif removal == "delete":
        await chat.sessions.branches.remove(USER, chat.session_id, messages[1].id)
    else:
        await chat.open("other", replace_from=messages[0].id)
    assert not await chat.sessions.give_title(chat.session_id, "secret title", cuts, messages[-1])
    assert "title" not in await title_of(chat)


async def test_a_question_after_expired_messages_renews_the_title(chat: ChatFixture) -> None:
    await chat.add_exchange("secret words")
    await chat.store.delete(*keys.history(chat.session_id)[1:])
    history = await chat.sessions.history(USER, chat.session_id)
    assert (history.messages, history.session.trimmed) == ([], True)
    await chat.add_exchange("other")
    assert await title_of(chat) == "other"
    assert (await chat.sessions.history(USER, chat.session_id)).session.trimmed
