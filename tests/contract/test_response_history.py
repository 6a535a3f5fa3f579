"""Responses whose events are gone, that were never made, or that were asked in the page."""

from collections.abc import AsyncIterator

import openai
import pytest

from api.protocols.responses.ids import response_id, turn_of
from chat import keys
from tests.contract.test_expired_log import expire
from tests.contract.test_responses import ended, thinks
from tests.support import privacy
from tests.support.client import Client
from tests.support.model_server import ModelServer, break_off
from tests.support.openai_client import client_for
from tests.support.response_reader import ResponseState
from tests.support.stack import Stack


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(stack.url) as client:
        yield client


@pytest.fixture(autouse=True)
def noted(question: str) -> None:
    privacy.note(question)


def turn_id_of(name: str) -> str:
    turn_id = turn_of(name)
    assert turn_id
    return turn_id


async def whole(client: openai.AsyncOpenAI, name: str) -> ResponseState:
    state = ResponseState()
    async with await client.responses.retrieve(name, stream=True) as stream:
        state.take([event.to_dict() async for event in stream])
    assert state.final
    return state


async def test_an_expired_log_leaves_the_whole_but_no_cursor(
    stack: Stack, client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, thinks)
    made = await client.responses.create(model="scripted", input=question)
    before = await whole(client, made.id)
    await expire(stack.store, turn_id_of(made.id))
    after = await whole(client, made.id)
    assert (after.parts, after.final, after.last) == (before.parts, before.final, before.last)
    assert (await client.responses.retrieve(made.id)).to_dict() == made.to_dict()
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.retrieve(made.id, stream=True, starting_after=5)
    assert caught.value.code == "stream_expired"
    following = await client.responses.create(model="scripted", input="more", previous_response_id=made.id)
    assert following.status == "completed"


async def test_a_failed_reply_keeps_its_words_in_history(
    stack: Stack, client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, break_off("half a ", "reply"))
    made = await client.responses.create(model="scripted", input=question, background=True)
    found = await ended(client, made.id)
    assert (found.status, found.output_text) == ("failed", "half a reply")
    await expire(stack.store, turn_id_of(made.id))
    assert (await client.responses.retrieve(made.id)).status == "failed"
    assert (await whole(client, made.id)).types[-1] == "response.failed"


async def test_a_response_without_a_worker_is_queued_then_cancelled(workless: Stack, question: str) -> None:
    async with client_for(workless.url) as client:
        made = await client.responses.create(model="scripted", input=question, background=True)
        assert (await client.responses.retrieve(made.id)).status == "queued"
        assert (await client.responses.cancel(made.id)).status == "cancelled"
        found = await client.responses.retrieve(made.id)
        assert (found.status, found.output) == ("cancelled", [])
        with pytest.raises(openai.BadRequestError) as caught:
            await client.responses.create(model="scripted", input="more", previous_response_id=made.id)
        assert caught.value.param == "previous_response_id"
        await workless.store.delete(keys.turn(turn_id_of(made.id)), keys.log(turn_id_of(made.id)))
        found = await client.responses.retrieve(made.id)
        assert found.error
        assert (found.status, found.error.to_dict()["type"]) == ("failed", "turn_failed")
        with pytest.raises(openai.BadRequestError):
            await client.responses.retrieve(made.id, stream=True)


async def test_a_turn_of_the_page_is_a_response(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    turn_id = await user.ask(session_id, question)
    await user.follow(turn_id)
    async with client_for(stack.url, user.user_id) as client:
        found = await client.responses.retrieve(response_id(turn_id))
        assert found.output_text == f"You said: {question} "
        (item,) = (await client.responses.input_items.list(found.id)).data
        assert item.to_dict()["content"] == [{"type": "input_text", "text": question}]
        following = await client.responses.create(model="scripted", input="more", previous_response_id=found.id)
        messages = model.asked("more")[-1].body["messages"]
        assert [message["role"] for message in messages] == ["user", "assistant", "user"]
        await client.responses.delete(following.id)
    assert len(await user.history(session_id)) == 2
