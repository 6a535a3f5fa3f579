"""Reads what was taken over from 0.1.0, and makes single steps of a takeover."""

from collections.abc import Sequence

from chat import keys
from chat.messages import Message
from chat.settings import Settings
from chat.store import run
from chat.takeover import takeover_call
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.earlier_release import EarlierMessage

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=1000)


async def step(chat: ChatFixture) -> bool:
    """Makes one step, as a process does that dies after it. Returns whether it was the last."""
    return await run(chat.store, takeover_call(KEEPS_ALL, chat.session_id))


async def branch(chat: ChatFixture, message_id: str = "") -> list[Message]:
    """Reads all pages of a branch, and checks how they fit together."""
    found, before = list[Message](), ""
    while True:
        page = await chat.sessions.history(USER, chat.session_id, 100, before, branch=message_id)
        found = [*page.messages, *found]
        if not page.has_more:
            break
        before = found[0].id
    assert page.total == len(found)
    assert [message.parent_id for message in found] == [None, *(message.id for message in found)][: len(found)]
    return found


async def texts(chat: ChatFixture, message_id: str = "") -> list[str]:
    return [message.content for message in await branch(chat, message_id)]


def contents_of(messages: Sequence[Message | EarlierMessage]) -> list[str]:
    return [message.content for message in messages]


async def ordered(chat: ChatFixture) -> int:
    """The number of messages that were taken over or added."""
    return int(await chat.store.execute_command("LLEN", keys.order(chat.session_id)))


async def model_titles(chat: ChatFixture, title: str) -> None:
    """`title.lua` of 0.1.0."""
    await chat.store.execute_command("HSET", keys.session(chat.session_id), "title", title, "title_from", "model")


async def keys_of(chat: ChatFixture) -> set[str]:
    return {name async for name in chat.store.scan_iter(match=f"chat:{{{chat.session_id}}}*")}


async def assert_whole(chat: ChatFixture, written: Sequence[EarlierMessage | Message]) -> None:
    """Checks that the session has exactly these messages, on one branch, and finds each reply by its turn."""
    found = await branch(chat)
    assert [(each.id, each.role, each.content) for each in found] == [(e.id, e.role, e.content) for e in written]
    assert await chat.store.execute_command("LRANGE", keys.order(chat.session_id), 0, -1) == [e.id for e in written]
    for message in [each for each in found if each.role == "assistant" and each.turn_id][:: max(1, len(found) // 20)]:
        reply = await chat.sessions.reply(message.turn_id or "")
        assert reply is not None
        assert reply.id == message.id
