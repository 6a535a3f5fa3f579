"""A step whose answer was lost is sent again and answers as the first time."""

import pytest

from chat import keys
from chat.errors import UnknownSession
from chat.messages import Message
from chat.settings import Settings
from chat.turns import Turns
from tests.support.chat_fixture import USER, ChatFixture
from tests.support.messages import dialogue, stored
from tests.support.repeated import ask_twice


async def test_a_repeated_delete_succeeds_and_returns_the_turns(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_id, _ = await chat.begun()
    ask_twice(monkeypatch, "delete")
    assert await chat.sessions.delete(USER, chat.session_id) == {turn_id: ""}
    assert [name async for name in chat.store.scan_iter(match=f"chat:*{chat.session_id}*")] == []
    with pytest.raises(UnknownSession):
        await chat.sessions.delete(USER, chat.session_id)


@pytest.mark.parametrize("runs", [True, False])
async def test_a_repeated_clear_returns_the_turn_to_stop(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch, runs: bool
) -> None:
    turn_id = (await chat.open()).turn_id
    if runs:
        await chat.claim(turn_id, "1")
    ask_twice(monkeypatch, "clear")
    assert await chat.sessions.clear(USER, chat.session_id) == turn_id
    assert await chat.contents() == []


async def test_after_a_repeated_release_a_question_is_accepted(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_id = (await chat.open()).turn_id
    await chat.store.delete(keys.turn(turn_id))
    ask_twice(monkeypatch, "release")
    assert (await chat.open()).is_new


async def test_a_repeated_start_lists_the_session_once(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, "create")
    ask_twice(monkeypatch, "list")
    created = await chat.sessions.create(USER, "assistant")
    assert created == await chat.sessions.get(USER, created.session_id)
    assert (await chat.sessions.page(USER, 10, 0))[1] == 2


async def test_a_repeated_renaming_succeeds(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, "rename")
    assert (await chat.sessions.rename(USER, chat.session_id, "mine")).title == "mine"


@pytest.mark.parametrize("title", ["made", ""])
async def test_a_repeated_title_counts_as_given(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    await chat.add_exchange("hello")
    newest = Message(id="1-0", role="assistant", content="")
    ask_twice(monkeypatch, "title")
    assert await chat.sessions.give_title(chat.session_id, title, 0, newest)
    assert (await chat.sessions.get(USER, chat.session_id)).title == (title or "hello")


async def test_a_repeated_open_with_replacement_makes_one_version(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.add_exchange("one")
    await chat.add_exchange("two")
    messages = (await chat.sessions.history(USER, chat.session_id)).messages
    ask_twice(monkeypatch, "open")
    chat.turns = Turns(chat.store, Settings(_env_file=None))
    assert (await chat.open("better", replace_from=messages[2].id)).is_new
    assert await chat.contents() == ["one", "re: one", "better"]
    assert await versions(chat, 2) == 2


async def test_a_repeated_open_for_another_answer_opens_once(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.add_exchange("one")
    reply = (await chat.sessions.history(USER, chat.session_id)).messages[1]
    ask_twice(monkeypatch, "open")
    opened = await chat.open(None, replace_from=reply.id)
    assert opened.is_new
    assert await chat.contents() == ["one"]
    await chat.claim(opened.turn_id, "2")
    await chat.close(opened.turn_id, "2", "again")
    assert await chat.contents() == ["one", "again"]
    assert (await versions(chat, 0), await versions(chat, 1)) == (1, 2)


async def versions(chat: ChatFixture, index: int) -> int:
    """The number of versions of a message of the branch that is shown."""
    found = (await chat.sessions.history(USER, chat.session_id)).messages[index].versions
    assert found is not None
    return found.count


async def test_a_repeated_show_answers_as_the_first_one(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    await chat.add_exchange("one")
    asked, reply = (await chat.sessions.history(USER, chat.session_id)).messages
    await chat.turns.cancel(USER, (await chat.open("other", replace_from=asked.id)).turn_id)
    ask_twice(monkeypatch, "show")
    assert await chat.sessions.branches.show(USER, chat.session_id, asked.id) == reply.id
    assert await chat.contents() == ["one", "re: one"]


async def test_a_repeated_takeover_adds_nothing(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = dialogue(range(250), is_legacy=True)
    await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), *map(stored, messages))
    ask_twice(monkeypatch, "takeover")
    history = await chat.sessions.history(USER, chat.session_id, 100)
    assert (history.total, history.messages[-1].id) == (250, messages[-1].id)
    assert len(await chat.store.execute_command("LRANGE", keys.order(chat.session_id), 0, -1)) == 250
