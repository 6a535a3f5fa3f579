"""After any failure of the model server the turn ends with its code and keeps its text; the session goes on."""

import asyncio
import json
from pathlib import Path

import pytest

from launcher import ports
from tests.contract.outcomes import Failure, assert_failed, assert_goes_on, retries
from tests.support.client import Client
from tests.support.databases import database
from tests.support.fixtures import stack_of
from tests.support.model_server import (
    Exchange,
    Led,
    ModelServer,
    Script,
    break_off,
    echo,
    in_chunks,
    refuse,
    silence,
    tell,
)
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import KEY, Stack, run_stack

CONTEXT = {"error": {"message": "too long", "code": "context_length_exceeded", "type": "invalid_request_error"}}
LLAMA_CONTEXT = {"error": {"code": 400, "message": "the request exceeds the available context size, try increasing it"}}
QUOTA = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
PARTIAL = ("half a ", "reply")
SHOWN = "half a reply"


short_turns = stack_of(turn_timeout="4")
"""A stack that ends a turn after four seconds."""


stack = stack_of(model_read_timeout="2", model_first_byte_timeout="2")
"""A stack that waits two seconds for a silent model."""


def page(exchange: Exchange) -> asyncio.Future[None]:
    body = b"<html><body>It works! data: yes</body></html>"
    return asyncio.ensure_future(exchange.respond(200, body, content_type="text/html"))


def cut(exchange: Exchange) -> asyncio.Future[None]:
    """Drops the connection before any response."""
    exchange.drop()
    return asyncio.ensure_future(asyncio.sleep(0))


