"""The model names a session, in a job of its own."""

from collections.abc import AsyncIterator

import pytest

from chat.messages import Message
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import ModelServer, Script, refuse, tell
from tests.support.stack import Stack
from tests.support.waiting import eventually
from worker.jobs import titles

naming = stack_of(session_titles="true", model_tries="1")


@pytest.fixture
async def namer(naming: Stack) -> AsyncIterator[Client]:
    async with naming.client() as client:
        yield client


def request_for(question: str, reply: str) -> str:
    """The title request that a conversation leads to."""
    said = Message(role="user", content=question), Message(role="assistant", content=reply)
    return titles.request(*said)[-1]["content"]


def script(model: ModelServer, question: str, *title_scripts: Script) -> str:
    """Have `question` answered, and the request for its title answered by the scripts; returns that request."""
    request = request_for(question, "An answer.")
    model.on(question, tell("An answer."))
    model.on(request, *title_scripts)
    return request


async def title_of(client: Client) -> str:
    return str((await client.http.get("/chat/sessions")).json()["sessions"][0]["title"])


async def has_title(client: Client, title: str) -> bool:
    return await title_of(client) == title


async def test_the_first_reply_brings_a_title_made_by_the_model(naming: Stack, namer: Client, question: str) -> None:
    request = script(naming.model, question, tell("Naming", " things"))
    await namer.chat(await namer.start(), question)
    await eventually(lambda: has_title(namer, "Naming things"))
    asked = naming.model.asked(request)
    assert [exchange.body["messages"][0]["content"] for exchange in asked] == [titles.INSTRUCTION]
    assert asked[0].body["max_tokens"] == titles.MAX_TOKENS
    assert asked[0].body["model"] == "scripted"


async def test_a_named_session_is_not_named_again(naming: Stack, namer: Client, question: str) -> None:
    request = script(naming.model, question, tell("First title"))
    session_id = await namer.start()
    await namer.chat(session_id, question)
    await eventually(lambda: has_title(namer, "First title"))
    await namer.chat(session_id, question)
    await until_the_queue_is_empty(naming)
    assert len(naming.model.asked(request)) == 1


async def test_a_title_that_the_user_gave_stays(naming: Stack, namer: Client, question: str) -> None:
    request = script(naming.model, question, tell("The model's"))
    session_id = await namer.start()
    await namer.http.patch(f"/chat/sessions/{session_id}", json={"title": "Mine"})
    await namer.chat(session_id, question)
    await until_the_queue_is_empty(naming)
    assert await title_of(namer) == "Mine"
    assert naming.model.asked(request) == []


async def test_after_a_failure_the_next_turn_brings_the_title(naming: Stack, namer: Client, question: str) -> None:
    request = script(naming.model, question, refuse(500), tell("Second try"))
    session_id = await namer.start()
    await namer.chat(session_id, question)
    await until_the_queue_is_empty(naming)
    assert await title_of(namer) == question
    await namer.chat(session_id, question)
    await eventually(lambda: has_title(namer, "Second try"))
    assert len(naming.model.asked(request)) == 2


async def test_an_answer_that_is_no_title_leaves_the_question_as_title(
    naming: Stack, namer: Client, question: str
) -> None:
    request = script(naming.model, question, tell("This is not a title. " * 50))
    session_id = await namer.start()
    await namer.chat(session_id, question)
    await until_the_queue_is_empty(naming)
    await namer.chat(session_id, question)
    await until_the_queue_is_empty(naming)
    assert await title_of(namer) == question
    assert len(naming.model.asked(request)) == 1


async def test_without_the_setting_nobody_asks_for_a_title(stack: Stack, user: Client, question: str) -> None:
    request = script(stack.model, question, tell("Never"))
    await user.chat(await user.start(), question)
    await until_the_queue_is_empty(stack)
    assert await title_of(user) == question
    assert stack.model.asked(request) == []


async def until_the_queue_is_empty(stack: Stack) -> None:
    """A title job is queued before its turn's job is finished, so none can still be on its way."""

    async def is_empty() -> bool:
        return not await stack.queue.exists("arq:queue")

    await eventually(is_empty)
