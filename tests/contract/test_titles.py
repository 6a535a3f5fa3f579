"""The model gives a session its title, in a separate job."""

from collections.abc import AsyncIterator

import pytest

from chat import keys
from chat.messages import Message
from tests.support.client import Client
from tests.support.fixtures import stack_of
from tests.support.model_server import ModelServer, Script, refuse, tell
from tests.support.stack import Stack
from tests.support.waiting import eventually
from worker.jobs import titles

titled = stack_of(session_titles="true", model_tries="1")


@pytest.fixture
async def client_of_titled(titled: Stack) -> AsyncIterator[Client]:
    async with titled.client() as client:
        yield client


def request_for(question: str, reply: str) -> str:
    """Returns the content of the title request for this conversation."""
    messages = Message(role="user", content=question), Message(role="assistant", content=reply)
    return str(titles.request(*messages)[-1]["content"])


def script(model: ModelServer, question: str, *title_scripts: Script) -> str:
    """Scripts a reply to `question` and the answers to its title request; returns that request."""
    request = request_for(question, "An answer.")
    model.on(question, tell("An answer."))
    model.on(request, *title_scripts)
    return request


async def title_of(client: Client) -> str:
    return str((await client.http.get("/chat/sessions")).json()["sessions"][0]["title"])


async def has_title(client: Client, title: str) -> bool:
    return await title_of(client) == title


async def test_the_first_reply_is_followed_by_the_models_title(
    titled: Stack, client_of_titled: Client, question: str
) -> None:
    request = script(titled.model, question, tell("Naming", " things"))
    await client_of_titled.chat(await client_of_titled.start(), question)
    await eventually(lambda: has_title(client_of_titled, "Naming things"))
    asked = titled.model.asked(request)
    assert [exchange.body["messages"][0]["content"] for exchange in asked] == [titles.INSTRUCTION]
    assert asked[0].body["max_tokens"] == titles.OPTIONS.max_tokens
    assert asked[0].body["model"] == "scripted"


async def test_the_model_that_answered_gives_the_title(titled: Stack, client_of_titled: Client, question: str) -> None:
    request = script(titled.model, question, tell("Of the other"))
    await client_of_titled.chat(await client_of_titled.start(), question, model="other")
    await eventually(lambda: has_title(client_of_titled, "Of the other"))
    assert [exchange.body["model"] for exchange in titled.model.asked(request)] == ["other"]


async def test_a_session_with_a_title_gets_no_second_one(
    titled: Stack, client_of_titled: Client, question: str
) -> None:
    request = script(titled.model, question, tell("First title"))
    session_id = await client_of_titled.start()
    await client_of_titled.chat(session_id, question)
    await eventually(lambda: has_title(client_of_titled, "First title"))
    await client_of_titled.chat(session_id, question)
    await until_no_job_is_left(titled, session_id)
    assert len(titled.model.asked(request)) == 1


async def test_a_title_set_by_the_user_is_kept(titled: Stack, client_of_titled: Client, question: str) -> None:
    request = script(titled.model, question, tell("The model's"))
    session_id = await client_of_titled.start()
    await client_of_titled.http.patch(f"/chat/sessions/{session_id}", json={"title": "Mine"})
    await client_of_titled.chat(session_id, question)
    await until_no_job_is_left(titled, session_id)
    assert await title_of(client_of_titled) == "Mine"
    assert titled.model.asked(request) == []


async def test_a_failed_title_request_is_repeated_after_the_next_turn(
    titled: Stack, client_of_titled: Client, question: str
) -> None:
    request = script(titled.model, question, refuse(500), tell("Second try"))
    session_id = await client_of_titled.start()
    await client_of_titled.chat(session_id, question)
    await until_no_job_is_left(titled, session_id)
    assert await title_of(client_of_titled) == question
    await client_of_titled.chat(session_id, question)
    await eventually(lambda: has_title(client_of_titled, "Second try"))
    assert len(titled.model.asked(request)) == 2


async def test_an_unusable_answer_leaves_the_question_as_title(
    titled: Stack, client_of_titled: Client, question: str
) -> None:
    request = script(titled.model, question, tell("This is not a title. " * 50))
    session_id = await client_of_titled.start()
    await client_of_titled.chat(session_id, question)
    await until_no_job_is_left(titled, session_id)
    await client_of_titled.chat(session_id, question)
    await until_no_job_is_left(titled, session_id)
    assert await title_of(client_of_titled) == question
    assert len(titled.model.asked(request)) == 1


async def test_no_title_is_requested_without_the_setting(stack: Stack, user: Client, question: str) -> None:
    request = script(stack.model, question, tell("Never"))
    session_id = await user.start()
    await user.chat(session_id, question)
    await until_no_job_is_left(stack, session_id)
    assert await title_of(user) == question
    assert stack.model.asked(request) == []


async def until_no_job_is_left(stack: Stack, session_id: str) -> None:
    """A title job is queued before its turn's job finishes, so none can follow once no job is left."""

    async def none_left() -> bool:
        return not any(session_id in job for job in await stack.queue.zrange(keys.QUEUE, 0, -1))

    await eventually(none_left)
