"""What is refused, missing, or fails in OpenAI's Responses raises the right errors of openai-python."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.support import privacy
from tests.support.model_server import ModelServer, refuse
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


async def test_another_users_response_is_not_found(stack: Stack, client: openai.AsyncOpenAI, question: str) -> None:
    made = await client.responses.create(model="scripted", input=question)
    async with client_for(stack.url) as other:
        for call in (
            other.responses.retrieve,
            other.responses.cancel,
            other.responses.delete,
            other.responses.input_items.list,
        ):
            with pytest.raises(openai.NotFoundError):
                await call(made.id)
        with pytest.raises(openai.NotFoundError):
            await other.responses.create(model="scripted", input="more", previous_response_id=made.id)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"conversation": "conv_1"}, "conversation"),
    ({"prompt": {"id": "pmpt_1"}}, "prompt"),
    ({"truncation": "auto"}, "truncation"),
    ({"include": ["reasoning.encrypted_content"]}, "include"),
    ({"top_logprobs": 3}, "top_logprobs"),
    ({"max_tool_calls": 3}, "max_tool_calls"),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
    ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0].type"),
    ({"reasoning": {"context": "auto"}}, "reasoning.context"),
    ({"input": [{"role": "user", "content": "hello", "weight": 1}]}, "input[0].weight"),
    ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input[0].content[0].type"),
]


@pytest.mark.parametrize(
    ("given", "name"), REFUSED, ids=[name.replace("[", ".").replace("]", "") for _, name in REFUSED]
)
async def test_what_is_not_supported_is_refused_by_name(
    client: openai.AsyncOpenAI, given: dict[str, Any], name: str
) -> None:
    body: Any = {"model": "scripted", "input": "hello", **given}
    with pytest.raises(openai.BadRequestError) as caught:
        await client.responses.create(**body)
    assert (caught.value.code, caught.value.param) == ("unsupported_parameter", name)


async def test_values_of_another_type_are_a_bad_request(client: openai.AsyncOpenAI) -> None:
    for given in ({"stream": "yes"}, {"temperature": "1"}):
        with pytest.raises(openai.BadRequestError) as caught:
            await client.responses.create(model="scripted", input="hello", extra_body=given)
        assert caught.value.param in given


async def test_a_tool_with_nan_is_answered_with_null(client: openai.AsyncOpenAI, question: str) -> None:
    tool = '{"type": "function", "name": "sun", "parameters": {"type": "object", "x": NaN}}'
    body = f'{{"model": "scripted", "input": "{question}", "tools": [{tool}]}}'
    options: Any = {"headers": {"Content-Type": "application/json"}}
    made: Any = await client.post("/responses", cast_to=object, content=body.encode(), options=options)
    assert made["tools"][0]["parameters"] == {"type": "object", "x": None}


async def test_unknown_models_and_responses_raise_the_right_errors(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await client.responses.create(model="gpt-none", input="hello")
    assert caught.value.code == "model_not_found"
    for name in ("resp_1", f"resp_{'0' * 32}1", "msg_1"):
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(name)
        with pytest.raises(openai.NotFoundError):
            await client.responses.create(model="scripted", input="hello", previous_response_id=name)


async def test_a_reply_that_fails_is_an_error_or_a_failed_response(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(401, {"error": {"message": "no"}}))
    with pytest.raises(openai.APIStatusError) as caught:
        await client.responses.create(model="scripted", input=question)
    assert caught.value.status_code >= 500
    state = ResponseState()
    async with await client.responses.create(model="scripted", input=question, stream=True) as events:
        state.take([event.to_dict() async for event in events])
    assert state.final
    assert (state.types[-1], state.final["error"]["code"]) == ("response.failed", "server_error")
    found = await client.responses.retrieve(state.final["id"])
    assert found.error
    assert (found.status, found.error.to_dict()) == ("failed", state.final["error"])
