"""Clients of other protocols name tool servers, see what their tools do, and answer what is asked."""

import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.refusals import refused
from tests.support.ag_ui_messages import Conversation, events_of
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Exchange, Script, tell
from tests.support.response_reader import ResponseState
from tests.support.response_reader import events_of as response_events
from tests.support.stack import ROOT, Stack, run_stack
from tests.support.ui_messages import Part, UiMessage, chunks_of

SERVERS = """
[servers.lab]
command = ["{python}", "-m", "tests.support.tool_server", "{record}", "stdio"]
env = {{ PYTHONPATH = "{root}" }}
approval = {{ count = "always", look = "ask" }}
"""
MCP = {"type": "mcp", "server_label": "lab"}


@pytest.fixture(scope="module")
async def tooled(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("tools")
    file = folder / "servers.toml"
    file.write_text(SERVERS.format(python=sys.executable, record=folder / "record", root=ROOT), "utf-8")
    async with run_stack(database(redis_url), folder, openai_can="tools", mcp_file=str(file)) as stack:
        yield stack


@pytest.fixture
async def user(tooled: Stack) -> AsyncIterator[Client]:
    async with tooled.client() as client:
        yield client


def calls(tool: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say("Let me see.")
        await exchange.call(0, "call", f"lab__{tool}", "{}")
        await exchange.finish("tool_calls")

    return script


def offered(stack: Stack, question: str) -> list[str]:
    """The tools that the model was offered first."""
    return [tool["function"]["name"] for tool in stack.model.asked(question)[0].body.get("tools", ())]


async def test_a_completion_shows_the_text_alone(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls("count"), tell("Once."))
    body: dict[str, Any] = {"model": "scripted", "messages": [{"role": "user", "content": question}]}
    whole = (await user.http.post("/v1/chat/completions", json={**body, "tools": [MCP]})).json()
    message = whole["choices"][0]["message"]
    assert (message["content"], "tool_calls" in message) == ("Let me see.\n\nOnce.", False)
    assert "lab__count" in offered(tooled, question)


async def test_a_request_that_names_no_server_gets_none(tooled: Stack, user: Client, question: str) -> None:
    body = {"model": "scripted", "messages": [{"role": "user", "content": question}]}
    assert (await user.http.post("/v1/chat/completions", json=body)).status_code == 200
    assert offered(tooled, question) == []


async def test_own_tools_and_servers_are_400(user: Client, question: str) -> None:
    own = {"type": "function", "name": "f"}
    answer = await user.http.post("/v1/responses", json={"input": question, "tools": [own, MCP]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_parameter")
    hidden = {**MCP, "server_url": "https://example.com"}
    refused = await user.http.post("/v1/responses", json={"input": question, "tools": [hidden]})
    assert (refused.status_code, "GET /chat/tools" in refused.json()["error"]["message"]) == (400, True)


async def test_an_unknown_server_is_refused_by_its_name(tooled: Stack, user: Client, question: str) -> None:
    tools = [{"type": "mcp", "server_label": "nowhere"}]
    body = {"model": "scripted", "messages": [{"role": "user", "content": question}], "tools": tools}
    answer = await user.http.post("/v1/chat/completions", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (400, "unsupported_parameter", "servers.nowhere")
    assert tooled.model.asked(question) == []


@pytest.mark.parametrize(("approve", "status"), [(True, "completed"), (False, "failed")])
async def test_an_answer_lets_a_response_go_on(
    tooled: Stack, user: Client, question: str, approve: bool, status: str
) -> None:
    tooled.model.on(question, calls("look"), tell("Done."))
    asked: dict[str, Any] = {"input": question, "tools": [MCP], "stream": True}
    state = ResponseState()
    async with user.http.stream("POST", "/v1/responses", json=asked) as answer:
        rest = b""
        async for data in answer.aiter_raw():
            whole, boundary, rest = (rest + data).rpartition(b"\n\n")
            state.take(response_events(whole + boundary))
            if any(item["type"] == "mcp_approval_request" for item in state.done.values()):
                break
    (request,) = [item for item in state.done.values() if item["type"] == "mcp_approval_request"]
    given = {"type": "mcp_approval_response", "approval_request_id": request["id"], "approve": approve, "reason": "No."}
    body = {"input": [given]}
    response = (await user.http.post("/v1/responses", json=body)).json()
    kinds = ["message", "mcp_call", "mcp_approval_request", "message"]
    assert [item["type"] for item in response["output"]] == kinds
    called = response["output"][1]
    assert (called["status"], called["approval_request_id"]) == (status, request["id"])
    again = await user.http.post("/v1/responses", json={"input": [{**given, "approve": not approve}]})
    assert again.status_code in (404, 409)
    unknown = {**given, "approval_request_id": "mcpr_1"}
    missing = await user.http.post("/v1/responses", json={"input": [unknown]})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown_approval")


async def test_use_chat_shows_a_dynamic_tool(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls("count"), tell("Once."))
    messages = [{"role": "user", "parts": [{"type": "text", "text": question}]}]
    body = {"id": question, "messages": messages, "servers": ["lab"]}
    message = UiMessage()
    message.apply(chunks_of((await user.http.post("/ai-sdk/chat", json=body)).content))
    (tool,) = [part for part in message.parts if part["type"] == "tool"]
    assert (tool["name"], tool["state"], tool["output"]) == ("count", "output-available", "counted")
    stored = (await user.http.get(f"/ai-sdk/chat/{question}/messages")).json()["messages"][-1]
    (kept,) = [part for part in stored["parts"] if part["type"] == "dynamic-tool"]
    assert (kept["toolCallId"], kept["output"]) == (tool["id"], "counted")
    tooled.model.on(f"{question} more", tell("More."))
    more = {"role": "user", "parts": [{"type": "text", "text": f"{question} more"}]}
    follows = {**body, "messages": [*messages, stored, more]}
    assert (await user.http.post("/ai-sdk/chat", json=follows)).status_code == 200
    roles = [each["role"] for each in tooled.model.asked(f"{question} more")[0].body["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


async def test_an_ag_ui_run_has_results_and_is_not_pending(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls("count"), tell("Once."))
    asked = {"id": "q", "role": "user", "content": question}
    run: dict[str, Any] = {"threadId": question, "runId": "1", "messages": [asked]}
    run["forwardedProps"] = {"servers": ["lab"]}
    conversation = Conversation([asked])
    conversation.apply(events_of((await user.http.post("/ag-ui", json=run)).content))
    assert conversation.outcome == "success"
    _, first, result, last = conversation.messages.values()
    assert (first["content"], first["toolCalls"][0]["function"]["name"]) == ("Let me see.", "count")
    assert (result["role"], result["content"], last["content"].strip()) == ("tool", "counted", "Once.")
    tooled.model.on(f"{question} more", tell("More."))
    more = {"id": "q2", "role": "user", "content": f"{question} more"}
    follows = {**run, "runId": "2", "messages": [*conversation.messages.values(), more]}
    answer = await user.http.post("/ag-ui", content=json.dumps(follows), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    roles = [each["role"] for each in tooled.model.asked(f"{question} more")[0].body["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


async def chat(user: Client, name: str, *messages: Part, **more: Any) -> bytes:
    body = {"id": name, "messages": [*messages], "servers": ["lab"], **more}
    answer = await user.http.post("/ai-sdk/chat", json=body)
    assert answer.status_code == 200, answer.text
    return answer.content


def says(text: str) -> Part:
    return {"role": "user", "parts": [{"type": "text", "text": text}]}


def replied(message: UiMessage, approved: bool = True, **more: Any) -> Part:
    """The message as `useChat` sends it after `addToolApprovalResponse` for each question."""
    parts = list[Part]()
    for part in message.parts:
        sent = {"type": "dynamic-tool", "toolName": part["name"], "toolCallId": part["id"]} if "id" in part else {}
        if part.get("state") == "approval-requested":
            sent |= {"state": "approval-responded", "approval": {**part["approval"], "approved": approved, **more}}
        parts.append({**part, **sent})
    return {"id": message.id, "role": "assistant", "parts": parts}


def states(message: UiMessage) -> list[object]:
    return [part.get("state") or part.get("text") or part["type"] for part in message.parts]


@pytest.mark.parametrize(("approved", "state"), [(True, "output-available"), (False, "output-denied")])
async def test_use_chat_answers_and_the_reply_goes_on(
    tooled: Stack,
    user: Client,
    question: str,
    approved: bool,
    state: str,
) -> None:
    tooled.model.on(question, calls("look"), tell("Done."))
    message = UiMessage()
    message.apply(chunks_of(await chat(user, question, says(question))))
    assert states(message) == ["step-start", "Let me see.", "approval-requested"]
    assert message.reason == "tool-calls"
    given = replied(message, approved, reason="Not now.")
    message.go_on(chunks_of(await chat(user, question, says(question), given, messageId=message.id)))
    assert states(message) == ["step-start", "Let me see.", state, "\n\nDone."]
    again = UiMessage(list(given["parts"]))
    again.go_on(chunks_of(await chat(user, question, says(question), given)))
    assert states(again) == states(message)
    other = replied_again(given, not approved)
    refused(await user.http.post("/ai-sdk/chat", json={"id": question, "messages": [other]}), 409, "approval_answered")
    stored = (await user.http.get(f"/ai-sdk/chat/{question}/messages")).json()["messages"][-1]
    (tool,) = [part for part in stored["parts"] if part["type"] == "dynamic-tool"]
    assert tool["approval"]["id"] == given["parts"][-1]["approval"]["id"]
    assert len(tooled.model.asked(question)) == 2


def replied_again(given: Part, approved: bool) -> Part:
    *parts, last = given["parts"]
    return {**given, "parts": [*parts, {**last, "approval": {**last["approval"], "approved": approved}}]}


async def test_a_reloaded_chat_gets_the_question_again(tooled: Stack, user: Client, question: str) -> None:
    tooled.model.on(question, calls("look"), tell("Done."))
    await chat(user, question, says(question))
    message = UiMessage()
    message.resume(chunks_of((await user.http.get(f"/ai-sdk/chat/{question}/stream")).content))
    assert states(message) == ["step-start", "Let me see.", "approval-requested"]
    message.go_on(chunks_of(await chat(user, question, says(question), replied(message))))
    assert states(message)[-2:] == ["output-available", "\n\nDone."]


async def run(user: Client, thread: str, name: str, messages: list[Any], **more: Any) -> Conversation:
    body = {"threadId": thread, "runId": name, "messages": messages, "forwardedProps": {"servers": ["lab"]}, **more}
    answer = await user.http.post("/ag-ui", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    conversation = Conversation(messages)
    conversation.apply(events_of(answer.content))
    return conversation


@pytest.mark.parametrize(
    ("answer", "content"),
    [
        ({"status": "resolved", "payload": {"approved": True}}, "looked"),
        ({"status": "resolved", "payload": {"approved": False, "note": "Not now."}}, "Not now."),
        ({"status": "cancelled"}, ""),
    ],
)
async def test_an_ag_ui_run_is_interrupted_and_resumed(
    tooled: Stack,
    user: Client,
    question: str,
    answer: Any,
    content: str,
) -> None:
    tooled.model.on(question, calls("look"), tell("Done."))
    first = await run(user, question, "1", [{"id": "q", "role": "user", "content": question}])
    assert first.outcome == "interrupt"
    (interrupt,) = first.interrupts
    assert (interrupt["reason"], interrupt["toolCallId"]) == ("tool_call", first.given[1]["toolCalls"][0]["id"])
    resume = [{"interruptId": interrupt["id"], **answer}]
    second = await run(user, question, "2", list(first.messages.values()), resume=resume)
    *_, result, last = second.messages.values()
    assert (second.outcome, content in result["content"], last["content"]) == ("success", True, "\n\nDone.")
    again = await run(user, question, "2", list(second.messages.values()), resume=resume)
    assert list(again.messages.values()) == list(second.messages.values())
    assert len(tooled.model.asked(question)) == 2
