"""openai-python gets chat completions, whole and streamed."""

import base64
import time
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.contract.test_tool_calls import NOW, SUN, calling
from tests.files import pictures
from tests.support import client_questions
from tests.support.model_server import Exchange, ModelServer, tell
from tests.support.openai_client import asked, client_for, turn_of
from tests.support.stack import Stack

TOOLS: Any = client_questions.TOOLS
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(stack.url) as client:
        yield client


async def thinks(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.delta(reasoning_content="Let me see. ")
    await exchange.say("It ", "is ", "“so”\n.")
    await exchange.finish(usage=USAGE)


async def test_a_whole_reply_has_text_thinking_and_usage(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, thinks)
    reply = await client.chat.completions.create(model="scripted", messages=asked(question))
    (choice,) = reply.choices
    assert (choice.message.role, choice.message.content) == ("assistant", "It is “so”\n.")
    assert choice.message.to_dict()["reasoning_content"] == "Let me see. "
    assert (choice.index, choice.finish_reason, choice.message.tool_calls) == (0, "stop", None)
    assert reply.usage
    assert reply.usage.total_tokens == 8
    assert (reply.object, reply.model, reply.system_fingerprint) == ("chat.completion", "scripted", None)
    assert abs(reply.created - time.time()) < 600
    assert turn_of(reply.id)
    assert len(model.asked(question)) == 1


async def test_a_stream_begins_with_the_role_and_ends_with_the_reason(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, thinks)
    stream = await client.chat.completions.create(model="scripted", messages=asked(question), stream=True)
    chunks = [chunk async for chunk in stream]
    assert all(len(chunk.choices) == 1 and chunk.usage is None for chunk in chunks)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == "It is “so”\n."
    assert "".join(str(delta.to_dict().get("reasoning_content", "")) for delta in deltas) == "Let me see. "
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({(chunk.id, chunk.created, chunk.model, chunk.object) for chunk in chunks}) == 1


async def test_usage_comes_in_a_last_chunk_where_asked_for(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, thinks)
    stream = await client.chat.completions.create(
        model="scripted", messages=asked(question), stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = [chunk async for chunk in stream]
    assert all(chunk.to_dict()["usage"] is None for chunk in chunks)
    assert last.choices == []
    assert last.usage
    assert last.usage.to_dict() == USAGE


async def test_the_sdks_own_accumulation_gives_the_whole_reply(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN, NOW, text="Let me look."))
    async with client.chat.completions.stream(model="scripted", messages=asked(question), tools=TOOLS) as stream:
        async for _ in stream:
            pass
        streamed = (await stream.get_final_completion()).choices[0]
    whole = await client.chat.completions.create(model="scripted", messages=asked(question), tools=TOOLS)
    found = whole.choices[0]
    for choice in (streamed, found):
        assert (choice.finish_reason, choice.message.content) == ("tool_calls", "Let me look.")
        assert choice.message.tool_calls
        assert [
            {"id": call.id, "name": call.function.name, "arguments": call.function.arguments}  # type: ignore[union-attr]
            for call in choice.message.tool_calls
        ] == [SUN, NOW]


async def test_results_go_to_the_model_after_the_sdks_own_message(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN), tell("It is sunny."))
    messages: Any = asked(question)
    first = await client.chat.completions.create(model="scripted", messages=messages, tools=TOOLS)
    messages += [first.choices[0].message, {"role": "tool", "tool_call_id": "call_1", "content": "sun"}]
    second = await client.chat.completions.create(
        model="scripted",
        messages=messages,
        tools=TOOLS,
        tool_choice={"type": "function", "function": {"name": "weather"}},
        parallel_tool_calls=False,
    )
    assert second.choices[0].message.content == "It is sunny."
    body = model.asked(question)[1].body
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "tool"]
    assert body["messages"][1]["tool_calls"][0]["function"]["name"] == "weather"
    assert (body["tool_choice"]["function"]["name"], body["parallel_tool_calls"]) == ("weather", False)
    assert body["tools"] == TOOLS


async def test_messages_and_parameters_reach_the_model_as_they_are(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    messages: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "First."}]},
        {"role": "assistant", "content": "Yes?"},
        *asked(question),
    ]
    await client.chat.completions.create(
        model="other",
        messages=messages,
        temperature=0.3,
        max_completion_tokens=77,
        stop=["###"],
        seed=5,
        response_format={"type": "json_object"},
        user="somebody",
        metadata={"a": "b"},
        store=False,
        n=1,
    )
    (exchange,) = model.asked(question)
    body = exchange.body
    assert [message["role"] for message in body["messages"]] == ["developer", "user", "assistant", "user"]
    assert (body["model"], body["temperature"], body["seed"], body["stop"]) == ("other", 0.3, 5, ["###"])
    assert 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert body["response_format"] == {"type": "json_object"}
    assert not {"user", "metadata", "store", "n"} & body.keys()


async def test_a_completion_is_on_no_list_and_its_turn_can_be_followed(
    stack: Stack, client: openai.AsyncOpenAI, question: str
) -> None:
    reply = await client.chat.completions.create(model="scripted", messages=asked(question))
    headers = {"Authorization": f"Bearer {client.api_key}"}
    async with stack.client() as user:
        user.http.params = {}
        listed = await user.http.get("/chat/sessions", headers=headers)
        assert listed.json()["sessions"] == []
        turn = await user.http.get(f"/chat/turns/{turn_of(reply.id)}", headers=headers)
        assert turn.json()["state"] == "done"


async def test_models_are_listed_and_looked_at(client: openai.AsyncOpenAI) -> None:
    listed = [each async for each in client.models.list()]
    assert [each.id for each in listed] == ["scripted", "other"]
    one = await client.models.retrieve("other")
    assert (one.id, one.object) == ("other", "model")
    with pytest.raises(openai.NotFoundError) as caught:
        await client.models.retrieve("a/missing one")
    assert caught.value.code == "model_not_found"


async def test_a_picture_is_a_file_of_the_question(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    """The models of this stack cannot see: tests/contract/test_chat_pictures.py has one that can."""
    url = f"data:image/png;base64,{base64.b64encode(pictures.png()).decode()}"
    content: Any = [{"type": "text", "text": question}, {"type": "image_url", "image_url": {"url": url}}]
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="scripted", messages=[{"role": "user", "content": content}])
    assert caught.value.code == "model_without_vision"
    assert model.asked(question) == []
