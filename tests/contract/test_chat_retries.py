"""A request that a client repeats asks the model once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest

from tests.support.dropping_proxy import DroppingProxy
from tests.support.model_server import ModelServer, tell
from tests.support.openai_client import asked, client_for
from tests.support.stack import Stack


@pytest.fixture
async def proxy(stack: Stack) -> AsyncIterator[DroppingProxy]:
    async with DroppingProxy(stack.url).serve() as proxy:
        yield proxy


async def create(client: openai.AsyncOpenAI, question: str, **more: Any) -> Any:
    return await client.chat.completions.create(**{"model": "scripted", "messages": asked(question), **more})


@pytest.mark.parametrize("stream", [False, True])
async def test_the_sdks_own_retry_asks_once(
    proxy: DroppingProxy, model: ModelServer, question: str, stream: bool
) -> None:
    model.on(question, tell("one ", "reply"), tell("another reply"))
    proxy.drops = 2
    async with client_for(proxy.url, retries=2) as client:
        reply = await create(client, question, stream=stream)
        if stream:
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in reply])
        else:
            text = reply.choices[0].message.content
    assert (text, proxy.requests, len(model.asked(question))) == ("one reply", 3, 1)


async def test_the_same_words_asked_anew_are_another_question(stack: Stack, model: ModelServer, question: str) -> None:
    model.on(question, tell("one"), tell("two"))
    async with client_for(stack.url) as client:
        replies = [await create(client, question) for _ in range(2)]
    assert [reply.choices[0].message.content for reply in replies] == ["one", "two"]


async def test_a_key_gets_the_same_reply_streamed_or_not(stack: Stack, model: ModelServer, question: str) -> None:
    model.on(question, tell("one ", "reply"), tell("another"))
    key = {"extra_headers": {"Idempotency-Key": f"key of {question}"}}
    async with client_for(stack.url) as client:
        first, second = await asyncio.gather(*(create(client, question, **key) for _ in range(2)))
        stream = await create(client, question, stream=True, **key)
        streamed = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert first.id == second.id
    assert second.choices[0].message.content == streamed == "one reply"
    assert len(model.asked(question)) == 1


async def test_a_key_of_another_request_is_refused(stack: Stack, question: str) -> None:
    key = {"extra_headers": {"Idempotency-Key": f"key of {question}"}}
    async with client_for(stack.url) as client:
        await create(client, question, **key)
        with pytest.raises(openai.BadRequestError) as caught:
            await create(client, question, temperature=1, **key)
    assert caught.value.code == "idempotency_key_reused"


async def test_keys_of_two_users_are_their_own(stack: Stack, model: ModelServer, question: str) -> None:
    model.on(question, tell("one"), tell("two"))
    key = {"extra_headers": {"Idempotency-Key": f"key of {question}"}}
    texts = list[str]()
    for _ in range(2):
        async with client_for(stack.url) as client:
            texts.append((await create(client, question, **key)).choices[0].message.content)
    assert texts == ["one", "two"]


async def test_a_stream_has_no_line_that_sdks_take_for_an_event(stack: Stack, question: str) -> None:
    async with client_for(stack.url) as client:
        headers = {"Authorization": f"Bearer {client.api_key}"}
        body = {"model": "scripted", "messages": asked(question), "stream": True}
        async with httpx2.AsyncClient(base_url=stack.url, headers=headers) as http:
            response = await http.post("/v1/chat/completions", json=body)
    blocks = response.text.split("\n\n")
    assert blocks.pop() == ""
    assert blocks[-1] == "data: [DONE]"
    assert all(block.startswith("data: ") for block in blocks)
    assert response.headers["content-type"].startswith("text/event-stream")
