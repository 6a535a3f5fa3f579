"""openai-python makes, retrieves, streams, cancels and deletes responses."""

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai.types.responses import Response

from tests.contract.test_tool_calls import NOW, SUN, calling
from tests.support import privacy
from tests.support.model_server import Exchange, Led, ModelServer, tell
from tests.support.openai_client import client_for
from tests.support.response_reader import ResponseState, events_of
from tests.support.stack import Stack
from tests.support.waiting import eventually

TOOLS: Any = [
    {"type": "function", "name": name, "parameters": {"type": "object"}, "strict": False}
    for name in ("weather", "time")
]
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[openai.AsyncOpenAI]:
    async with client_for(stack.url) as client:
        yield client


@pytest.fixture(autouse=True)
def noted(question: str) -> None:
    privacy.note(question)


async def thinks(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.delta(reasoning_content="Let me see. ")
    await exchange.say("It ", "is ", "“so”\n.")
    await exchange.finish(usage=USAGE)


async def streamed(client: openai.AsyncOpenAI, name: str, after: int) -> list[dict[str, Any]]:
    """Reads the events of a response after one of them without the SDK, so that each byte is checked."""
    path = f"/responses/{name}?stream=true" + (f"&starting_after={after}" if after >= 0 else "")
    got = await client.get(path, cast_to=object, options={"headers": {"Accept": "*/*"}})
    return events_of(str(got).encode())


async def ended(client: openai.AsyncOpenAI, name: str) -> Response:
    async def look() -> Response | None:
        found = await client.responses.retrieve(name)
        return None if found.status in ("queued", "in_progress") else found

    found = await eventually(look)
    assert found
    return found


async def test_a_response_has_its_text_thinking_and_usage(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, thinks)
    made = await client.responses.create(
        model="scripted",
        input=question,
        instructions="Be brief.",
        temperature=0.4,
        max_output_tokens=99,
        metadata={"a": "b"},
        text={"format": {"type": "json_schema", "name": "it", "schema": {"type": "object"}}, "verbosity": "low"},
        reasoning={"effort": "low", "summary": "auto"},
    )
    assert (made.status, made.output_text, made.model) == ("completed", "It is “so”\n.", "scripted")
    assert [item.type for item in made.output] == ["reasoning", "message"]
    assert made.output[0].to_dict()["summary"] == [{"type": "summary_text", "text": "Let me see. "}]
    assert made.usage
    assert (made.usage.input_tokens, made.usage.output_tokens, made.usage.total_tokens) == (3, 5, 8)
    assert (made.instructions, made.metadata, made.temperature) == ("Be brief.", {"a": "b"}, 0.4)
    (exchange,) = model.asked(question)
    assert exchange.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": question},
    ]
    assert exchange.body["response_format"]["json_schema"] == {"name": "it", "schema": {"type": "object"}}
    assert (exchange.body["temperature"], exchange.body["reasoning_effort"]) == (0.4, "low")
    Response.model_validate(made.to_dict(), strict=True)
    again = await client.responses.retrieve(made.id)
    assert again.to_dict() == made.to_dict()


async def test_a_stream_has_valid_events_and_the_same_response(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, thinks)
    state = ResponseState()
    async with await client.responses.create(model="scripted", input=question, stream=True) as stream:
        events = [event.to_dict() async for event in stream]
    state.take(events)
    assert state.final
    found = (await client.responses.retrieve(state.final["id"])).to_dict()
    assert {**found, "completed_at": None} == state.final
    for place in range(0, len(events), 2):
        again = ResponseState()
        again.take(events[:place])
        again.take(await streamed(client, state.final["id"], again.last))
        assert (again.final, again.parts, again.last) == (state.final, state.parts, state.last)


async def test_the_sdks_own_accumulation_gives_the_response(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN, NOW, text="Let me look."))
    async with client.responses.stream(model="scripted", input=question, tools=TOOLS) as stream:
        async for _ in stream:
            pass
        found = await stream.get_final_response()
    assert found.output_text == "Let me look."
    calls = [item for item in found.output if item.type == "function_call"]
    assert [{"id": call.call_id, "name": call.name, "arguments": call.arguments} for call in calls] == [SUN, NOW]
    assert [tool.to_dict() for tool in found.tools] == [{**tool, "description": None} for tool in TOOLS]


