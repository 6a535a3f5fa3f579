"""Opening, stopping and deleting on a real store: all or nothing, and nothing kept for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chat import keys
from chat.errors import HoldfastError, NoQuestion, TurnRunning, UnknownMessage, UnknownSession, UnknownTurn
from chat.event_log import LostTurn
from chat.events import Chunk
from chat.messages import Message
from chat.turns import Opened, Stopped
from tests.support.room import SETTINGS, USER, Room


async def test_opening_stores_the_question_the_turn_and_its_first_event(room: Room) -> None:
    opened = await room.open()
    assert opened.is_new
    turn = await room.turns.get(opened.turn_id)
    assert turn is not None
    assert (turn.state, turn.attempt, turn.seq, turn.model) == ("queued", 0, 1, "m")
    history = await room.sessions.history(USER, room.session_id)
    assert (history.session.active_turn, history.session.title) == (opened.turn_id, "hello")
    assert [(m.content, m.id, m.turn_id) for m in history.messages] == [("hello", turn.question, opened.turn_id)]
    (start,) = await room.told(opened.turn_id)
    assert start.startswith('{"type":"start"')


async def test_many_openings_at_once_leave_one_turn(room: Room) -> None:
    results = await asyncio.gather(*(room.open(str(n)) for n in range(30)), return_exceptions=True)
    opened = [result for result in results if isinstance(result, Opened)]
    refused = [result for result in results if isinstance(result, TurnRunning)]
    assert (len(opened), len(refused)) == (1, 29)
    assert {error.extra["turn_id"] for error in refused} == {opened[0].turn_id}
    assert len(await room.contents()) == 1


async def test_one_key_at_once_opens_one_turn(room: Room) -> None:
    opened = await asyncio.gather(*(room.open(idempotency_key="k") for _ in range(30)))
    assert len({each.turn_id for each in opened}) == 1
    assert [each.is_new for each in opened].count(True) == 1
    assert await room.contents() == ["hello"]


Refusal = Callable[[Room], Awaitable[object]]
REFUSALS: dict[str, tuple[Refusal, type[HoldfastError]]] = {
    "another's session": (lambda room: room.open(user="mallory"), UnknownSession),
    "another's key": (lambda room: room.open(user="mallory", idempotency_key="k"), UnknownSession),
    "unknown message": (lambda room: room.open(replace_from="nowhere"), UnknownMessage),
    "regenerate an unknown message": (lambda room: room.open(None, replace_from="nowhere"), UnknownMessage),
    "nothing to answer": (lambda room: room.open(None), NoQuestion),
    "another's turn": (lambda room: room.turns.cancel("mallory", f"{room.session_id}.1"), UnknownTurn),
    "no such turn": (lambda room: room.turns.cancel(USER, f"{room.session_id}.1"), UnknownTurn),
    "another's history": (lambda room: room.sessions.clear("mallory", room.session_id), UnknownSession),
    "another's deletion": (lambda room: room.sessions.delete("mallory", room.session_id), UnknownSession),
    "another's name": (lambda room: room.sessions.rename("mallory", room.session_id, "x"), UnknownSession),
}


@pytest.mark.parametrize(("attempt", "error"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_what_is_refused_changes_nothing(room: Room, attempt: Refusal, error: type[HoldfastError]) -> None:
    await room.chat("earlier")
    before = await room.kept()
    with pytest.raises(error):
        await attempt(room)
    assert await room.kept() == before


async def test_what_is_refused_during_a_turn_changes_nothing(room: Room) -> None:
    turn_id, _ = await room.begun()
    before = await room.kept()
    for message, replace_from in (("x", None), (None, None), ("x", "y"), (None, "y")):
        with pytest.raises(TurnRunning) as caught:
            await room.open(message, replace_from=replace_from)
        assert caught.value.extra == {"turn_id": turn_id}
    assert await room.kept() == before


async def test_a_session_that_is_gone_takes_no_question(room: Room) -> None:
    await room.sessions.delete(USER, room.session_id)
    before = await room.kept()
    with pytest.raises(UnknownSession):
        await room.open()
    assert await room.kept() == before


async def test_replacing_drops_the_message_and_all_after_it(room: Room) -> None:
    await room.chat("one")
    await room.chat("two")
    messages = (await room.sessions.history(USER, room.session_id)).messages
    turn_id = (await room.open("better", replace_from=messages[2].id)).turn_id
    assert await room.contents() == ["one", "re: one", "better"]
    await room.claim(turn_id, "2")
    await room.close(turn_id, "2", "re: better")
    reply = (await room.sessions.history(USER, room.session_id)).messages[3]
    await room.open(None, replace_from=reply.id)
    assert await room.contents() == ["one", "re: one", "better"]


async def test_history_is_trimmed_by_the_question_and_by_the_reply(room: Room) -> None:
    for message in ("one", "two"):
        await room.chat(message)
    turn_id = (await room.open("three")).turn_id
    assert await room.contents() == ["re: one", "two", "re: two", "three"]
    await room.claim(turn_id, "1")
    await room.close(turn_id, "1", "re: three")
    assert await room.contents() == ["two", "re: two", "three", "re: three"]


async def test_a_repeated_open_stores_the_question_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store was asked twice because the first answer was lost, as the connection pool does."""
    script = room.turns._open

    async def asked_twice(names: Any, *args: Any) -> Any:
        await script(names, *args)
        return await script(names, *args)

    monkeypatch.setattr(room.turns, "_open", asked_twice)
    opened = await room.open()
    assert opened.is_new
    assert await room.contents() == ["hello"]