async def empty(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.finish()


FINAL: dict[str, tuple[Script, Failure]] = {
    "401": (refuse(401), Failure("model_unauthorized", False)),
    "402": (refuse(402), Failure("model_quota", False)),
    "403": (refuse(403), Failure("model_unauthorized", False)),
    "404": (refuse(404), Failure("model_not_found", False)),
    "400": (refuse(400), Failure("model_bad_request", False)),
    "422": (refuse(422), Failure("model_bad_request", False)),
    "400 context": (refuse(400, CONTEXT), Failure("model_context_too_long", False)),
    "400 context of llama.cpp": (refuse(400, LLAMA_CONTEXT), Failure("model_context_too_long", False)),
    "429 quota": (refuse(429, QUOTA), Failure("model_quota", False)),
    "an error that is no JSON": (refuse(401, "nope"), Failure("model_unauthorized", False)),
    "an empty reply": (empty, Failure("model_empty_reply")),
    "a blank reply": (tell(" ", "\n"), Failure("model_empty_reply", text=" \n")),
    "an empty reply of its length": (tell(reason="length"), Failure("model_empty_reply")),
    "a tool call": (tell(reason="tool_calls"), Failure("model_tool_call", False)),
}

MID_REPLY: dict[str, tuple[Script, Failure]] = {
    "falls silent": (break_off(*PARTIAL, hang=True), Failure("model_timeout", text=SHOWN)),
    "drops": (break_off(*PARTIAL, drop=True), Failure("model_incomplete", text=SHOWN)),
    "closes": (break_off(*PARTIAL), Failure("model_incomplete", text=SHOWN)),
    "an unknown reason": (tell(*PARTIAL, reason="tired"), Failure("model_unknown_end", text=SHOWN)),
    "half a frame": (break_off(*PARTIAL, last=b'data: {"choices": ['), Failure("model_broken_stream", text=SHOWN)),
    "no JSON": (break_off(*PARTIAL, last=b"data: nope\n\n"), Failure("model_incomplete", text=SHOWN)),
    "an array": (break_off(*PARTIAL, last=b"data: [1]\n\n"), Failure("model_incomplete", text=SHOWN)),
    "a number": (break_off(*PARTIAL, last=b"data: 1\n\n"), Failure("model_incomplete", text=SHOWN)),
    "error frame": (break_off(*PARTIAL, last=b'data: {"error": {"message": "x"}}\n\n'),
                    Failure("model_server_error", text=SHOWN)),
    "error frame, a string": (break_off(*PARTIAL, last=b'data: {"error": "boom"}\n\n'),
                              Failure("model_server_error", text=SHOWN)),
    "error frame 429": (break_off(*PARTIAL, last=b'data: {"error": {"code": 429}}\n\n'),
                        Failure("model_rate_limited", text=SHOWN)),
    "error frame quota": (break_off(*PARTIAL, last=b'data: {"error": {"code": "insufficient_quota"}}\n\n'),
                          Failure("model_quota", False, text=SHOWN)),
    "error frame context": (break_off(*PARTIAL, last=b'data: {"error": {"code": "context_length_exceeded"}}\n\n'),
                            Failure("model_context_too_long", False, text=SHOWN)),
    "ends with error": (tell(*PARTIAL, reason="error"), Failure("model_incomplete", text=SHOWN)),
    "ends with abort": (tell(*PARTIAL, reason="abort"), Failure("model_incomplete", text=SHOWN)),
    "ends without resources": (tell(*PARTIAL, reason="insufficient_system_resource"),
                               Failure("model_incomplete", text=SHOWN)),
    "in chunks, falls silent": (in_chunks(break_off(*PARTIAL, hang=True)), Failure("model_timeout", text=SHOWN)),
    "in chunks, drops": (in_chunks(break_off(*PARTIAL, drop=True)), Failure("model_incomplete", text=SHOWN)),
    "in chunks, closes": (in_chunks(break_off(*PARTIAL)), Failure("model_incomplete", text=SHOWN)),
    "in chunks, no JSON": (in_chunks(break_off(*PARTIAL, last=b"data: nope\n\n")),
                           Failure("model_incomplete", text=SHOWN)),
    "in chunks, ends with error": (in_chunks(tell(*PARTIAL, reason="error")), Failure("model_incomplete", text=SHOWN)),
}  # fmt: skip

FIRST_REFUSALS: dict[str, tuple[Script, str]] = {
    "429": (refuse(429), "model_rate_limited"),
    "500": (refuse(500), "model_server_error"),
    "503": (refuse(503, retry_after="0"), "model_server_error"),
    "408": (refuse(408), "model_timeout"),
    "no answer": (silence, "model_timeout"),
    "silence after the head": (break_off(hang=True), "model_timeout"),
    "dropped before the head": (cut, "model_unreachable"),
    "dropped after the head": (break_off(drop=True), "model_broken_stream"),
    "closed without a word": (break_off(last=b'data: {"choices": []}\n\n'), "model_incomplete"),
    "nothing at all": (break_off(), "model_broken_stream"),
    "a web page": (page, "model_broken_stream"),
    "no JSON": (break_off(last=b"data: nope\n\n"), "model_broken_stream"),
    "error frame": (break_off(last=b'data: {"error": {"message": "overloaded"}}\n\n'), "model_server_error"),
}

PERSISTENT: dict[str, tuple[Script, str]] = {
    "429": (refuse(429, retry_after="0"), "model_rate_limited"),
    "500": (refuse(500, retry_after="0"), "model_server_error"),
    "no answer": (silence, "model_timeout"),
    "closed without a word": (break_off(last=b": nothing\n\n"), "model_broken_stream"),
    "a web page": (page, "model_broken_stream"),
}


@pytest.mark.parametrize(("script", "expected"), FINAL.values(), ids=FINAL.keys())
async def test_a_permanent_failure_is_not_retried(
    one_session: tuple[Client, str], model: ModelServer, question: str, script: Script, expected: Failure
) -> None:
    user, session_id = one_session
    model.on(question, script)
    transcript = await user.chat(session_id, question)
    await assert_failed(user, session_id, question, transcript, expected)
    assert len(model.asked(question)) == 1


@pytest.mark.parametrize(("script", "expected"), MID_REPLY.values(), ids=MID_REPLY.keys())
async def test_a_reply_that_breaks_off_keeps_its_shown_text(
    one_session: tuple[Client, str], model: ModelServer, question: str, script: Script, expected: Failure
) -> None:
    user, session_id = one_session
    model.on(question, script, echo)
    transcript = await user.chat(session_id, question)
    await assert_failed(user, session_id, question, transcript, expected)
    assert len(model.asked(question)) == 1


async def test_silence_after_single_words_is_a_timeout(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    led = Led()
    model.on(question, led)
    turn_id = await user.ask(session_id, question)
    exchange = await led.exchange()
    async with user.events(turn_id) as response:
        received, transcript = frames(response), Transcript()
        for word in PARTIAL:
            await exchange.say(word)
            await read(received, transcript, has(transcript.text + word))
        await read(received, transcript)
    await assert_failed(user, session_id, question, transcript, Failure("model_timeout", text=SHOWN))


@pytest.mark.parametrize(("script", "reason"), FIRST_REFUSALS.values(), ids=FIRST_REFUSALS.keys())
async def test_a_failure_before_the_first_word_is_retried_visibly(
    user: Client, session_id: str, model: ModelServer, question: str, script: Script, reason: str
) -> None:
    model.on(question, script, tell("fine"))
    transcript = await user.chat(session_id, question)
    assert transcript.types == ["start", "retry", "chunk", "end"]
    assert retries(transcript) == [reason]
    assert transcript.text == "fine"
    assert [message["content"] for message in await user.history(session_id)] == [question, "fine"]
    turn = await user.turn(transcript.events[0]["turn_id"])
    assert (turn["state"], turn["attempt"], turn["error"]) == ("done", 1, None)
    assert len(model.asked(question)) == 2


@pytest.mark.parametrize(("script", "code"), PERSISTENT.values(), ids=PERSISTENT.keys())
async def test_a_third_failure_in_a_row_ends_the_turn(
    one_session: tuple[Client, str], model: ModelServer, question: str, script: Script, code: str
) -> None:
    user, session_id = one_session
    model.on(question, script)
    transcript = await user.chat(session_id, question)
    await assert_failed(user, session_id, question, transcript, Failure(code, retries=(code, code)))
    assert len(model.asked(question)) == 3


async def test_the_wait_of_retry_after_is_announced_and_observed(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(429, retry_after="0.7"), tell("fine"))
    loop = asyncio.get_running_loop()
    began = loop.time()
    transcript = await user.chat(session_id, question)
    assert loop.time() - began >= 0.7
    assert transcript.events[1] == {"type": "retry", "attempt": 2, "reason": "model_rate_limited", "wait_seconds": 0.7}


async def test_the_first_token_time_is_set_after_an_instant_retry(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(429, retry_after="0"), tell("one word"))
    turn_id = await user.ask(session_id, question)
    await user.follow(turn_id)
    assert (await user.turn(turn_id))["first_token_at"] is not None


async def test_a_redirect_is_never_followed(user: Client, session_id: str, model: ModelServer, question: str) -> None:
    async with ModelServer().serve() as elsewhere:
        model.on(question, refuse(307, location=f"{elsewhere.url}/chat/completions"))
        transcript = await user.chat(session_id, question)
        assert elsewhere.exchanges == []
    await assert_failed(user, session_id, question, transcript, Failure("model_bad_request", False))


async def test_a_stop_ends_a_turn_that_waits_for_a_retry(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(429, retry_after="19"))
    turn_id = await user.ask(session_id, question)
    async with asyncio.timeout(18):  # less than the wait
        async with user.events(turn_id) as response:
            await read(response, until=lambda transcript: "retry" in transcript.types)
        await user.http.post(f"/chat/turns/{turn_id}/cancel")
        transcript = await user.follow(turn_id)
    assert transcript.types == ["start", "retry", "end"]
    assert (await user.turn(turn_id))["state"] == "cancelled"
    await assert_goes_on(user, session_id)


async def test_a_reply_beyond_the_turn_timeout_is_broken_off(short_turns: Stack, question: str) -> None:
    short_turns.model.on(question, tell(*["word "] * 1000, pause=0.1))
    async with short_turns.client() as user:
        session_id = await user.start()
        transcript = await user.chat(session_id, question)
        assert transcript.text.startswith("word word ")
        await assert_failed(user, session_id, question, transcript, Failure("turn_timeout", text=transcript.text))
        await assert_goes_on(user, session_id)


async def test_a_missing_model_server_is_reported_as_unreachable(redis_url: str, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{ports.free()}/v1"
    async with run_stack(database(redis_url), tmp_path, openai_base_url=nowhere) as stack, stack.client() as user:
        session_id = await user.start()
        transcript = await user.chat(session_id, "hello")
        reasons = ("model_unreachable",) * 2
        await assert_failed(user, session_id, "hello", transcript, Failure("model_unreachable", retries=reasons))
        again = await user.follow(await user.ask(session_id))
        assert again.end is not None
        assert again.end["code"] == "model_unreachable"


async def test_the_log_has_status_code_and_type_of_a_refusal(
    stack: Stack, user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, refuse(402, {"error": {"message": question, "code": "no_credit", "type": "billing.error"}}))
    turn_id = await user.ask(session_id, question)
    assert (await user.follow(turn_id)).types[-1] == "error"
    lines = [json.loads(line) for line in stack.logs().splitlines()]
    failed = next(line for line in lines if line["event"] == "model_failed" and line["turn_id"] == turn_id)
    assert (failed["code"], failed["status"]) == ("model_quota", 402)
    assert (failed["server_code"], failed["server_type"]) == ("no_credit", "billing.error")
    assert failed["url"] == model.url
    assert question not in stack.logs()


async def test_logs_of_failures_contain_no_key_and_no_user_text(stack: Stack) -> None:
    logs = stack.logs()
    assert "model_failed" in logs
    assert KEY not in logs
    assert SHOWN not in logs
    assert "Traceback" not in logs