async def test_a_chain_with_tools_is_one_session_of_the_page(
    stack: Stack, client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN), tell("It is sunny."), tell("You are welcome."))
    first = await client.responses.create(model="scripted", input=question, tools=TOOLS)
    (call,) = [item for item in first.output if item.type == "function_call"]
    output: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "sun"}]
    second = await client.responses.create(
        model="scripted", input=output, previous_response_id=first.id, tools=TOOLS, instructions="Be brief."
    )
    third = await client.responses.create(model="scripted", input="Thanks", previous_response_id=second.id)
    assert (second.output_text, third.previous_response_id) == ("It is sunny.", second.id)
    messages = model.asked("Thanks")[-1].body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "assistant", "user"]
    branch = await client.responses.create(model="scripted", input="Thanks!", previous_response_id=second.id)
    assert branch.output_text
    headers = {"Authorization": f"Bearer {client.api_key}"}
    async with stack.client() as user:
        user.http.params = {}
        (listed,) = (await user.http.get("/chat/sessions", headers=headers)).json()["sessions"]
        path = f"/chat/history?session_id={listed['session_id']}"
        shown = (await user.http.get(path, headers=headers)).json()["messages"]
    assert [message["content"] for message in shown[-2:]] == ["Thanks!", branch.output_text]
    assert shown[4]["versions"]["count"] == 2


async def test_input_items_are_listed_in_pages(client: openai.AsyncOpenAI, question: str) -> None:
    given: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "First."}]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "sun"},
        {"role": "user", "content": question},
    ]
    made = await client.responses.create(model="scripted", input=given, tools=TOOLS)
    items = [item async for item in client.responses.input_items.list(made.id, order="asc", limit=2)]
    kinds = [item.type for item in items]
    assert kinds == ["message", "message", "function_call", "function_call_output", "message"]
    newest = await client.responses.input_items.list(made.id, limit=1)
    assert newest.data[0].to_dict()["content"] == [{"type": "input_text", "text": question}]
    assert (newest.data[0].id, newest.has_next_page()) == (items[-1].id, True)


async def test_a_background_response_is_polled(client: openai.AsyncOpenAI, led: Led, question: str) -> None:
    made = await client.responses.create(model="scripted", input=question, background=True)
    assert (made.status, made.background, made.output) == ("queued", True, [])
    exchange = await led.exchange()
    await exchange.say("half ")

    async def half() -> Response | None:
        found = await client.responses.retrieve(made.id)
        return found if found.output else None

    running = await eventually(half)
    assert running
    assert (running.status, running.output_text) == ("in_progress", "half ")
    assert running.output[0].to_dict()["status"] == "in_progress"
    with pytest.raises(openai.ConflictError) as caught:
        await client.responses.create(model="scripted", input="more", previous_response_id=made.id)
    assert caught.value.code == "turn_running"
    with pytest.raises(openai.ConflictError):
        await client.responses.delete(made.id)
    await exchange.say("done")
    await led.finish()
    assert (await ended(client, made.id)).output_text == "half done"


async def test_a_stream_of_the_background_goes_on_after_any_event(
    client: openai.AsyncOpenAI, led: Led, question: str
) -> None:
    stream = await client.responses.create(model="scripted", input=question, background=True, stream=True)
    state, name = ResponseState(), ""
    exchange = await led.exchange()
    await exchange.say("One ", "two ")
    async with stream:
        async for event in stream:
            state.take([event.to_dict()])
            if event.type == "response.created":
                name = event.response.id
            if "".join(state.parts.values()) == "One two ":
                break
    await exchange.say("three")
    await led.finish()
    async with await client.responses.retrieve(name, stream=True, starting_after=state.last) as rest:
        state.take([event.to_dict() async for event in rest])
    assert state.final
    assert list(state.parts.values()) == ["One two three"]
    assert (await client.responses.retrieve(name)).output_text == "One two three"


async def test_a_cancelled_response_keeps_what_was_made(client: openai.AsyncOpenAI, led: Led, question: str) -> None:
    stream = await client.responses.create(model="scripted", input=question, background=True, stream=True)
    exchange, state, name = await led.exchange(), ResponseState(), ""
    await exchange.say("half ")
    async with stream:
        async for event in stream:
            state.take([event.to_dict()])
            if event.type == "response.output_text.delta":
                name = str(state.types and event.item_id).removeprefix("msg_").rpartition("_")[0]
                assert (await client.responses.cancel(f"resp_{name}")).status == "cancelled"
    assert state.final
    assert state.final["status"] == "cancelled"
    found = await client.responses.retrieve(f"resp_{name}")
    assert (found.status, found.output_text) == ("cancelled", "half ")
    assert found.output[0].to_dict()["status"] == "incomplete"
    assert (await client.responses.cancel(found.id)).status == "cancelled"


