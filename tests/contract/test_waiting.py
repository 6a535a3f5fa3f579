"""Questions sent while a reply runs wait in the session, in order, and are asked one after the other."""

from typing import Any

import pytest

from chat import keys
from tests.support.client import Client
from tests.support.model_server import Led, ModelServer, refuse
from tests.support.sse import has, read
from tests.support.stack import Stack


async def wait(user: Client, session_id: str, message: str, key: str = "") -> str:
    """Asks a question that waits. Returns its turn."""
    response = await user.post_turn(session_id, message, key, when_busy="wait")
    assert response.status_code == 202, response.text
    assert response.json()["waits"] is True
    return str(response.json()["turn_id"])


async def page(user: Client, session_id: str) -> dict[str, Any]:
    response = await user.http.get("/chat/history", params={"session_id": session_id})
    assert response.status_code == 200, response.text
    return dict(response.json())


async def questions(user: Client, session_id: str) -> list[str]:
    return [message["content"] for message in await user.history(session_id) if message["role"] == "user"]


@pytest.fixture
async def busy(user: Client, session_id: str, led: Led, question: str) -> str:
    """Returns a turn that runs until `led` finishes it."""
    turn_id = await user.ask(session_id, question)
    await (await led.exchange()).say("first ")
    return turn_id


async def test_waiting_questions_are_answered_in_order(
    user: Client, session_id: str, busy: str, led: Led, question: str
) -> None:
    later = {text: await wait(user, session_id, text) for text in ("second", "third")}
    found = await page(user, session_id)
    assert {each["message"]: each["turn_id"] for each in found["waiting"]} == later
    assert (found["paused"], found["active_turn"]) == (False, busy)
    assert [(await user.turn(turn_id))["state"] for turn_id in later.values()] == ["waiting", "waiting"]
    assert await questions(user, session_id) == [question]
    await led.finish()
    for text, turn_id in later.items():
        assert (await user.follow(turn_id)).text == f"You said: {text} "
    assert await questions(user, session_id) == [question, "second", "third"]
    assert (await page(user, session_id))["waiting"] == []


async def test_the_list_has_the_number_of_waiting_questions(user: Client, session_id: str, busy: str, led: Led) -> None:
    async def listed() -> list[int]:
        return [session["waiting"] for session in (await user.http.get("/chat/sessions")).json()["sessions"]]

    await user.start()
    for text in ("second", "third"):
        last = await wait(user, session_id, text)
    assert sorted(await listed()) == [0, 2]
    await user.http.post(f"/chat/turns/{last}/cancel", params={"only": "waiting"})
    assert sorted(await listed()) == [0, 1]
    changed = await user.http.patch(f"/chat/sessions/{session_id}", json={"title": "counted"})
    assert changed.json()["waiting"] == 1
    await user.http.delete(f"/chat/sessions/{session_id}/waiting")
    assert await listed() == [0, 0]
    await led.finish()


async def test_a_waiting_question_has_the_replies_before_it_as_context(
    user: Client, session_id: str, busy: str, led: Led, model: ModelServer, question: str
) -> None:
    later = await wait(user, session_id, f"then {question}")
    await led.finish()
    await user.follow(later)
    (asked,) = model.asked(f"then {question}")
    assert [message["content"] for message in asked.body["messages"][1:]] == [question, "first ", f"then {question}"]


async def test_without_waiting_a_second_question_is_refused(user: Client, session_id: str, busy: str, led: Led) -> None:
    response = await user.post_turn(session_id, "second")
    assert (response.status_code, response.json()["code"]) == (409, "turn_running")
    for place in ({"replace_from": "x"}, {"parent_id": "x"}):
        response = await user.post_turn(session_id, "second", when_busy="wait", **place)
        assert (response.status_code, response.json()["code"]) == (409, "turn_running")
    await led.finish()


async def test_a_question_that_need_not_wait_is_asked_at_once(user: Client, session_id: str) -> None:
    response = await user.post_turn(session_id, "hello", when_busy="wait")
    assert response.json()["waits"] is False
    assert (await user.follow(response.json()["turn_id"])).text == "You said: hello "


