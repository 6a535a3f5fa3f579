"""Calls of a client's tools pass from the model to readers and into the history; the client's results pass back."""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.client_questions import TOOLS, ask, request_of, result_of
from tests.support.model_server import Exchange, Led, ModelServer, Script, tell
from tests.support.sse import Transcript, frames, read
from tests.support.stack import Stack

SUN = {"id": "call_1", "name": "weather", "arguments": '{"city":"Bern"}'}
NOW = {"id": "call_2", "name": "time", "arguments": "{}"}


def calling(*calls: dict[str, str], text: str = "", reason: str = "tool_calls") -> Script:
    """Say the text, then call tools, the arguments in two pieces each."""

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.say(*([text] if text else []))
        for index, call in enumerate(calls):
            half = len(call["arguments"]) // 2
            await exchange.call(index, call["id"], call["name"], call["arguments"][:half], call["arguments"][half:])
        await exchange.finish(reason)

    return script


async def answered(stack: Stack, user: Client, session_id: str, *asked: Any, **more: Any) -> Transcript:
    turn_id = await ask(stack.store, stack.queue, session_id, request_of(*asked, **more))
    return await user.follow(turn_id)


async def test_calls_reach_readers_the_history_and_the_turn(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN, NOW))
    transcript = await answered(stack, user, session_id, question)
    assert transcript.calls == [SUN, NOW]
    assert transcript.text == ""
    assert transcript.end
    assert transcript.end["finish_reason"] == "tool_calls"
    turn = await user.turn(transcript.last_id.rpartition(":")[0])
    assert (turn["state"], turn["finish_reason"]) == ("done", "tool_calls")
    asked, reply = await user.history(session_id)
    assert (asked["content"], "request" in asked) == (question, False)
    assert (reply["content"], reply["tool_calls"], reply["finish_reason"]) == ("", [SUN, NOW], "tool_calls")
    assert reply["id"] == transcript.end["message_id"]


async def test_the_request_has_what_the_client_sent_and_nothing_else(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    parameters = {"temperature": 0.2, "max_tokens": 50, "tool_choice": "auto", "stop": ["###"], "seed": 4}
    await answered(stack, user, session_id, question, **parameters)
    (exchange,) = model.asked(question)
    assert exchange.body["messages"] == [{"role": "user", "content": question}]
    assert {"tools": TOOLS, **parameters}.items() <= exchange.body.items()


async def test_results_follow_the_calls_of_the_branch(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN, text="Let me look."), tell("It is sunny."))
    await answered(stack, user, session_id, question)
    transcript = await answered(stack, user, session_id, result_of("call_1", "sun"), instructions="Be brief.")
    assert transcript.text == "It is sunny."
    function = {"name": "weather", "arguments": SUN["arguments"]}
    assert model.asked(question)[1].body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": question},
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
    ]
    model.on(f"{question} again", tell("Yes."))
    await user.chat(session_id, f"{question} again")
    roles = [message["role"] for message in model.asked(f"{question} again")[0].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "user"]


@pytest.mark.parametrize("reason", ["stop", "function_call"])
async def test_a_reply_with_calls_ends_as_tool_calls(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str, reason: str
) -> None:
    model.on(question, calling(SUN, reason=reason))
    transcript = await answered(stack, user, session_id, question)
    assert transcript.end
    assert transcript.end["finish_reason"] == "tool_calls"


async def test_arguments_that_are_no_json_pass_unchanged(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    broken = {**SUN, "arguments": '{"city": Bern'}
    model.on(question, calling(broken))
    transcript = await answered(stack, user, session_id, question)
    assert transcript.calls == [broken]


async def test_a_reply_that_breaks_off_keeps_its_calls(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.call(0, "call_1", "weather", '{"ci')

    model.on(question, script)
    transcript = await answered(stack, user, session_id, question)
    assert transcript.end
    assert transcript.end["code"] == "model_incomplete"
    _, reply = await user.history(session_id)
    assert reply["tool_calls"] == transcript.calls == [{**SUN, "arguments": '{"ci'}]


async def test_a_stop_keeps_the_calls_so_far(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str, led: Led
) -> None:
    turn_id = await ask(stack.store, stack.queue, session_id, request_of(question))
    exchange = await led.exchange()
    await exchange.call(0, "call_1", "weather", '{"ci')
    async with user.events(turn_id) as response:
        received = frames(response)
        transcript = await read(received, until=lambda seen: bool(seen.calls and seen.calls[0]["arguments"]))
        await user.http.post(f"/chat/turns/{turn_id}/cancel")
        await read(received, transcript)
    assert transcript.end
    assert transcript.end["finish_reason"] == "cancelled"
    _, reply = await user.history(session_id)
    assert (reply["tool_calls"], reply["finish_reason"]) == (transcript.calls, "cancelled")


async def test_without_tools_a_call_fails_as_before(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN))
    transcript = await answered(stack, user, session_id, question, tools=[])
    assert transcript.end
    assert transcript.end["code"] == "model_tool_call"


async def test_an_expired_log_gives_the_calls_from_the_history(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, calling(SUN, NOW))
    transcript = await answered(stack, user, session_id, question)
    turn_id = transcript.last_id.rpartition(":")[0]
    await stack.store.delete(*[name async for name in stack.store.scan_iter(match=f"*turn:{turn_id}*")])
    late = await user.follow(turn_id)
    assert late.types == ["snapshot", "end"]
    assert (late.calls, late.end) == (transcript.calls, transcript.end)
