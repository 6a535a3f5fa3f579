"""Two first requests of one new conversation come at once: each ends well, or is refused because the other runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import httpx2
import pytest

from tests.support import privacy
from tests.support.client import Client
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack

ROUNDS = 5
Post = Callable[[Client, str, str], Awaitable[httpx2.Response]]


@pytest.fixture
async def user(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


async def to_ai_sdk(user: Client, name: str, text: str) -> httpx2.Response:
    message = {"id": uuid4().hex, "role": "user", "parts": [{"type": "text", "text": text}]}
    return await user.http.post("/ai-sdk/chat", json={"id": name, "messages": [message]})


async def to_ag_ui(user: Client, name: str, text: str) -> httpx2.Response:
    messages = [{"id": uuid4().hex, "role": "user", "content": text}]
    body = {"threadId": name, "runId": uuid4().hex, "messages": messages, "state": {}, "context": [], "tools": []}
    return await user.http.post("/ag-ui", json=body)


async def stored(user: Client) -> dict[str, list[str]]:
    """The contents of the shown branches of all sessions, each by its question."""
    sessions = (await user.http.get("/chat/sessions")).json()["sessions"]
    histories = [await user.history(session["session_id"]) for session in sessions]
    return {history[0]["content"]: [message["content"] for message in history] for history in histories}


@pytest.mark.parametrize("post", [to_ai_sdk, to_ag_ui])
async def test_two_first_requests_at_once_make_one_conversation(
    user: Client, model: ModelServer, question: str, post: Post
) -> None:
    accepted = list[set[str]]()
    for number in range(ROUNDS):
        texts = [f"{question} {number}{letter}" for letter in "ab"]
        for text in texts:
            privacy.note(text)
            model.on(text, tell(f"About {text}."))
        name = f"new-{uuid4().hex[:8]}"
        answers = await asyncio.gather(*(post(user, name, text) for text in texts))
        accepted.append(set())
        for text, answer in zip(texts, answers, strict=True):
            if answer.status_code == 200:
                assert f"About {text}.".split()[-1] in answer.text
                accepted[-1].add(text)
            else:
                assert (answer.status_code, answer.json()["code"]) == (409, "turn_running")
        assert accepted[-1]
    found = await stored(user)
    assert len(found) == ROUNDS
    for shown, texts_of_one in zip(sorted(found), accepted, strict=True):
        assert shown in texts_of_one
        assert found[shown] == [shown, f"About {shown}."]
