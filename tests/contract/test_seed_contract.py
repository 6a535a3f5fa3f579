"""The five calls of the article keep exactly their shapes."""

import asyncio
import time
from uuid import UUID

import pytest

from tests.support.client import Client
from tests.support.model_server import Led
from tests.support.sse import Transcript, frames, read
from tests.support.waiting import PATIENCE

NAMES = {
    "zh": {"assistant": "智能助手", "teacher": "AI老师", "programmer": "编程专家"},
    "en": {"assistant": "Assistant", "teacher": "AI teacher", "programmer": "Programming expert"},
}
PREFIXES = pytest.mark.parametrize("prefix", ["", "/api"])


@PREFIXES
async def test_start_returns_a_session_a_welcome_and_a_message(user: Client, prefix: str) -> None:
    response = await user.http.post(f"{prefix}/chat/start")
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"session_id", "welcome_message", "message"}
    assert UUID(body["session_id"]).version == 4
    assert body["welcome_message"] == "你好！我是智能助手，有什么可以帮你？"
    assert body["message"] == "会话已创建"


async def test_start_greets_in_the_requested_persona_and_language(user: Client) -> None:
    response = await user.http.post("/chat/start", params={"role": "teacher"}, headers={"Accept-Language": "en-GB"})
    assert "teacher" in response.json()["welcome_message"]
    assert response.json()["message"] == "Session created"


@PREFIXES
async def test_stream_sends_chunks_and_an_end_as_unnamed_messages(user: Client, session_id: str, prefix: str) -> None:
    query = {"session_id": session_id, "message": "hello there", "role": "assistant"}
    async with user.http.stream("GET", f"{prefix}/chat/stream", params=query) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        raw = (await response.aread()).decode()
    fields = {line.partition(":")[0] for line in raw.splitlines() if line and not line.startswith(":")}
    assert fields == {"retry", "id", "data"}
    blocks = [block for block in raw.split("\n\n") if "data:" in block]
    assert all(block.startswith("id: ") and block.count("data: ") == 1 for block in blocks)


async def test_the_articles_page_logic_shows_the_reply(user: Client, session_id: str) -> None:
    """The article's `onmessage` appends the content of a chunk and stops at the end."""
    shown, ended, ids = "", False, set()
    async with user.stream(session_id, "hello there") as response:
        async for event_id, data in frames(response):
            ids.add(event_id)
            if data["type"] == "chunk":
                assert set(data) == {"content", "type"}
                shown += data["content"]
            elif data["type"] == "end":
                ended = True
                assert data["session_id"] == session_id
    assert ended
    assert shown == "You said: hello there "
    assert len(ids) >= 3
    assert "" not in ids


async def test_history_messages_have_role_content_and_timestamp(user: Client, session_id: str) -> None:
    before = time.time()
    await user.chat(session_id, "hello")
    response = await user.http.get("/chat/history", params={"session_id": session_id})
    body = response.json()
    assert body["session_id"] == session_id
    assert body["total"] == 2
    assert body["active_turn"] is None
    assert [(m["role"], m["content"]) for m in body["messages"]] == [
        ("user", "hello"),
        ("assistant", "You said: hello "),
    ]
    asked, replied = (message["timestamp"] for message in body["messages"])
    assert before - 1 < asked <= replied < time.time() + 1


async def test_history_messages_omit_fields_that_do_not_apply(user: Client, session_id: str) -> None:
    transcript = await user.chat(session_id, "hello", role="teacher", model="other")
    question, reply = await user.history(session_id)
    assert set(question) == {"id", "role", "content", "timestamp", "turn_id", "versions"}
    assert set(reply) == {*question, "parent_id", "persona", "model", "finish_reason", "usage", "seconds"}
    assert (reply["persona"], reply["model"], reply["finish_reason"]) == ("teacher", "other", "stop")
    assert reply["usage"] == {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}
    assert transcript.end is not None
    assert transcript.end["message_id"] == reply["id"]
    assert transcript.end["usage"] == reply["usage"]


