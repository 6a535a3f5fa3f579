"""A title goes with the messages that it was made from, unless the user gave it."""

import pytest

from chat import keys
from chat.messages import Message
from tests.support.room import USER, Room


async def title_of(room: Room) -> str:
    session = await room.sessions.get(USER, room.session_id)
    (listed,), _ = await room.sessions.page(USER, 10, 0)
    assert listed.title == session.title
    return session.title


async def messages_of(room: Room) -> list[Message]:
    return (await room.sessions.history(USER, room.session_id)).messages


async def made(room: Room, title: str) -> bool:
    """As the title job does it, all at once."""
    messages, cuts = await room.sessions.to_name(room.session_id, 2)
    return await room.sessions.give_title(room.session_id, title, cuts, messages[-1])


async def test_clearing_takes_a_title_made_from_the_messages(room: Room) -> None:
    await room.chat("secret words")
    await room.sessions.clear(USER, room.session_id)
    assert await title_of(room) == ""
    await room.chat("other words")
    assert await title_of(room) == "other words"
    assert await made(room, "made of others")
    await room.sessions.clear(USER, room.session_id)
    assert "words" not in str(await room.store.execute_command("HGETALL", keys.session(room.session_id)))
    assert "others" not in str(await room.store.execute_command("HGETALL", keys.session(room.session_id)))


async def test_a_title_of_the_users_own_outlives_the_messages(room: Room) -> None:
    await room.chat("secret words")
    await room.sessions.rename(USER, room.session_id, "mine")
    await room.sessions.clear(USER, room.session_id)
    await room.chat("other words")
    assert await title_of(room) == "mine"
    await room.open("better", replace_from=(await messages_of(room))[0].id)
    assert await title_of(room) == "mine"


@pytest.mark.parametrize("model_named_it", [True, False])
async def test_editing_the_first_question_renews_the_title(room: Room, model_named_it: bool) -> None:
    await room.chat("secret words")
    if model_named_it:
        assert await made(room, "secret title")
    await room.open("better", replace_from=(await messages_of(room))[0].id)
    assert await title_of(room) == "better"
    assert "secret" not in str(await room.store.execute_command("HGETALL", keys.session(room.session_id)))
    assert await room.sessions.awaits_title(room.session_id)


async def test_a_title_made_from_a_reply_goes_with_the_reply(room: Room) -> None:
    await room.chat("question")
    assert await made(room, "quotes the reply")
    await room.open(None, replace_from=(await messages_of(room))[1].id)
    assert await title_of(room) == "question"
    assert await room.sessions.awaits_title(room.session_id)


async def test_a_title_made_from_a_later_turn_goes_with_it(room: Room) -> None:
    await room.chat("first")
    await room.chat("second")
    assert await made(room, "quotes the second")
    await room.open("third", replace_from=(await messages_of(room))[2].id)
    assert await title_of(room) == "first"


async def test_a_title_stays_where_later_messages_are_replaced(room: Room) -> None:
    await room.chat("first")
    assert await made(room, "made")
    await room.chat("second")
    await room.open("third", replace_from=(await messages_of(room))[2].id)
    assert await title_of(room) == "made"


@pytest.mark.parametrize("removal", ["clear", "edit", "regenerate"])
async def test_a_title_under_way_is_void_once_its_messages_are_gone(room: Room, removal: str) -> None:
    await room.chat("secret words")
    messages, cuts = await room.sessions.to_name(room.session_id, 2)
    if removal == "clear":
        await room.sessions.clear(USER, room.session_id)
        await room.chat("other")
    else:
        place, text = (0, "other") if removal == "edit" else (1, None)
        await room.open(text, replace_from=messages[place].id)
    assert not await room.sessions.give_title(room.session_id, "secret title", cuts, messages[-1])
    assert "title" not in await title_of(room)


async def test_expired_messages_take_the_title_at_the_next_question(room: Room) -> None:
    await room.chat("secret words")
    await room.store.delete(keys.messages(room.session_id))
    history = await room.sessions.history(USER, room.session_id)
    assert (history.messages, history.session.trimmed) == ([], True)
    await room.chat("other")
    assert await title_of(room) == "other"
    assert (await room.sessions.history(USER, room.session_id)).session.trimmed