async def test_a_repeated_waiting_question_waits_once(user: Client, session_id: str, busy: str, led: Led) -> None:
    turn_id = await wait(user, session_id, "second", "key")
    assert await wait(user, session_id, "second", "key") == turn_id
    assert len((await page(user, session_id))["waiting"]) == 1
    await led.finish()
    assert (await user.follow(turn_id)).text == "You said: second "
    again = await user.post_turn(session_id, "second", "key", when_busy="wait")
    assert again.json() == {"turn_id": turn_id, "events": f"/chat/turns/{turn_id}/events", "waits": False}


async def test_a_waiting_question_is_changed(user: Client, session_id: str, busy: str, led: Led) -> None:
    turn_id = await wait(user, session_id, "second")
    response = await user.http.patch(f"/chat/turns/{turn_id}", json={"message": "better"})
    assert response.status_code == 200, response.text
    await led.finish()
    assert (await user.follow(turn_id)).text == "You said: better "
    late = await user.http.patch(f"/chat/turns/{turn_id}", json={"message": "too late"})
    assert (late.status_code, late.json()["code"]) == (409, "not_waiting")


@pytest.mark.parametrize("message", ["", " ", "\ud800", "x" * 32_001])
async def test_a_waiting_question_is_not_changed_to_an_invalid_one(
    user: Client, session_id: str, busy: str, led: Led, message: str
) -> None:
    turn_id = await wait(user, session_id, "second")
    body = '{"message":"' + message.encode("ascii", "backslashreplace").decode() + '"}'
    headers = {"content-type": "application/json"}
    response = await user.http.patch(f"/chat/turns/{turn_id}", content=body, headers=headers)
    assert response.status_code in (413, 422), response.text
    assert (await page(user, session_id))["waiting"][0]["message"] == "second"
    await led.finish()


async def test_a_stopped_waiting_question_is_never_asked(
    user: Client, session_id: str, busy: str, led: Led, question: str
) -> None:
    stopped, kept = await wait(user, session_id, "second"), await wait(user, session_id, "third")
    response = await user.http.post(f"/chat/turns/{stopped}/cancel")
    assert response.json()["state"] == "cancelled"
    assert [each["turn_id"] for each in (await page(user, session_id))["waiting"]] == [kept]
    await led.finish()
    await user.follow(kept)
    assert await questions(user, session_id) == [question, "third"]
    assert (await user.follow(stopped)).events[-1]["finish_reason"] == "cancelled"


@pytest.mark.parametrize("at", ["running", "done"])
async def test_removing_a_question_that_is_asked_leaves_its_reply(
    stack: Stack, user: Client, session_id: str, busy: str, led: Led, model: ModelServer, question: str, at: str
) -> None:
    following = Led()
    model.on(f"then {question}", following)
    turn_id = await wait(user, session_id, f"then {question}")
    await led.finish()
    await (await following.exchange()).say("text")
    if at == "done":
        await following.finish()
        await user.follow(turn_id)
    else:
        async with user.events(turn_id) as response:
            await read(response, until=has("text"))
    before = await user.turn(turn_id)
    response = await user.http.post(f"/chat/turns/{turn_id}/cancel", params={"only": "waiting"})
    assert (response.status_code, response.json()["code"]) == (409, "not_waiting")
    assert await user.turn(turn_id) == before
    assert await stack.store.execute_command("HGET", keys.turn(turn_id), "cancel") is None
    if at == "running":
        await following.finish()
        assert (await user.follow(turn_id)).text == "text"


async def test_a_waiting_question_is_removed_once(user: Client, session_id: str, busy: str, led: Led) -> None:
    turn_id = await wait(user, session_id, "second")
    for _ in range(2):
        response = await user.http.post(f"/chat/turns/{turn_id}/cancel", params={"only": "waiting"})
        assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    assert (await page(user, session_id))["waiting"] == []
    await led.finish()
    assert (await user.follow(busy)).text == "first "