async def test_a_running_replys_question_is_the_last_message(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    await led.exchange()
    body = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    assert body["active_turn"] == turn_id
    assert [message["content"] for message in body["messages"]] == [question]
    await led.finish()
    await user.follow(turn_id)


@PREFIXES
async def test_a_clear_empties_the_history_and_keeps_the_session(user: Client, session_id: str, prefix: str) -> None:
    await user.chat(session_id, "hello")
    response = await user.http.delete(f"{prefix}/chat/history/{session_id}")
    assert response.status_code == 200
    assert response.json() == {"session_id": session_id, "message": "历史记录已清空"}
    assert await user.history(session_id) == []
    listed = (await user.http.get("/chat/sessions")).json()["sessions"]
    assert [session["session_id"] for session in listed] == [session_id]
    assert (await user.chat(session_id, "again")).text == "You said: again "


async def test_a_clear_stops_a_running_reply_and_drops_it(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    await exchange.say("some words")
    async with user.events(turn_id) as response:
        await read(response, until=lambda transcript: bool(transcript.text))
    assert (await user.http.delete(f"/chat/history/{session_id}")).status_code == 200
    transcript = await user.follow(turn_id)
    assert transcript.end is not None
    assert transcript.end.get("finish_reason") == "cancelled"
    assert await user.history(session_id) == []
    assert (await user.chat(session_id, "again")).text == "You said: again "


async def test_a_question_right_after_a_clear_is_answered(
    user: Client, session_id: str, led: Led, question: str
) -> None:
    await user.ask(session_id, question)
    exchange = await led.exchange()
    await user.http.delete(f"/chat/history/{session_id}")
    assert (await user.chat(session_id, "next")).text == "You said: next "
    await asyncio.wait_for(exchange.gone.wait(), PATIENCE)
    assert [message["content"] for message in await user.history(session_id)] == ["next", "You said: next "]


@PREFIXES
@pytest.mark.parametrize(("header", "language"), [(None, "zh"), ("zh-CN,en;q=0.5", "zh"), ("en-US,zh;q=0.5", "en")])
async def test_roles_are_three_personas_in_the_requested_language(
    user: Client, prefix: str, header: str | None, language: str
) -> None:
    response = await user.http.get(f"{prefix}/roles", headers={"Accept-Language": header} if header else {})
    body = response.json()
    assert set(body) == {"roles", "default_role"}
    assert body["default_role"] == "assistant"
    assert {key: role["name"] for key, role in body["roles"].items()} == NAMES[language]
    assert all(set(role) == {"name", "icon", "description", "prompt", "welcome"} for role in body["roles"].values())
    for field in ("icon", "description", "prompt", "welcome"):
        assert len({role[field] for role in body["roles"].values()}) == 3
        assert all(role[field] for role in body["roles"].values())


async def test_the_newest_20_messages_are_shown_and_all_kept(user: Client, session_id: str) -> None:
    for number in range(11):
        await user.chat(session_id, f"number {number}")
    page = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    assert (len(page["messages"]), page["total"], page["has_more"], page["trimmed"]) == (20, 22, True, False)
    assert [m["content"] for m in page["messages"] if m["role"] == "user"] == [f"number {n}" for n in range(1, 11)]
    assert page["messages"][-1]["content"] == "You said: number 10 "
    messages = await user.history(session_id)
    assert [m["content"] for m in messages if m["role"] == "user"] == [f"number {n}" for n in range(11)]


async def test_the_history_names_the_sessions_last_persona(user: Client, session_id: str) -> None:
    async with user.stream(session_id, "hello", role="programmer") as response:
        transcript = await read(response, Transcript())
    assert transcript.end is not None
    body = (await user.http.get("/chat/history", params={"session_id": session_id})).json()
    assert body["role"] == "programmer"
    assert body["title"] == "hello"
