"""Each step is sent again where its answer was lost, and must then answer as the first time."""

from typing import Any

import pytest

from chat import keys
from chat.errors import UnknownSession
from chat.messages import Message
from tests.support.room import USER, Room


def ask_twice(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> None:
    """Have the script run twice, as where the connection broke before its answer came."""
    script = getattr(owner, name)

    async def twice(names: Any, *args: Any) -> Any:
        await script(names, *args)
        return await script(names, *args)

    monkeypatch.setattr(owner, name, twice)


async def test_a_repeated_delete_succeeds_and_tells_the_turns(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id, _ = await room.begun()
    ask_twice(monkeypatch, room.sessions, "_delete")
    assert await room.sessions.delete(USER, room.session_id) == [turn_id]
    assert [name async for name in room.store.scan_iter(match=f"chat:*{room.session_id}*")] == []
    with pytest.raises(UnknownSession):
        await room.sessions.delete(USER, room.session_id)


@pytest.mark.parametrize("runs", [True, False])
async def test_a_repeated_clear_tells_the_turn_to_stop(room: Room, monkeypatch: pytest.MonkeyPatch, runs: bool) -> None:
    turn_id = (await room.open()).turn_id
    if runs:
        await room.claim(turn_id, "1")
    ask_twice(monkeypatch, room.sessions, "_clear")
    assert await room.sessions.clear(USER, room.session_id) == turn_id
    assert await room.contents() == []


async def test_a_repeated_release_lets_the_next_question_in(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    turn_id = (await room.open()).turn_id
    await room.store.delete(keys.turn(turn_id))
    ask_twice(monkeypatch, room.turns, "_release")
    assert (await room.open()).is_new


async def test_a_repeated_start_lists_the_session_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, room.sessions, "_create")
    ask_twice(monkeypatch, room.sessions, "_list")
    created = await room.sessions.create(USER, "assistant")
    assert created == await room.sessions.get(USER, created.session_id)
    assert (await room.sessions.page(USER, 10, 0))[1] == 2


async def test_a_repeated_renaming_succeeds(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, room.sessions, "_rename")
    assert (await room.sessions.rename(USER, room.session_id, "mine")).title == "mine"


@pytest.mark.parametrize("title", ["made", ""])
async def test_a_repeated_title_counts_as_given(room: Room, monkeypatch: pytest.MonkeyPatch, title: str) -> None:
    await room.chat("hello")
    newest = Message(id="1-0", role="assistant", content="")
    ask_twice(monkeypatch, room.sessions, "_title")
    assert await room.sessions.give_title(room.session_id, title, 0, newest)
    assert (await room.sessions.get(USER, room.session_id)).title == (title or "hello")


async def test_a_repeated_open_with_replacement_drops_no_more(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.chat("one")
    await room.chat("two")
    messages = (await room.sessions.history(USER, room.session_id)).messages
    ask_twice(monkeypatch, room.turns, "_open")
    assert (await room.open("better", replace_from=messages[2].id)).is_new
    assert await room.contents() == ["one", "re: one", "better"]


async def test_a_repeated_open_for_another_answer_opens_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.chat("one")
    reply = (await room.sessions.history(USER, room.session_id)).messages[1]
    ask_twice(monkeypatch, room.turns, "_open")
    assert (await room.open(None, replace_from=reply.id)).is_new
    assert await room.contents() == ["one"]
