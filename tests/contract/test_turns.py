"""Turns are opened, shown, stopped and answered again; a repeated key opens no second turn."""

import asyncio
import time

from tests.support.client import Client
from tests.support.model_server import Led, ModelServer, refuse, tell
from tests.support.sse import has, read
from tests.support.waiting import PATIENCE


async def shown(user: Client, turn_id: str, text: str) -> None:
    """Waits until readers of the turn have received the text."""
    async with user.events(turn_id) as response:
        await read(response, until=has(text))


async def test_an_accepted_question_returns_the_path_of_its_events(user: Client, session_id: str) -> None:
    response = await user.post_turn(session_id, "hello")
    assert response.status_code == 202
    turn_id = response.json()["turn_id"]
    assert turn_id.startswith(session_id + ".")
    assert response.json() == {"turn_id": turn_id, "events": f"/chat/turns/{turn_id}/events", "waits": False}
    assert response.headers["location"] == f"/chat/turns/{turn_id}"
    assert (await user.follow(turn_id)).text == "You said: hello "


async def test_a_question_under_api_returns_paths_under_api(user: Client, session_id: str) -> None:
    response = await user.http.post("/api/chat/turns", json={"session_id": session_id, "message": "hello"})
    turn_id = response.json()["turn_id"]
    assert response.json()["events"] == f"/api/chat/turns/{turn_id}/events"
    assert response.headers["location"] == f"/api/chat/turns/{turn_id}"
    assert (await user.http.get(response.headers["location"])).status_code == 200
    await user.follow(turn_id)


async def test_a_key_reused_for_another_question_is_refused(user: Client, session_id: str) -> None:
    first = await user.post_turn(session_id, "first question", key="k")
    other = await user.post_turn(session_id, "another question", key="k")
    assert other.status_code == 422
    assert other.json()["code"] == "idempotency_key_reused"
    assert other.json()["turn_id"] == first.json()["turn_id"]
    await user.follow(first.json()["turn_id"])
    assert [message["content"] for message in await user.history(session_id)][::2] == ["first question"]