@pytest.mark.parametrize("way", ["stop", "fail"])
async def test_questions_pause_after_a_turn_without_an_answer(
    user: Client, session_id: str, busy: str, led: Led, question: str, model: ModelServer, way: str
) -> None:
    failing = f"failing {question}"
    model.on(failing, refuse(400), refuse(400))
    later = [await wait(user, session_id, text) for text in ((failing, "third") if way == "fail" else ("third",))]
    if way == "stop":
        await user.http.post(f"/chat/turns/{busy}/cancel")
        await user.follow(busy)
    else:
        await led.finish()
        await user.follow(later[0])
    found = await page(user, session_id)
    assert (found["paused"], [each["message"] for each in found["waiting"]]) == (True, ["third"])
    response = await user.http.post(f"/chat/sessions/{session_id}/waiting/resume")
    assert response.json() == {"turn_id": later[-1]}
    assert (await user.follow(later[-1])).text == "You said: third "
    assert (await page(user, session_id))["paused"] is False


async def test_waiting_questions_are_discarded(
    user: Client, session_id: str, busy: str, led: Led, question: str
) -> None:
    later = [await wait(user, session_id, text) for text in ("second", "third")]
    response = await user.http.delete(f"/chat/sessions/{session_id}/waiting")
    assert response.json() == {"turn_ids": later}
    await led.finish()
    await user.follow(busy)
    found = await page(user, session_id)
    assert (found["waiting"], found["paused"], found["active_turn"]) == ([], False, None)
    assert await questions(user, session_id) == [question]


async def test_a_history_has_the_turn_that_reading_it_opened(workless: Stack, question: str) -> None:
    """A process of 0.1.0 ends a turn without opening the next one."""
    async with workless.client() as user:
        session_id = await user.start()
        await user.ask(session_id, "first")
        turn_id = await wait(user, session_id, question)
        await workless.store.execute_command("HDEL", keys.session(session_id), "active_turn")
        found = await page(user, session_id)
        assert (found["active_turn"], found["waiting"]) == (turn_id, [])
        assert (found["messages"][-1]["content"], found["leaf"]) == (question, found["messages"][-1]["id"])


async def test_no_more_than_twenty_questions_wait(user: Client, session_id: str, busy: str, led: Led) -> None:
    refusals = set()
    for number in range(25):
        response = await user.post_turn(session_id, f"question {number}", when_busy="wait")
        if response.status_code != 202:
            refusals.add((response.status_code, response.json()["code"]))
    assert len((await page(user, session_id))["waiting"]) == 20
    assert refusals == {(409, "too_many_waiting")}
    await user.http.delete(f"/chat/sessions/{session_id}/waiting")
    await led.finish()


@pytest.mark.parametrize("removal", ["history", "session"])
async def test_waiting_questions_are_removed_with_their_session(
    user: Client, session_id: str, busy: str, led: Led, removal: str
) -> None:
    turn_id = await wait(user, session_id, "second")
    path = f"/chat/history/{session_id}" if removal == "history" else f"/chat/session/{session_id}"
    assert (await user.http.delete(path)).status_code == 200
    assert (await user.http.get(f"/chat/turns/{turn_id}")).status_code == 404
    if removal == "history":
        assert (await page(user, session_id))["waiting"] == []


async def test_a_stranger_neither_sees_nor_changes_what_waits(
    stack: Stack, user: Client, session_id: str, busy: str, led: Led
) -> None:
    turn_id = await wait(user, session_id, "second")
    async with stack.client() as other:
        requests = [
            other.http.patch(f"/chat/turns/{turn_id}", json={"message": "x"}),
            other.http.post(f"/chat/turns/{turn_id}/cancel"),
            other.http.post(f"/chat/sessions/{session_id}/waiting/resume"),
            other.http.delete(f"/chat/sessions/{session_id}/waiting"),
        ]
        assert [(await request).status_code for request in requests] == [404] * 4
    assert [each["message"] for each in (await page(user, session_id))["waiting"]] == ["second"]
    await led.finish()
    await user.follow(turn_id)
