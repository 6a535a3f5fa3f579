"""Unusual but complete streams give exactly their text."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.outcomes import assert_goes_on
from tests.support.client import Client
from tests.support.model_server import Exchange, ModelServer, Script, in_chunks, tell

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def frame(delta: dict[str, Any] | None = None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": reason}], **more}


def data(value: Any, end: str = "\n\n", ascii_only: bool = True) -> bytes:
    return f"data: {json.dumps(value, ensure_ascii=ascii_only)}{end}".encode()


HELLO = [frame({"role": "assistant", "content": ""}), frame({"content": "Hel"}), frame({"content": "lo"})]
STOP = frame(reason="stop")
DONE = b"data: [DONE]\n\n"


def raw(*parts: bytes) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.start()
        for part in parts:
            await exchange.raw(part)

    return script


def frames(*values: Any, end: str = "\n\n") -> bytes:
    return b"".join(data(value, end) for value in values)


WHOLE = frames(*HELLO, STOP) + DONE
UNUSUAL: dict[str, Script] = {
    "regular": raw(WHOLE),
    "no [DONE]": raw(frames(*HELLO, STOP)),
    "last event without its blank line": raw(frames(*HELLO) + data(STOP, "")),
    "last event with half a line break": raw(frames(*HELLO) + data(STOP, "\n")),
    "CRLF": raw(frames(*HELLO, STOP, end="\r\n\r\n") + DONE),
    "CR": raw(frames(*HELLO, STOP, end="\r\r") + DONE),
    "no space after the colon": raw(WHOLE.replace(b"data: ", b"data:")),
    "comments": raw(b": ping\n\n" + frames(HELLO[0]) + b":\n\n: keep-alive\n" + frames(*HELLO[1:], STOP) + DONE),
    "other fields": raw(b"event: message\nid: 5\nretry: 10\n" + WHOLE),
    "choices null": raw(frames({"choices": None}, *HELLO, {"choices": None}, STOP) + DONE),
    "no choices": raw(frames({}, *HELLO, {"id": "x"}, STOP) + DONE),
    "delta null": raw(frames({"choices": [{"delta": None}]}, *HELLO, STOP) + DONE),
    "content null": raw(frames(frame({"content": None}), *HELLO, STOP) + DONE),
    "tool calls too": raw(frames(frame({"tool_calls": [{"index": 0}]}), *HELLO, STOP) + DONE),
    "error null": raw(frames(*[{**value, "error": None} for value in [*HELLO, STOP]]) + DONE),
    "the last text with the reason": raw(frames(HELLO[1], frame({"content": "lo"}, "stop")) + DONE),
    "reason eos": raw(frames(*HELLO, frame(reason="eos")) + DONE),
    "junk after the end": raw(WHOLE + b"data: junk\n\n"),
    "byte by byte": raw(*[WHOLE[i : i + 1] for i in range(len(WHOLE))]),
    "in chunks, byte by byte": in_chunks(raw(*[WHOLE[i : i + 1] for i in range(len(WHOLE))])),
}


@pytest.mark.parametrize("script", UNUSUAL.values(), ids=UNUSUAL.keys())
async def test_an_unusual_stream_gives_its_text(
    one_session: tuple[Client, str], model: ModelServer, question: str, script: Script
) -> None:
    user, session_id = one_session
    model.on(question, script)
    transcript = await user.chat(session_id, question)
    assert transcript.text == "Hello"
    assert transcript.end is not None
    assert (transcript.end["type"], transcript.end.get("finish_reason")) == ("end", "stop")
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply["finish_reason"]) == ("Hello", "stop")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
async def test_frames_split_inside_a_character_give_their_text(
    user: Client, session_id: str, model: ModelServer, question: str, size: int
) -> None:
    text = "你好 😀 \u2028 é"
    body = data(frame({"content": text}), ascii_only=False) + frames(STOP)
    model.on(question, raw(*[body[i : i + size] for i in range(0, len(body), size)]))
    assert (await user.chat(session_id, question)).text == text
    assert (await user.history(session_id))[-1]["content"] == text


async def test_a_surrogate_pair_split_over_two_chunks_is_joined(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    pieces = [frame({"content": piece}) for piece in ("a\ud83d", "\ude00b\ud83d", "\ude80", "c")]
    model.on(question, raw(frames(*pieces, STOP)))
    assert (await user.chat(session_id, question)).text == "a😀b🚀c"
    assert (await user.history(session_id))[-1]["content"] == "a😀b🚀c"


async def test_a_lone_surrogate_becomes_a_replacement_character(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    pieces = [frame({"content": piece}) for piece in ("a\ud83d", "b", "\ude00", "c\ud83d")]
    model.on(question, raw(frames(*pieces, STOP)))
    transcript = await user.chat(session_id, question)
    assert transcript.text == "a\ufffdb\ufffdc\ufffd"
    assert (await user.history(session_id))[-1]["content"] == transcript.text


REASONS = {"stop": "stop", "length": "length", "content_filter": "content_filter", "tool_calls": "stop"}


@pytest.mark.parametrize(("sent", "reported"), REASONS.items())
async def test_the_finish_reason_is_reported(
    user: Client, session_id: str, model: ModelServer, question: str, sent: str, reported: str
) -> None:
    model.on(question, tell("text", reason=sent))
    transcript = await user.chat(session_id, question)
    assert transcript.end is not None
    assert transcript.end["finish_reason"] == reported
    assert (await user.history(session_id))[-1]["finish_reason"] == reported
    turn = await user.turn(transcript.events[0]["turn_id"])
    assert (turn["state"], turn["finish_reason"]) == ("done", reported)


async def test_a_filtered_reply_without_text_ends_normally(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, tell(reason="content_filter"))
    transcript = await user.chat(session_id, question)
    assert transcript.end is not None
    assert (transcript.end["type"], transcript.end.get("finish_reason")) == ("end", "content_filter")
    await assert_goes_on(user, session_id)


async def test_thinking_up_to_the_token_limit_is_an_error(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    async def only_thoughts(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.delta(reasoning_content="plan")
        await exchange.finish("length")

    model.on(question, only_thoughts)
    transcript = await user.chat(session_id, question)
    assert transcript.end is not None
    assert (transcript.end["code"], transcript.end["retryable"]) == ("model_only_thoughts", True)
    assert "OPENAI_MAX_TOKENS" in transcript.end["content"]
    assert (await user.history(session_id))[-1]["thinking"] == "plan"


USAGES: dict[str, bytes] = {
    "in a chunk of its own": frames(*HELLO, STOP, {"choices": [], "usage": USAGE}) + DONE,
    "in a chunk without choices": frames(*HELLO, STOP, {"usage": USAGE}) + DONE,
    "with the reason": frames(*HELLO, {**STOP, "usage": USAGE}) + DONE,
    "on every chunk": frames(*[{**value, "usage": USAGE} for value in [*HELLO, STOP]]) + DONE,
    "null before": frames(*[{**value, "usage": None} for value in [*HELLO, STOP]], {"choices": [], "usage": USAGE}),
    "with extra fields": frames(*HELLO, STOP, {"choices": [], "usage": {**USAGE, "prompt_tokens_details": {"a": 1}}}),
}


@pytest.mark.parametrize("body", USAGES.values(), ids=USAGES.keys())
async def test_token_counts_are_kept(
    user: Client, session_id: str, model: ModelServer, question: str, body: bytes
) -> None:
    model.on(question, raw(body))
    transcript = await user.chat(session_id, question)
    assert transcript.text == "Hello"
    assert transcript.end is not None
    assert transcript.end["usage"] == USAGE
    assert (await user.history(session_id))[-1]["usage"] == USAGE
    assert (await user.turn(transcript.events[0]["turn_id"]))["usage"] == USAGE


@pytest.mark.parametrize("usage", [None, 1, "x", [], {"prompt_tokens": "many"}, {"prompt_tokens": None}])
async def test_malformed_token_counts_are_ignored(
    user: Client, session_id: str, model: ModelServer, question: str, usage: Any
) -> None:
    model.on(question, raw(frames(*HELLO, STOP, {"choices": [], "usage": usage}) + DONE))
    transcript = await user.chat(session_id, question)
    assert transcript.text == "Hello"
    assert transcript.types[-1] == "end"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_is_kept_apart_from_the_text(
    user: Client, session_id: str, model: ModelServer, question: str, field: str
) -> None:
    thoughts = [frame({field: piece, "content": None}) for piece in ("let me ", "think \ud83e", "\udd14")]
    model.on(question, raw(frames(*thoughts, *HELLO, STOP) + DONE))
    transcript = await user.chat(session_id, question)
    assert (transcript.text, transcript.thinking) == ("Hello", "let me think 🤔")
    assert "thinking" in transcript.types
    reply = (await user.history(session_id))[-1]
    assert (reply["content"], reply["thinking"]) == ("Hello", "let me think 🤔")
    assert 0 <= reply["thinking_seconds"] <= reply["seconds"]
    late = await user.follow(transcript.events[0]["turn_id"])
    assert (late.types, late.thinking) == (["start", "thinking", "chunk", "end"], transcript.thinking)


async def test_reasoning_is_not_sent_in_the_next_prompt(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    model.on(question, raw(frames(frame({"reasoning": "secret"}), *HELLO, STOP) + DONE))
    await user.chat(session_id, question)
    await user.chat(session_id, f"{question} again")
    sent = model.asked(f"{question} again")[0].body["messages"]
    assert [message["content"] for message in sent[1:]] == [question, "Hello", f"{question} again"]
    assert "secret" not in json.dumps(sent)


async def test_a_long_reply_in_one_frame_arrives_whole(
    user: Client, session_id: str, model: ModelServer, question: str
) -> None:
    text = "0123456789" * 50_000
    model.on(question, tell(text))
    assert (await user.chat(session_id, question)).text == text
    assert (await user.history(session_id))[-1]["content"] == text


@pytest.mark.parametrize("transfer", [in_chunks, lambda script: script], ids=["chunks", "plain"])
async def test_a_reply_larger_than_the_buffers_arrives_whole(
    user: Client, session_id: str, model: ModelServer, question: str, transfer: Callable[[Script], Script]
) -> None:
    """Consumed bytes must leave the library's buffer count, otherwise it pauses reading for ever."""
    pieces = [f"{number} {'word ' * 400}" for number in range(1000)]
    model.on(question, transfer(tell(*pieces, pause=0.001)))
    assert (await user.chat(session_id, question)).text == "".join(pieces)
