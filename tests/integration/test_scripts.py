"""Opening, stopping and deleting on a real store are all-or-nothing, and every key expires."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chat import keys
from chat.errors import HoldfastError, NoQuestion, TurnRunning, UnknownMessage, UnknownSession, UnknownTurn
from chat.event_log import LostTurn
from chat.events import Chunk
from chat.messages import Message
from chat.settings import DAY, Settings
from chat.turn_record import Stopped
from chat.turns import Opened, Turns
from tests.support.chat_fixture import SETTINGS, USER, ChatFixture
from tests.support.repeated import after_answer, ask_twice

KEEPS_ALL = Settings(_env_file=None, max_active_turns_per_user=1000)


async def test_opening_stores_question_turn_and_first_event(chat: ChatFixture) -> None:
    opened = await chat.open()
    assert opened.is_new
    turn = await chat.turns.get(opened.turn_id)
    assert turn is not None
    assert (turn.state, turn.attempt, turn.seq, turn.model) == ("queued", 0, 1, "m")
    history = await chat.sessions.history(USER, chat.session_id)
    assert (history.session.active_turn, history.session.title) == (opened.turn_id, "hello")
    assert [(m.content, m.id, m.turn_id) for m in history.messages] == [("hello", turn.question, opened.turn_id)]
    (start,) = await chat.logged(opened.turn_id)
    assert start.startswith('{"type":"start"')


async def test_many_concurrent_opens_leave_one_turn(chat: ChatFixture) -> None:
    results = await asyncio.gather(*(chat.open(str(n)) for n in range(30)), return_exceptions=True)
    opened = [result for result in results if isinstance(result, Opened)]
    refused = [result for result in results if isinstance(result, TurnRunning)]
    assert (len(opened), len(refused)) == (1, 29)
    assert {error.extra["turn_id"] for error in refused} == {opened[0].turn_id}
    assert len(await chat.contents()) == 1


async def test_concurrent_opens_with_one_key_open_one_turn(chat: ChatFixture) -> None:
    opened = await asyncio.gather(*(chat.open(idempotency_key="k") for _ in range(30)))
    assert len({each.turn_id for each in opened}) == 1
    assert [each.is_new for each in opened].count(True) == 1
    assert await chat.contents() == ["hello"]


Refusal = Callable[[ChatFixture], Awaitable[object]]
REFUSALS: dict[str, tuple[Refusal, type[HoldfastError]]] = {
    "another's session": (lambda chat: chat.open(user="mallory"), UnknownSession),
    "another's key": (lambda chat: chat.open(user="mallory", idempotency_key="k"), UnknownSession),
    "unknown message": (lambda chat: chat.open(replace_from="nowhere"), UnknownMessage),
    "after an unknown message": (lambda chat: chat.open(parent_id="nowhere"), UnknownMessage),
    "regenerate an unknown message": (lambda chat: chat.open(None, replace_from="nowhere"), UnknownMessage),
    "nothing to answer": (lambda chat: chat.open(None), NoQuestion),
    "another's turn": (lambda chat: chat.turns.cancel("mallory", f"{chat.session_id}.1"), UnknownTurn),
    "no such turn": (lambda chat: chat.turns.cancel(USER, f"{chat.session_id}.1"), UnknownTurn),
    "another's history": (lambda chat: chat.sessions.clear("mallory", chat.session_id), UnknownSession),
    "another's deletion": (lambda chat: chat.sessions.delete("mallory", chat.session_id), UnknownSession),
    "another's name": (lambda chat: chat.sessions.rename("mallory", chat.session_id, "x"), UnknownSession),
}


@pytest.mark.parametrize(("attempt", "error"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_refused_step_changes_nothing(chat: ChatFixture, attempt: Refusal, error: type[HoldfastError]) -> None:
    await chat.add_exchange("earlier")
    before = await chat.kept()
    with pytest.raises(error):
        await attempt(chat)
    assert await chat.kept() == before


async def test_a_question_refused_during_a_turn_changes_nothing(chat: ChatFixture) -> None:
    turn_id, _ = await chat.begun()
    before = await chat.kept()
    for message, replace_from in (("x", None), (None, None), ("x", "y"), (None, "y")):
        with pytest.raises(TurnRunning) as caught:
            await chat.open(message, replace_from=replace_from)
        assert caught.value.extra == {"turn_id": turn_id}
    assert await chat.kept() == before


async def test_a_deleted_session_takes_no_question(chat: ChatFixture) -> None:
    await chat.sessions.delete(USER, chat.session_id)
    before = await chat.kept()
    with pytest.raises(UnknownSession):
        await chat.open()
    assert await chat.kept() == before


async def test_replacing_makes_a_version_and_keeps_everything(chat: ChatFixture) -> None:
    chat.turns = Turns(chat.store, KEEPS_ALL)
    await chat.add_exchange("one")
    await chat.add_exchange("two")
    messages = (await chat.sessions.history(USER, chat.session_id)).messages
    turn_id = (await chat.open("better", replace_from=messages[2].id)).turn_id
    assert await chat.contents() == ["one", "re: one", "better"]
    await chat.claim(turn_id, "2")
    await chat.close(turn_id, "2", "re: better")
    reply = (await chat.sessions.history(USER, chat.session_id)).messages[3]
    turn_id = (await chat.open(None, replace_from=reply.id)).turn_id
    assert await chat.contents() == ["one", "re: one", "better"]
    await chat.claim(turn_id, "3")
    await chat.close(turn_id, "3", "re: better again")
    for message_id, contents in (
        (None, ["one", "re: one", "better", "re: better again"]),
        (reply.id, ["one", "re: one", "better", "re: better"]),
        (messages[2].id, ["one", "re: one", "two", "re: two"]),
    ):
        if message_id:
            await chat.sessions.branches.show(USER, chat.session_id, message_id)
        assert await chat.contents() == contents


async def test_history_is_trimmed_by_the_question_and_by_the_reply(chat: ChatFixture) -> None:
    for message in ("one", "two"):
        await chat.add_exchange(message)
    turn_id = (await chat.open("three")).turn_id
    assert await chat.contents() == ["re: one", "two", "re: two", "three"]
    await chat.claim(turn_id, "1")
    await chat.close(turn_id, "1", "re: three")
    assert await chat.contents() == ["two", "re: two", "three", "re: three"]


async def test_a_repeated_open_stores_the_question_once(chat: ChatFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_twice(monkeypatch, "open")
    opened = await chat.open()
    assert opened.is_new
    assert await chat.contents() == ["hello"]


async def test_a_repeated_open_after_the_turns_end_stores_one_question(
    chat: ChatFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    async def end_turn(answer: Any) -> None:
        runs.append(answer[1])
        await chat.claim(answer[1], "1")
        await chat.close(answer[1], "1", "hi")

    after_answer(monkeypatch, "open", end_turn)
    assert (await chat.open()).turn_id == runs[0]
    assert await chat.contents() == ["hello", "hi"]


async def test_a_queued_turn_is_stopped_once(chat: ChatFixture) -> None:
    turn_id = (await chat.open()).turn_id
    assert await chat.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=True)
    before = await chat.kept()
    assert await chat.turns.cancel(USER, turn_id) == Stopped("cancelled", is_new=False)
    assert (await chat.turns.begin(turn_id, "100")).status == "ended"
    assert await chat.kept() == before
    assert len(await chat.logged(turn_id)) == 2
    assert (await chat.sessions.get(USER, chat.session_id)).active_turn is None


LIMITED = Settings(_env_file=None, conversation_expire_time=7 * DAY, session_expire_time=30 * DAY)


@pytest.mark.parametrize("settings", [SETTINGS, LIMITED], ids=["kept", "limited"])
async def test_every_key_expires_at_its_time(chat: ChatFixture, settings: Settings) -> None:
    chat.turns = Turns(chat.store, settings)
    turn_id = (await chat.open(idempotency_key="k")).turn_id
    await chat.claim(turn_id, "1")
    running = await lifetimes(chat)
    assert running[keys.turn(turn_id)] == running[keys.log(turn_id)] == settings.running_ttl
    await chat.close(turn_id, "1")
    ended = await lifetimes(chat)
    assert ended[keys.turn(turn_id)] == ended[keys.log(turn_id)] == settings.log_ttl
    assert ended[keys.session(chat.session_id)] == ended[keys.turns(chat.session_id)] == settings.keep_session
    for name in (keys.messages, keys.tree, keys.order):
        assert ended[name(chat.session_id)] == settings.keep_history
    assert all(seconds > 0 for seconds in [*running.values(), *ended.values()])


async def lifetimes(chat: ChatFixture) -> dict[str, int]:
    """The TTL of each key of the session, in seconds to the nearest ten."""
    names = [name async for name in chat.store.scan_iter(match=f"chat:{{{chat.session_id}}}*")]
    assert len(names) == 9
    return {name: round(await chat.store.ttl(name), -1) for name in names}


async def test_deleting_removes_every_key(chat: ChatFixture) -> None:
    for number in range(3):
        await chat.add_exchange(f"question {number}")
    turn_id = (await chat.open(idempotency_key="k")).turn_id
    writer = await chat.claim(turn_id, "9")
    await chat.sessions.delete(USER, chat.session_id)
    with pytest.raises(LostTurn):
        await chat.append(writer, Chunk(content="late"))
    with pytest.raises(LostTurn):
        await chat.close(turn_id, "9")
    assert (await chat.turns.begin(turn_id, "10")).status == "ended"
    assert [name async for name in chat.store.scan_iter(match=f"chat:*{chat.session_id}*")] == []


@pytest.mark.parametrize("index", [0, 3, 4, 30, 99])
async def test_the_reply_to_a_turn_is_found_wherever_it_is(chat: ChatFixture, index: int) -> None:
    turns = [f"{chat.session_id}.{number}" for number in range(1, 101)]
    for turn_id in turns:
        for role in ("user", "assistant"):
            message = Message(role=role, content=f"{role} {turn_id}", turn_id=turn_id)
            await chat.store.execute_command("RPUSH", keys.messages(chat.session_id), message.to_json())
    reply = await chat.sessions.reply(turns[index])
    assert reply is not None
    assert reply.content == f"assistant {turns[index]}"
    assert await chat.sessions.reply(f"{chat.session_id}.999") is None