async def test_a_repeated_open_of_a_turn_that_ended_meanwhile_stores_the_question_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = room.turns._open
    runs: list[str] = []

    async def asked_again_after_the_end(names: Any, *args: Any) -> Any:
        answer = await script(names, *args)
        if not runs:
            runs.append(answer[1])
            await room.claim(answer[1], "1")
            await room.close(answer[1], "1", "hi")
            return await script(names, *args)
        return answer

    monkeypatch.setattr(room.turns, "_open", asked_again_after_the_end)
    assert (await room.open()).turn_id == runs[0]
    assert await room.contents() == ["hello", "hi"]


async def test_a_queued_turn_is_stopped_once(room: Room) -> None:
    turn_id = (await room.open()).turn_id
    assert await room.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=True)
    before = await room.kept()
    assert await room.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=False)
    assert (await room.turns.begin(turn_id, "100")).status == "ended"
    assert await room.kept() == before
    assert len(await room.told(turn_id)) == 2
    assert (await room.sessions.get(USER, room.session_id)).active_turn is None


async def test_every_key_is_let_go_at_its_time(room: Room) -> None:
    turn_id = (await room.open(idempotency_key="k")).turn_id
    await room.claim(turn_id, "1")
    running = await lifetimes(room)
    assert running[keys.turn(turn_id)] == running[keys.log(turn_id)] == SETTINGS.running_ttl
    await room.close(turn_id, "1")
    ended = await lifetimes(room)
    assert ended[keys.turn(turn_id)] == ended[keys.log(turn_id)] == SETTINGS.log_ttl
    assert ended[keys.session(room.session_id)] == SETTINGS.session_expire_time
    assert ended[keys.messages(room.session_id)] == SETTINGS.conversation_expire_time
    assert all(seconds > 0 for seconds in [*running.values(), *ended.values()])


async def lifetimes(room: Room) -> dict[str, int]:
    """Seconds that each key of the session still has, to the nearest ten."""
    names = [name async for name in room.store.scan_iter(match=f"chat:{{{room.session_id}}}*")]
    assert len(names) == 7
    return {name: round(await room.store.ttl(name), -1) for name in names}


async def test_deleting_removes_every_key(room: Room) -> None:
    for number in range(3):
        await room.chat(f"question {number}")
    turn_id = (await room.open(idempotency_key="k")).turn_id
    writer = await room.claim(turn_id, "9")
    await room.sessions.delete(USER, room.session_id)
    with pytest.raises(LostTurn):
        await room.append(writer, Chunk(content="late"))
    with pytest.raises(LostTurn):
        await room.close(turn_id, "9")
    assert (await room.turns.begin(turn_id, "10")).status == "ended"
    assert [name async for name in room.store.scan_iter(match=f"chat:*{room.session_id}*")] == []


@pytest.mark.parametrize("place", [0, 3, 4, 30, 99])
async def test_the_reply_to_a_turn_is_found_wherever_it_is(room: Room, place: int) -> None:
    turns = [f"{room.session_id}.{number}" for number in range(1, 101)]
    for turn_id in turns:
        for role in ("user", "assistant"):
            message = Message(role=role, content=f"{role} {turn_id}", turn_id=turn_id)
            await room.store.execute_command("RPUSH", keys.messages(room.session_id), message.to_json())
    reply = await room.sessions.reply(turns[place])
    assert reply is not None
    assert reply.content == f"assistant {turns[place]}"
    assert await room.sessions.reply(f"{room.session_id}.999") is None