async def test_fifty_concurrent_requests_with_one_key_open_one_turn(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    posts = [user.post_turn(session_id, question, key="the same") for _ in range(50)]
    responses = await asyncio.gather(*posts)
    assert {response.status_code for response in responses} == {202}
    turn_ids = {response.json()["turn_id"] for response in responses}
    assert len(turn_ids) == 1
    await user.follow(turn_ids.pop())
    assert [m["content"] for m in await user.history(session_id) if m["role"] == "user"] == [question]
    assert len(model.asked(question)) == 1


async def test_a_key_repeated_after_the_end_returns_its_turn(user: Client, session_id: str) -> None:
    first = await user.ask(session_id, "hello", key="k")
    await user.follow(first)
    assert await user.ask(session_id, "hello", key="k") == first
    assert len(await user.history(session_id)) == 2
    second = await user.ask(session_id, "hello", key="another")
    assert second != first
    await user.follow(second)


async def test_one_key_in_two_sessions_opens_two_turns(user: Client, session_id: str) -> None:
    other = await user.start()
    turns = [await user.ask(session, "hello", key="k") for session in (session_id, other)]
    assert turns[0] != turns[1]
    for turn_id in turns:
        await user.follow(turn_id)


async def test_a_second_question_during_a_turn_is_refused(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    before = await user.history(session_id)
    for body in ({"message": "another"}, {"message": question}, {}, {"replace_from": before[0]["id"]}):
        response = await user.post_turn(session_id, **body, key="another key")
        assert response.status_code == 409
        assert response.json()["code"] == "turn_running"
        assert response.json()["turn_id"] == turn_id
    assert await user.history(session_id) == before
    await led.finish()
    await user.follow(turn_id)


async def test_concurrent_questions_in_one_session_open_one_turn(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    responses = await asyncio.gather(*(user.post_turn(session_id, question) for _ in range(20)))
    assert sorted(response.status_code for response in responses) == [202] + [409] * 19
    accepted = next(r.json()["turn_id"] for r in responses if r.status_code == 202)
    assert {r.json()["turn_id"] for r in responses} == {accepted}
    assert len(await user.history(session_id)) == 1
    await led.finish()
    await user.follow(accepted)


async def test_a_turn_reports_its_state_and_times(user: Client, session_id: str, led: Led, question: str) -> None:
    began = time.time()
    turn_id = await user.ask(session_id, question, role="teacher", model="other")
    exchange = await led.exchange()
    running = await user.turn(turn_id)
    assert (running["turn_id"], running["session_id"]) == (turn_id, session_id)
    assert (running["state"], running["attempt"]) == ("running", 1)
    assert (running["role"], running["model"]) == ("teacher", "other")
    nothing_yet = ("position", "first_token_at", "finished_at", "finish_reason", "usage", "error")
    assert [running[name] for name in nothing_yet] == [None] * len(nothing_yet)
    await exchange.say("hello")
    await led.finish()
    await user.follow(turn_id)
    done = await user.turn(turn_id)
    assert (done["state"], done["finish_reason"], done["error"]) == ("done", "stop", None)
    times = [done[name] for name in ("created_at", "started_at", "first_token_at", "finished_at")]
    in_order = [began - 1, *times, time.time() + 1]
    assert in_order == sorted(in_order)


async def test_a_stop_keeps_shown_text_and_closes_the_model_connection(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    await exchange.say("one ", "two ")
    await shown(user, turn_id, "one two ")
    response = await user.http.post(f"/chat/turns/{turn_id}/cancel")
    assert response.status_code == 200
    assert response.json()["turn_id"] == turn_id
    await asyncio.wait_for(exchange.gone.wait(), PATIENCE)
    transcript = await user.follow(turn_id)
    assert transcript.text == "one two "
    assert transcript.end is not None
    assert (transcript.end["type"], transcript.end["finish_reason"]) == ("end", "cancelled")
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply["finish_reason"]) == ("one two ", "cancelled")
    assert transcript.end["message_id"] == reply["id"]
    turn = await user.turn(turn_id)
    assert (turn["state"], turn["finish_reason"]) == ("cancelled", "cancelled")
    assert (await user.chat(session_id, "go on")).text == "You said: go on "


async def test_a_stop_before_the_first_word_keeps_only_the_question(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    await user.http.post(f"/chat/turns/{turn_id}/cancel")
    await asyncio.wait_for(exchange.gone.wait(), PATIENCE)
    transcript = await user.follow(turn_id)
    assert transcript.end is not None
    assert transcript.end["finish_reason"] == "cancelled"
    assert "message_id" not in transcript.end
    assert [message["role"] for message in await user.history(session_id)] == ["user"]
    assert (await user.chat(session_id, "go on")).text == "You said: go on "


async def test_a_stop_of_an_ended_turn_changes_nothing(user: Client, session_id: str) -> None:
    turn_id = await user.ask(session_id, "hello")
    await user.follow(turn_id)
    before = await user.turn(turn_id), await user.history(session_id)
    for _ in range(2):
        response = await user.http.post(f"/chat/turns/{turn_id}/cancel")
        assert (response.status_code, response.json()) == (200, {"turn_id": turn_id, "state": "done"})
    assert (await user.turn(turn_id), await user.history(session_id)) == before


async def test_concurrent_stops_of_a_turn_end_it_once(user: Client, session_id: str, led: Led, question: str) -> None:
    turn_id = await user.ask(session_id, question)
    await led.exchange()
    responses = await asyncio.gather(*(user.http.post(f"/chat/turns/{turn_id}/cancel") for _ in range(10)))
    assert {response.status_code for response in responses} == {200}
    transcript = await user.follow(turn_id)
    assert transcript.types.count("end") == 1
    assert (await user.turn(turn_id))["state"] == "cancelled"


async def test_a_failed_question_is_answered_again_without_its_text(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(401), tell("fine"))
    transcript = await user.chat(session_id, question)
    assert transcript.end is not None
    assert transcript.end["type"] == "error"
    again = await user.follow(await user.ask(session_id))
    assert again.text == "fine"
    assert [message["content"] for message in await user.history(session_id)] == [question, "fine"]


async def test_an_empty_request_without_an_open_question_is_refused(user: Client, session_id: str) -> None:
    assert (await user.post_turn(session_id)).json()["code"] == "no_question"
    await user.chat(session_id, "hello")
    response = await user.post_turn(session_id)
    assert (response.status_code, response.json()["code"]) == (409, "no_question")
    assert len(await user.history(session_id)) == 2
