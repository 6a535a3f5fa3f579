"""Readers of a turn whose event log has expired get the reply from the history."""

import pytest
from redis.asyncio import Redis

from chat import keys
from tests.support.client import Client
from tests.support.model_server import Led, ModelServer, break_off, refuse
from tests.support.sse import Transcript, frames, read
from tests.support.stack import Stack


async def expire(store: Redis, turn_id: str) -> None:
    """Deletes the keys that Redis expires after `LOG_TTL`."""
    assert await store.delete(keys.turn(turn_id), keys.log(turn_id)) == 2


@pytest.mark.parametrize("seq", [0, 1, 2, 3, 1000])
async def test_a_reader_gets_a_snapshot_from_the_history_once(
    stack: Stack, user: Client, session_id: str, seq: int
) -> None:
    turn_id = await user.ask(session_id, "hello")
    await user.follow(turn_id)
    await expire(stack.store, turn_id)
    transcript = await user.follow(turn_id, Transcript(text="half", last_id=f"{turn_id}:{seq}" if seq else ""))
    assert transcript.types == ["snapshot", "end"]
    assert transcript.text == (await user.history(session_id))[-1]["content"]
    assert transcript.end is not None
    assert (transcript.end["finish_reason"], transcript.end["session_id"]) == ("stop", session_id)
    async with user.events(turn_id, transcript.last_id) as response:
        assert response.status_code == 204
    async with user.stream(session_id, "hello", transcript.last_id) as response:
        assert response.status_code == 204
    assert len(await user.history(session_id)) == 2


async def test_an_eventsource_gets_the_whole_reply_from_the_history(
    stack: Stack, user: Client, session_id: str
) -> None:
    turn_id = await user.ask(session_id, "hello")
    await user.follow(turn_id)
    await expire(stack.store, turn_id)
    async with user.stream(session_id, "hello", f"{turn_id}:1") as response:
        transcript = await read(response)
    assert (transcript.types, transcript.text) == (["snapshot", "end"], "You said: hello ")
    assert len(await user.history(session_id)) == 2


async def test_a_reply_that_broke_off_still_ends_in_an_error(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, break_off("half a ", "reply"))
    turn_id = await user.ask(session_id, question)
    await user.follow(turn_id)
    await expire(stack.store, turn_id)
    transcript = await user.follow(turn_id)
    assert (transcript.types, transcript.text) == (["snapshot", "error"], "half a reply")


async def test_a_turn_without_a_reply_is_unknown(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(401))
    turn_id = await user.ask(session_id, question)
    await user.follow(turn_id)
    await expire(stack.store, turn_id)
    for path in (f"/chat/turns/{turn_id}", f"/chat/turns/{turn_id}/events"):
        response = await user.http.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "unknown_turn")


async def test_a_reader_gets_an_error_when_the_turn_is_deleted(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    await led.exchange()
    async with user.events(turn_id) as response:
        received = frames(response)
        transcript = await read(received, until=lambda transcript: bool(transcript.events))
        assert (await user.http.delete(f"/chat/sessions/{session_id}")).status_code == 200
        await read(received, transcript)
    assert transcript.types == ["start", "error"]
    assert transcript.end is not None
    assert transcript.end["code"] == "unknown_turn"


async def test_a_running_turn_that_vanished_frees_its_session(
    stack: Stack, user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    await expire(stack.store, turn_id)
    await exchange.say("into the void")
    assert (await user.chat(session_id, "go on")).text == "You said: go on "
    assert [message["content"] for message in await user.history(session_id)] == [question, "go on", "You said: go on "]


async def test_a_missing_log_of_a_known_turn_is_replaced_by_history(
    stack: Stack, user: Client, session_id: str
) -> None:
    turn_id = await user.ask(session_id, "hello")
    await user.follow(turn_id)
    assert await stack.store.delete(keys.log(turn_id)) == 1
    transcript = await user.follow(turn_id, Transcript(last_id=f"{turn_id}:1"))
    assert transcript.text == "You said: hello "
