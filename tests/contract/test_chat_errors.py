"""Each error makes openai-python raise the class that its users expect."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest

from tests.contract.refusals import refused
from tests.support.fixtures import stack_of
from tests.support.guests import guest, token
from tests.support.model_server import Led, ModelServer, break_off, refuse
from tests.support.openai_client import asked, client_for, turn_of
from tests.support.stack import Stack
from tests.support.waiting import eventually

strict = stack_of(workers=0, rate_limit_user="2/hour", max_prompt_bytes="10000")
"""An API that allows each user two requests per hour, and short prompts."""


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(stack.url) as client:
        yield client


async def create(client: openai.AsyncOpenAI, question: str = "hello", **more: Any) -> Any:
    return await client.chat.completions.create(**{"model": "scripted", "messages": asked(question), **more})


async def test_a_wrong_key_is_an_authentication_error(stack: Stack) -> None:
    async with openai.AsyncOpenAI(base_url=f"{stack.url}/v1", api_key="sk-wrong", max_retries=0) as client:
        for call in (create(client), client.models.retrieve("scripted")):
            with pytest.raises(openai.AuthenticationError) as caught:
                await call
            assert caught.value.code == "invalid_api_key"
            assert caught.value.type == "authentication_error"
            assert caught.value.request_id


async def test_an_unknown_model_or_address_is_not_found(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await create(client, model="gpt-nothing")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError) as caught:
        await client.embeddings.create(model="scripted", input="words")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"store": True}, "store"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
        ({"extra_body": {"best_of": 3}}, "best_of"),
        ({"tools": [{"type": "custom", "custom": {"name": "a"}}]}, "tools[0].type"),
        ({"tool_choice": {"type": "allowed_tools", "allowed_tools": {}}}, "tool_choice.allowed_tools"),
        ({"stream_options": {"include_all": True}}, "stream_options.include_all"),
        ({"messages": [{"role": "user", "content": "a", "cache": 1}]}, "messages[0].cache"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "cache": 1}]}]},
            "messages[0].content[0].cache",
        ),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "https://a.example/b.png"}}],
                    }
                ]
            },
            "messages[0].content[0].image_url.url",
        ),
    ],
)
async def test_what_is_not_supported_is_refused_by_name(
    client: openai.AsyncOpenAI, given: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await create(client, **given)
    assert (caught.value.code, caught.value.param) == ("unsupported_parameter", param)
    assert param in str(caught.value)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"messages": []}, "messages"),
        ({"temperature": 3}, "temperature"),
        ({"temperature": "1"}, "temperature"),
        ({"extra_body": {"stream": "yes"}}, "stream"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0]"),
        ({"messages": [{"role": "assistant"}]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "messages[0].role"),
    ],
)
async def test_an_invalid_request_is_a_bad_request(
    client: openai.AsyncOpenAI, given: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await create(client, **given)
    assert caught.value.type == "invalid_request_error"
    assert str(caught.value.param).startswith(param)


@pytest.mark.parametrize("body", [b"{", b'{"messages": "\xff"}', b'"\\ud800"', b"[" * 100_000])
async def test_a_body_that_is_no_json_has_the_form_of_openai(stack: Stack, body: bytes) -> None:
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        headers = {"Authorization": f"Bearer {token('somebody')}", "Content-Type": "application/json"}
        response = await http.post("/v1/chat/completions", content=body, headers=headers)
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "invalid_request_error"


async def test_half_of_a_surrogate_pair_is_a_bad_request(stack: Stack) -> None:
    body = json.dumps({"model": "scripted", "messages": [{"role": "user", "content": "\ud800"}]})
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        headers = {"Authorization": f"Bearer {token('somebody')}", "Content-Type": "application/json"}
        refused(await http.post("/v1/chat/completions", content=body, headers=headers), 422, "invalid_request")


async def test_too_many_requests_are_a_rate_limit_error(strict: Stack) -> None:
    user_id, _ = guest()
    async with client_for(strict.url, user_id) as client:
        raw = client.chat.completions.with_raw_response
        answers: list[Any] = [await raw.create(model="scripted", messages=asked("hello"), stream=True)]
        answers.append(await client.models.with_raw_response.list())
        names = [f"x-ratelimit-{name}-requests" for name in ("limit", "remaining", "reset")]
        found = [[answer.headers[name] for name in names] for answer in answers]
        assert found == [["2", "1", "3600s"], ["2", "0", "3600s"]]
        await answers[0].http_response.aclose()
        with pytest.raises(openai.RateLimitError) as caught:
            await client.models.retrieve("scripted")
        assert (caught.value.code, caught.value.type) == ("rate_limit_exceeded", "rate_limit_error")
        assert int(caught.value.response.headers["retry-after"]) > 0


async def test_a_request_that_is_too_large_is_a_status_error(strict: Stack) -> None:
    async with client_for(strict.url) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            await create(client, "a" * 10_000)
        assert (caught.value.status_code, caught.value.code) == (413, "prompt_too_large")


async def test_a_failed_reply_is_a_server_error_that_is_not_repeated(
    stack: Stack, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(401))
    async with client_for(stack.url, retries=2) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            await create(client, question)
    assert (caught.value.status_code, caught.value.code) == (500, "model_unauthorized")
    assert len(model.asked(question)) == 1


async def test_a_reply_that_fails_in_mid_stream_is_an_api_error(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, break_off("half ", last=b'data: {"error": {"message": "no", "code": 400}}\n\n'))
    read = list[str]()

    async def reads() -> None:
        async for chunk in await create(client, question, stream=True):
            read.append(chunk.choices[0].delta.content or "")

    with pytest.raises(openai.APIError) as caught:
        await reads()
    assert "".join(read) == "half "
    assert not isinstance(caught.value, openai.APIConnectionError)
    assert caught.value.code == "model_bad_request"


async def test_a_stopped_reply_is_an_error_and_no_whole_reply(
    stack: Stack, client: openai.AsyncOpenAI, led: Led, question: str
) -> None:
    headers = {"Authorization": f"Bearer {client.api_key}"}
    chunks = await create(client, question, stream=True)
    turn_id = turn_of((await anext(chunks)).id)
    exchange = await led.exchange()
    await exchange.say("half ")
    assert (await anext(chunks)).choices[0].delta.content == "half "
    async with httpx2.AsyncClient(base_url=stack.url, headers=headers) as http:
        await http.post(f"/chat/turns/{turn_id}/cancel")
    with pytest.raises(openai.APIError) as caught:
        async for _ in chunks:
            pass
    assert caught.value.code == "reply_stopped"


async def test_a_client_that_leaves_does_not_stop_the_turn(
    stack: Stack, client: openai.AsyncOpenAI, led: Led, question: str
) -> None:
    key = {"Idempotency-Key": f"key of {question}"}
    with pytest.raises(openai.APITimeoutError):
        await create(client, question, timeout=1.0, extra_headers=key)
    exchange = await led.exchange()

    async def left() -> bool:
        return "client_left" in stack.logs()

    await eventually(left)
    await exchange.say("whole")
    await led.finish()
    reply = await create(client, question, extra_headers=key)
    assert reply.choices[0].message.content == "whole"
    assert len(stack.model.asked(question)) == 1