async def test_a_deleted_response_takes_its_session_along(
    stack: Stack, client: openai.AsyncOpenAI, question: str
) -> None:
    first = await client.responses.create(model="scripted", input=question)
    second = await client.responses.create(model="scripted", input="more", previous_response_id=first.id)
    await client.responses.delete(second.id)
    with pytest.raises(openai.NotFoundError) as caught:
        await client.responses.retrieve(second.id)
    assert caught.value.code == "response_not_found"
    assert (await client.responses.retrieve(first.id)).status == "completed"
    await client.responses.delete(first.id)
    async with stack.client() as user:
        user.http.params = {}
        listed = await user.http.get("/chat/sessions", headers={"Authorization": f"Bearer {client.api_key}"})
    assert listed.json()["sessions"] == []


async def test_a_response_that_is_not_stored_is_gone_at_its_end(
    stack: Stack, client: openai.AsyncOpenAI, question: str
) -> None:
    made = await client.responses.create(model="scripted", input=question, store=False)
    assert (made.status, made.to_dict()["store"]) == ("completed", False)
    for call in (client.responses.retrieve, client.responses.cancel, client.responses.delete):
        with pytest.raises(openai.NotFoundError):
            await call(made.id)
    behind = await client.responses.create(model="scripted", input=question, store=False, background=True)
    assert (await ended(client, behind.id)).output_text
    with pytest.raises(openai.BadRequestError, match="as input instead") as caught:
        await client.responses.create(model="scripted", input="more", previous_response_id=behind.id)
    assert caught.value.param == "previous_response_id"
    async with stack.client() as user:
        user.http.params = {}
        listed = await user.http.get("/chat/sessions", headers={"Authorization": f"Bearer {client.api_key}"})
    assert listed.json()["sessions"] == []


async def test_a_repeated_key_makes_one_response(client: openai.AsyncOpenAI, model: ModelServer, question: str) -> None:
    headers = {"Idempotency-Key": question}
    made = {
        (await client.responses.create(model="scripted", input=question, extra_headers=headers)).id for _ in range(2)
    }
    async with await client.responses.create(
        model="scripted", input=question, extra_headers=headers, stream=True
    ) as events:
        made |= {event.response.id async for event in events if event.type == "response.completed"}
    assert len(made) == 1
    assert len(model.asked(question)) == 1
    with pytest.raises(openai.APIStatusError) as caught:
        await client.responses.create(model="scripted", input="other", extra_headers=headers)
    assert caught.value.code == "idempotency_key_reused"


async def test_a_key_of_a_deleted_response_asks_no_more(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    headers = {"Idempotency-Key": question}
    made = await client.responses.create(model="scripted", input=question, extra_headers=headers)
    await client.responses.delete(made.id)
    with pytest.raises(openai.ConflictError) as caught:
        await client.responses.create(model="scripted", input=question, extra_headers=headers)
    assert caught.value.code == "reply_expired"
    assert len(model.asked(question)) == 1


async def test_a_retry_of_the_sdk_makes_one_response(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    made = [
        await client.responses.create(
            model="scripted", input=question, extra_headers={"x-stainless-retry-count": str(count)}
        )
        for count in (0, 1)
    ]
    assert made[0].id == made[1].id
    assert len(model.asked(question)) == 1
    follow = {"model": "scripted", "input": f"{question}!", "previous_response_id": made[0].id}
    first = await client.responses.create(**follow)  # type: ignore[call-overload]
    again = await client.responses.create(**follow, extra_headers={"x-stainless-retry-count": "1"})  # type: ignore[call-overload]
    other = await client.responses.create(**follow)  # type: ignore[call-overload]
    assert again.id == first.id != other.id


async def test_the_sdks_own_resume_gives_the_response(client: openai.AsyncOpenAI, question: str) -> None:
    made = await client.responses.create(model="scripted", input=question)
    async with client.responses.stream(response_id=made.id, starting_after=4) as stream:
        numbers = [event.sequence_number async for event in stream]
        found = await stream.get_final_response()
    assert numbers[0] > 4
    assert found.output_text == made.output_text


async def test_thinking_comes_back_with_the_calls_that_follow_it(
    client: openai.AsyncOpenAI, model: ModelServer, question: str
) -> None:
    given: Any = [
        {"role": "user", "content": "Which weather?"},
        {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}", "status": "completed"},
        {"type": "function_call_output", "call_id": "call_1", "output": json.dumps({"sun": True})},
        {"role": "user", "content": question},
    ]
    await client.responses.create(model="scripted", input=given, tools=TOOLS)
    message = model.asked(question)[0].body["messages"][1]
    assert (message["role"], message["reasoning_content"]) == ("assistant", "Hm")
    assert message["tool_calls"][0]["id"] == "call_1"
