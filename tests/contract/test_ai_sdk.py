"""The AI SDK's default transport asks, resumes, stops, edits and regenerates; the conversation is a session."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.contract.test_tool_calls import SUN, calling
from tests.support import privacy
from tests.support.client import Client
from tests.support.model_server import Led, ModelServer, refuse, tell
from tests.support.stack import Stack
from tests.support.ui_messages import UiMessage, chunks_of

CHAT = "/ai-sdk/chat"
TOOLS = {"weather": {"description": "Tells the weather.", "parameters": {"type": "object"}}}


@pytest.fixture
async def user(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


@pytest.fixture
def chat_id() -> str:
    return f"chat/{uuid4().hex[:8]}"


def said(text: str, name: str = "u1", *more: dict[str, Any]) -> dict[str, Any]:
    privacy.note(text)
    return {"id": name, "role": "user", "parts": [*more, {"type": "text", "text": text}]}


def replied(message: UiMessage) -> dict[str, Any]:
    """Returns a reply as the client sends it back."""
    return {"id": message.id, "role": "assistant", "parts": message.parts}


async def post(user: Client, chat_id: str, *messages: dict[str, Any], **more: Any) -> httpx2.Response:
    return await user.http.post(CHAT, json={"id": chat_id, "messages": messages, **more})


async def ask(user: Client, chat_id: str, *messages: dict[str, Any], **more: Any) -> UiMessage:
    """Asks, and returns what the client has at the end."""
    response = await post(user, chat_id, *messages, **more)
    assert response.status_code == 200, response.text
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert b"retry:" not in response.content
    message = UiMessage()
    message.apply(chunks_of(response.content))
    return message


def path_of(chat_id: str, *rest: str) -> str:
    return "/".join((CHAT, chat_id.replace("/", "%2F"), *rest))


async def session_of(user: Client) -> str:
    (session,) = (await user.http.get("/chat/sessions")).json()["sessions"]
    return str(session["session_id"])


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return ["".join(part.get("text", "") for part in message["parts"]) for message in messages]


async def test_a_conversation_is_a_session_with_what_is_new(
    user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    model.on(question, tell("One."), tell("Two."))
    first = await ask(user, chat_id, said(question), system="Be brief.")
    assert (first.parts[-1]["text"], first.reason) == ("One.", "stop")
    second = await ask(user, chat_id, said(question), replied(first), said("more", "u2"), system="Be brief.")
    assert second.reason == "stop"
    history = await user.history(await session_of(user))
    assert [message["content"] for message in history] == [question, "One.", "more", second.parts[-1]["text"]]
    assert [message["id"] for message in history[1::2]] == [first.id, second.id]
    assert model.asked("more")[-1].body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": question},
        {"role": "assistant", "content": "One."},
        {"role": "user", "content": "more"},
    ]


async def test_an_edit_and_a_regeneration_are_versions(
    user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    model.on(question, tell("One."), tell("Two."), tell("Three."))
    first = await ask(user, chat_id, said(question))
    again = await ask(user, chat_id, said(question), trigger="regenerate-message", messageId=first.id)
    once_more = await ask(user, chat_id, said(question), trigger="regenerate-message")
    edited = await ask(user, chat_id, said("other words", "u1"), messageId="u1")
    assert [each.parts[-1]["text"] for each in (again, once_more)] == ["Two.", "Three."]
    session_id = await session_of(user)
    asked, reply = await user.history(session_id)
    assert (asked["content"], asked["versions"]["count"], reply["id"]) == ("other words", 2, edited.id)
    page = await user.http.get("/chat/history", params={"session_id": session_id, "branch": first.id})
    versions = page.json()["messages"][1]["versions"]
    assert versions["ids"] == [first.id, again.id, once_more.id]


async def test_a_regeneration_with_other_settings_asks_anew(
    user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    model.on(question, tell("One."), tell("Two."))
    first = await ask(user, chat_id, said(question), system="Be brief.")
    more = {"trigger": "regenerate-message", "messageId": first.id, "system": "Be long."}
    await ask(user, chat_id, said(question), **more)
    assert model.asked(question)[1].body["messages"][0] == {"role": "system", "content": "Be long."}
    asked, reply = await user.history(await session_of(user))
    assert (asked["versions"]["count"], reply["content"]) == (2, "Two.")


async def test_a_tools_result_continues_the_same_message(
    user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    model.on(question, calling(SUN), tell("It is sunny."), tell("Bye."))
    first = await ask(user, chat_id, said(question), tools=TOOLS)
    part = first.parts[-1]
    assert (part["input"], part["name"], first.reason) == ({"city": "Bern"}, "weather", "tool-calls")
    (exchange,) = model.asked(question)
    assert exchange.body["tools"][0]["function"] == {"name": "weather", **TOOLS["weather"]}
    called = {
        "type": "tool-weather",
        "toolCallId": part["id"],
        "state": "output-available",
        "input": part["input"],
        "output": {"sky": "blue"},
        "callProviderMetadata": {"holdfast": {"message": first.id}},
    }
    answered = {"id": first.id, "role": "assistant", "parts": [{"type": "step-start"}, called]}
    second = await ask(user, chat_id, said(question), answered, tools=TOOLS)
    assert (second.id, second.parts[-1]["text"]) == (first.id, "It is sunny.")
    assert model.asked(question)[1].body["messages"][-1] == {
        "role": "tool",
        "tool_call_id": part["id"],
        "content": '{"sky":"blue"}',
    }
    _, stored = (await user.http.get(path_of(chat_id, "messages"))).json()["messages"]
    kinds = [each["type"] for each in stored["parts"]]
    assert kinds == ["step-start", "tool-weather", "step-start", "text"]
    assert stored["parts"][1]["output"] == {"sky": "blue"}
    await ask(user, chat_id, said(question), stored, said("thanks", "u2"))
    roles = [message["role"] for message in model.asked("thanks")[-1].body["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


async def test_a_resumed_step_has_the_steps_before_it(
    user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    led = Led()
    model.on(question, calling(SUN, text="Let me look."), led)
    first = await ask(user, chat_id, said(question), tools=TOOLS)
    (_, shown) = (await user.http.get(path_of(chat_id, "messages"))).json()["messages"]
    shown["parts"][-1] |= {"state": "output-available", "output": "sun"}
    body = {"id": chat_id, "messages": [said(question), shown], "tools": TOOLS}
    async with user.http.stream("POST", CHAT, json=body) as response:
        exchange = await led.exchange()
        await exchange.say("Sunny.")
        await _until(response, "Sunny.")
    await led.finish()
    chunks = chunks_of((await user.http.get(path_of(chat_id, "stream"), params={"last": True})).content)
    assert [chunk["type"] for chunk in chunks if "-" not in chunk["type"] or "tool" in chunk["type"]] == [
        "start",
        "tool-input-available",
        "tool-output-available",
        "finish",
    ]
    assert (chunks[0]["messageId"], chunks[0]["messageId"]) == (first.id, shown["id"])
    assert [chunk["delta"] for chunk in chunks if chunk["type"] == "text-delta"] == ["Let me look.", "Sunny."]
    assert next(chunk for chunk in chunks if chunk["type"] == "tool-input-available")["providerExecuted"] is True


async def test_a_running_reply_is_replayed_and_stopped(user: Client, led: Led, question: str, chat_id: str) -> None:
    assert (await user.http.get(path_of(chat_id, "stream"))).status_code == 204
    body = {"id": chat_id, "messages": [said(question)]}
    async with user.http.stream("POST", CHAT, json=body) as response:
        exchange = await led.exchange()
        await exchange.say("Begun")
        await _until(response, "Begun")
    refused = await post(user, chat_id, said("other", "u2"))
    assert (refused.status_code, refused.json()["code"]) == (409, "turn_running")
    async with user.http.stream("GET", path_of(chat_id, "stream")) as response:
        data = ""
        async for part in response.aiter_text():
            data += part
            if data.count("Begun") == 1 and "abort" not in data:
                stopped = (await user.http.post(path_of(chat_id, "stop"))).json()
    message = UiMessage()
    message.apply(chunks_of(data.encode()))
    assert (message.reason, stopped["is_over"]) == ("abort", True)
    assert (await user.http.get(path_of(chat_id, "stream"))).status_code == 204
    last = await user.http.get(path_of(chat_id, "stream"), params={"last": True})
    assert (last.status_code, "Begun" in last.text) == (200, True)
    assert (await user.http.post(path_of(chat_id, "stop"))).json() == {"turn_id": None, "is_over": True}


async def _until(response: httpx2.Response, text: str) -> None:
    data = ""
    async for part in response.aiter_text():
        data += part
        if text in data:
            return
    raise AssertionError(data)


async def test_a_failed_reply_is_an_error_with_its_sentence(
    user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    model.on(question, refuse(400), tell("Now."))
    failed = await ask(user, chat_id, said(question))
    assert failed.error
    empty = {"id": failed.id, "role": "assistant", "parts": failed.parts}
    await ask(user, chat_id, said(question), empty, said("again", "u2"))
    contents = [message["content"] for message in model.asked("again")[-1].body["messages"]]
    assert contents == [question, "again"]


async def test_an_address_of_a_picture_is_refused(user: Client, question: str, chat_id: str) -> None:
    url = "http://127.0.0.1/a.png"
    refused = await post(user, chat_id, said(question, "u1", {"type": "file", "mediaType": "image/png", "url": url}))
    assert (refused.status_code, refused.json()["code"]) == (422, "unsupported_parameter")
    assert (await user.http.get("/chat/sessions")).json()["sessions"] == []


@pytest.mark.parametrize(
    "more",
    [{"n": 2}, {"callSettings": {"topA": 1}}, {"tools": {"a": {"execute": 1}}}],
    ids=["n", "topA", "execute"],
)
async def test_what_is_not_supported_is_refused_by_its_name(
    user: Client, chat_id: str, more: Any, request: Any
) -> None:
    response = await post(user, chat_id, said("x"), **more)
    assert (response.status_code, response.json()["code"]) == (422, "unsupported_parameter")
    assert request.node.callspec.id in response.json()["param"]


async def test_a_session_of_the_page_goes_on_by_its_id(
    user: Client, model: ModelServer, question: str, session_id: str
) -> None:
    model.on(question, tell("One."), tell("Two."))
    await user.follow(await user.ask(session_id, question))
    messages = (await user.http.get(path_of(session_id, "messages"))).json()["messages"]
    assert texts(messages) == [question, "One."]
    await ask(user, session_id, *messages, said("more", "u2"))
    assert len(await user.history(session_id)) == 4


async def test_a_long_conversation_is_read_in_pages(user: Client, chat_id: str) -> None:
    whole: list[dict[str, Any]] = []
    for number in range(3):
        question = said(f"question {number}", f"u{number}")
        reply = await ask(user, chat_id, *whole, question)
        whole += [question, replied(reply)]
    pages, before = list[list[str]](), ""
    while True:
        response = await user.http.get(path_of(chat_id, "messages"), params={"limit": 3, "before": before})
        page = response.json()
        pages.insert(0, [message["id"] for message in page["messages"]])
        before = page["messages"][0]["id"]
        if not page["hasMore"]:
            break
    assert [len(page) for page in pages] == [2, 2, 2]  # a page begins with a question
    all_of_it = (await user.http.get(path_of(chat_id, "messages"))).json()["messages"]
    assert [name for page in pages for name in page] == [message["id"] for message in all_of_it]
    unknown = await user.http.get(path_of(chat_id, "messages"), params={"before": "unknown"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_message")


async def test_two_users_with_one_id_have_two_conversations(
    stack: Stack, user: Client, model: ModelServer, question: str, chat_id: str
) -> None:
    model.on(question, tell("Secret."))
    await ask(user, chat_id, said(question))
    async with stack.client() as other:
        assert (await other.http.get(path_of(chat_id, "messages"))).json()["messages"] == []
        assert (await other.http.get(path_of(chat_id, "stream"), params={"last": True})).status_code == 204
