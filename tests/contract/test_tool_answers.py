"""Answers of AI SDK and AG-UI clients are taken as those of the page: once, from the owner, in time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.protocols.responses.ids import approval_item, response_id
from chat import keys
from chat.asks import Ask
from tests.contract.refusals import refused
from tests.support.ag_ui_messages import events_of
from tests.support.approvals import FORM, ask, form
from tests.support.client import Client
from tests.support.paused_turns import paused
from tests.support.stack import Stack
from tests.support.ui_messages import chunks_of


@pytest.fixture
async def guest(workless: Stack) -> AsyncIterator[Client]:
    async with workless.client() as client:
        yield client


async def asked(workless: Stack, guest: Client, *asks: Ask, seconds: float = 3600) -> tuple[str, list[Any]]:
    """A session that waits for its user, and the questions that a chat gets."""
    _, turn_id = await paused(workless, guest, *asks, seconds=seconds)
    session_id = keys.session_of(turn_id)
    stream = await guest.http.get(f"/ai-sdk/chat/{session_id}/stream")
    assert stream.status_code == 200
    return session_id, [each for each in chunks_of(stream.content) if each["type"] == "tool-approval-request"]


def resuming(thread: str, *answers: Any) -> dict[str, Any]:
    return {"threadId": thread, "runId": "r", "messages": [], "resume": list(answers)}


def answer_to(name: str, approved: object = True, **more: Any) -> dict[str, Any]:
    return {"interruptId": name, "status": "resolved", "payload": {"approved": approved, **more}}


async def test_a_run_answers_forms_and_calls_together(workless: Stack, guest: Client) -> None:
    worker, turn_id = await paused(workless, guest, ask(), form(1))
    thread, number = keys.session_of(turn_id), keys.number_of(turn_id)
    first, second = f"{number}-r.a0", f"{number}-r.a1.1-{form(1).revision}"
    filled = {"interruptId": second, "status": "resolved", "payload": {"name": "Ada"}}
    odd = {**filled, "payload": {"name": 1}}
    refused(await guest.http.post("/ag-ui", json=resuming(thread, answer_to(first), odd)), 422, "invalid_input")
    assert len((await guest.turn(turn_id))["approvals"]) == 2
    answer = await guest.http.post("/ag-ui", json=resuming(thread, answer_to(first)))
    events = [event for _, event in events_of(answer.content)]
    (left,) = events[-1]["outcome"]["interrupts"]
    assert (left["id"], left["reason"], left["responseSchema"]) == (second, "input_required", FORM)
    async with guest.http.stream("POST", "/ag-ui", json=resuming(thread, filled)) as last:
        assert last.status_code == 200
        assert await worker.is_queued(turn_id)


async def test_a_chat_waits_on_for_what_it_cannot_answer(workless: Stack, guest: Client) -> None:
    _, turn_id = await paused(workless, guest, ask(), form(1))
    thread, number = keys.session_of(turn_id), keys.number_of(turn_id)
    approval = {"id": f"{number}-r.a0", "approved": True}
    part = {"type": "dynamic-tool", "state": "approval-responded", "approval": approval}
    body = {"id": thread, "messages": [{"role": "assistant", "parts": [part]}]}
    async with guest.http.stream("POST", "/ai-sdk/chat", json=body) as answer:
        assert answer.status_code == 200
        pieces = answer.aiter_raw()
        assert b'"type":"start"' in await anext(pieces)
        (left,) = (await guest.turn(turn_id))["approvals"]
        assert left["id"] == "1.1"
        filled = {"id": "1.1", "decision": "deny"}
        assert (await guest.http.post(f"/chat/turns/{turn_id}/approvals", json=filled)).status_code == 200


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("5-r.a0", 404, "unknown_approval"),
        ("NUMBER-r.a7", 404, "unknown_approval"),
        ("0", 404, "unknown_approval"),
        ("NUMBER-r.a0-0123456789abcdef", 409, "approval_changed"),
    ],
)
async def test_an_answer_to_what_is_not_asked_is_refused(
    workless: Stack, guest: Client, name: str, status: int, code: str
) -> None:
    _, turn_id = await paused(workless, guest)
    given = name.replace("NUMBER", keys.number_of(turn_id))
    body = resuming(keys.session_of(turn_id), answer_to(given))
    refused(await guest.http.post("/ag-ui", json=body), status, code)
    refused(await guest.http.post("/ag-ui", json={**body, "threadId": "another"}), 404, "unknown_approval")
    assert (await guest.turn(turn_id))["approvals"]


async def test_odd_answers_are_refused(workless: Stack, guest: Client) -> None:
    session_id, (request,) = await asked(workless, guest)
    name = request["approvalId"]
    for payload in (None, True, {}, {"approved": "yes"}, {"approved": True, "editedArgs": {}}):
        given = {"interruptId": name, "status": "resolved", "payload": payload}
        refused(await guest.http.post("/ag-ui", json=resuming(session_id, given)), 422, "invalid_input")
    reply = {"id": name.rpartition(".a")[0], "role": "assistant", "content": "Shall I?"}
    new = {"id": "n", "role": "user", "content": "And more"}
    body = {**resuming(session_id, answer_to(name)), "messages": [reply, new]}
    refused(await guest.http.post("/ag-ui", json=body), 422, "invalid_request")
    part = {"type": "dynamic-tool", "state": "approval-responded", "approval": {"id": name}}
    chat = {"id": session_id, "messages": [{"role": "assistant", "parts": [part]}]}
    refused(await guest.http.post("/ai-sdk/chat", json=chat), 422, "invalid_request")
    many = {
        "id": session_id,
        "messages": [{"role": "assistant", "parts": [{**part, "approval": {"id": name, "approved": True}}] * 101}],
    }
    refused(await guest.http.post("/ai-sdk/chat", json=many), 422, "invalid_request")


async def test_a_late_answer_is_refused(workless: Stack, guest: Client) -> None:
    worker, turn_id = await paused(workless, guest, seconds=0)
    name = f"{keys.number_of(turn_id)}-r.a0"
    part = {"type": "dynamic-tool", "state": "approval-responded", "approval": {"id": name, "approved": True}}
    chat = {"id": keys.session_of(turn_id), "messages": [{"role": "assistant", "parts": [part]}]}
    refused(await guest.http.post("/ai-sdk/chat", json=chat), 409, "approval_expired")
    body = resuming(keys.session_of(turn_id), answer_to(name))
    refused(await guest.http.post("/ag-ui", json=body), 409, "approval_expired")
    item = {
        "type": "mcp_approval_response",
        "approval_request_id": approval_item(turn_id, "0", ask().revision),
        "approve": True,
    }
    given = {"input": [item], "previous_response_id": response_id(turn_id)}
    response = await guest.http.post("/v1/responses", json=given)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "approval_expired")
    assert not await worker.is_queued(turn_id)


async def test_only_the_owner_answers(workless: Stack, guest: Client) -> None:
    worker, turn_id = await paused(workless, guest)
    body = resuming(keys.session_of(turn_id), answer_to(f"{keys.number_of(turn_id)}-r.a0"))
    async with workless.client() as stranger:
        refused(await stranger.http.post("/ag-ui", json=body), 404, "unknown_approval")
    assert not await worker.is_queued(turn_id)


async def test_a_stopped_turn_takes_no_answer(workless: Stack, guest: Client) -> None:
    session_id, (request,) = await asked(workless, guest)
    (turn,) = [each["active_turn"] for each in (await guest.http.get("/chat/sessions")).json()["sessions"]]
    await guest.http.post(f"/chat/turns/{turn}/cancel")
    body = resuming(session_id, answer_to(request["approvalId"]))
    refused(await guest.http.post("/ag-ui", json=body), 409, "turn_over")
