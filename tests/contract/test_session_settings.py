"""Instructions and parameters of a session are stored, shown, sent to the model, exported and imported."""

import json
from typing import Any

from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.model_server import ModelServer
from tests.support.stack import Stack

SET = {"instructions": "Rhyme.", "temperature": 1.5, "max_tokens": 100}
NOTHING = {"instructions": None, "temperature": None, "max_tokens": None}


async def patch(user: Client, session_id: str, **change: Any) -> dict[str, Any]:
    response = await user.http.patch(f"/chat/sessions/{session_id}", json=change)
    assert response.status_code == 200, response.text
    return dict(response.json())


async def shown(user: Client, session_id: str) -> dict[str, Any]:
    history = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    return {name: history[name] for name in SET}


async def body_of(user: Client, model: ModelServer, session_id: str, question: str) -> dict[str, Any]:
    await user.chat(session_id, question)
    (exchange,) = model.asked(question)
    return dict(exchange.body)


async def test_what_is_set_is_shown_and_sent_until_it_is_taken_back(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    assert await shown(user, session_id) == NOTHING
    changed = await patch(user, session_id, **SET)
    assert {name: changed[name] for name in SET} == SET == await shown(user, session_id)
    (listed,) = (await user.http.get("/chat/sessions")).json()["sessions"]
    assert (listed["has_instructions"], listed["temperature"], listed["max_tokens"]) == (True, 1.5, 100)
    body = await body_of(user, model, session_id, question)
    assert body["messages"][0]["content"].startswith("You are a helpful")
    assert body["messages"][0]["content"].endswith("\n\nRhyme.")
    assert (body["temperature"], body["max_tokens"]) == (1.5, 100)

    await patch(user, session_id, temperature=None)
    assert await shown(user, session_id) == {**SET, "temperature": None}
    await patch(user, session_id, instructions="", max_tokens=None)
    assert await shown(user, session_id) == NOTHING
    body = await body_of(user, model, session_id, f"{question} again")
    assert not body["messages"][0]["content"].endswith("Rhyme.")
    assert (body["temperature"], body["max_tokens"]) == (0.7, 2000)


async def test_a_session_can_be_started_with_settings(user: Client, model: ModelServer, question: str) -> None:
    started = await user.http.post("/chat/start", json={**SET, "temperature": 0, "max_tokens": None})
    session_id = started.json()["session_id"]
    assert await shown(user, session_id) == {**SET, "temperature": 0, "max_tokens": None}
    assert (await body_of(user, model, session_id, question))["temperature"] == 0


async def test_settings_out_of_range_change_nothing(user: Client, session_id: str) -> None:
    for name, value in (
        ("instructions", "i" * 8001),
        ("instructions", "\ud800"),
        ("temperature", 2.1),
        ("temperature", -1),
        ("max_tokens", 0),
        ("max_tokens", 1.5),
    ):
        change: dict[str, Any] = {"content": json.dumps({name: value}), "headers": {"Content-Type": "application/json"}}
        refused(await user.http.patch(f"/chat/sessions/{session_id}", **change), 422, "invalid_request")
        refused(await user.http.post("/chat/start", **change), 422, "invalid_request")
    too_long = {"max_tokens": 2001}
    refused(await user.http.patch(f"/chat/sessions/{session_id}", json=too_long), 422, "max_tokens_too_large")
    refused(await user.http.post("/chat/start", json=too_long), 422, "max_tokens_too_large")
    assert await shown(user, session_id) == NOTHING


async def test_settings_of_another_users_session_are_unknown(user: Client, session_id: str, stack: Stack) -> None:
    async with Client(stack.url) as other:
        refused(await other.http.patch(f"/chat/sessions/{session_id}", json=SET), 404, "unknown_session")
        refused(await other.http.patch(f"/chat/sessions/{session_id}", json={"temperature": 1}), 404, "unknown_session")
    assert await shown(user, session_id) == NOTHING


async def test_settings_are_exported_and_imported(user: Client, session_id: str) -> None:
    await patch(user, session_id, **SET)
    await user.chat(session_id, "hello")
    file = (await user.http.get(f"/chat/sessions/{session_id}/export")).content
    (exported,) = json.loads(file)["sessions"]
    assert {name: exported[name] for name in SET} == SET
    lines = (await user.http.post("/me/import", content=file)).text.splitlines()
    assert await shown(user, json.loads(lines[1])["session_id"]) == SET


async def test_settings_that_an_export_cannot_have_are_left_out(user: Client, session_id: str) -> None:
    await user.chat(session_id, "hello")
    file = json.loads((await user.http.get(f"/chat/sessions/{session_id}/export")).content)
    file["sessions"][0] |= {"instructions": ["no text"], "temperature": 9, "max_tokens": 5}
    lines = (await user.http.post("/me/import", content=json.dumps(file))).text.splitlines()
    assert await shown(user, json.loads(lines[1])["session_id"]) == {**NOTHING, "max_tokens": 5}
