"""Calls of tools are read in every form in which servers send them, where the model may call tools."""

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.case import assistant, chunk, sse, stop, typed, usage_chunk, whole, words
from tests.support.collected import Collected
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.reply import ReplyDecoder

SUN = '{"city":"Bern"}'
RAIN = '{"city":"Oslo"}'


def piece(arguments: Any = None, name: Any = None, **fields: Any) -> dict[str, Any]:
    """Returns an element of `tool_calls`."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"type": "function", **fields, "function": function}


def calls(*pieces: Any, **more: Any) -> dict[str, Any]:
    """Returns a chunk with these pieces."""
    return chunk({"tool_calls": list(pieces)}, **more)


class Case(NamedTuple):
    """What a server sends, and the calls in it: names and arguments, with ids where the server sent them."""

    body: bytes
    calls: list[tuple[str, str]]
    ids: list[str] | None = None
    content: str = ""


TWO = [("sun", SUN), ("rain", RAIN)]
ONE = TWO[:1]

CASES = {
    "pieces by their index": Case(
        sse(
            chunk({"role": "assistant", "content": None}),
            calls(piece("", "sun", index=0, id="a")),
            calls(piece('{"city":', index=0)),
            calls(piece('"Bern"}', index=0)),
            calls(piece("", "rain", index=1, id="b")),
            calls(piece(RAIN, index=1)),
            stop("tool_calls"),
            usage_chunk(3, 4),
        ),
        TWO,
        ["a", "b"],
    ),
    "whole calls in one delta": Case(
        sse(calls(piece(SUN, "sun", index=0, id="a"), piece(RAIN, "rain", index=1, id="b")), stop("tool_calls")),
        TWO,
        ["a", "b"],
    ),
    # Alibaba, anomalyco/opencode#37841
    "empty ids and names in later pieces": Case(
        sse(
            calls(piece("{", "sun", index=0, id="a")),
            calls(piece('"city":"Bern"}', "", index=0, id="")),
            stop("tool_calls"),
        ),
        ONE,
        ["a"],
    ),
    # Gemini, AstrBotDevs/AstrBot#6661, open-webui/computer#224
    "neither index nor id, and the reason stop": Case(
        sse(calls(piece('{"city":', "sun")), calls(piece('"Bern"}')), stop()),
        ONE,
    ),
    "whole calls without index and id": Case(sse(calls(piece(SUN, "sun")), calls(piece(RAIN, "rain")), stop()), TWO),
    "one tool twice without index and id": Case(
        sse(calls(piece(SUN, "sun")), calls(piece(RAIN, "sun")), stop()), [("sun", SUN), ("sun", RAIN)]
    ),
    # Ollama, vercel/ai#14277; su-kaka/gcli2api#406
    "the same index with each call": Case(
        sse(calls(piece(SUN, "sun", index=0, id="a")), calls(piece(RAIN, "rain", index=0, id="b")), stop()),
        TWO,
        ["a", "b"],
    ),
    "the same index in one delta": Case(
        sse(calls(piece(SUN, "sun", index=0), piece(RAIN, "sun", index=0)), stop()), [("sun", SUN), ("sun", RAIN)]
    ),
    # vLLM, InternLM/lmdeploy#3412
    "pieces of a second call with the first one's index": Case(
        sse(
            calls(piece("", "sun", index=0, id="a")),
            calls(piece(SUN, index=0, id="")),
            calls(piece("", "rain", index=0, id="b")),
            calls(piece(RAIN, index=0, id="")),
            stop("tool_calls"),
        ),
        TWO,
        ["a", "b"],
    ),
    # lyonsno in cubist38/mlx-openai-server#216
    "a new id with each piece": Case(
        sse(
            calls(piece("", "sun", index=0, id="a")),
            calls(piece('{"city":', index=0, id="b")),
            calls(piece('"Bern"}', index=0, id="c")),
            stop("tool_calls"),
        ),
        ONE,
        ["a"],
    ),
    # llama.cpp, ggml-org/llama.cpp#13800
    "the name and the id of the function with each piece": Case(
        sse(
            calls({"index": 0, "function": {"id": "a", "name": "sun", "arguments": '{"city":'}}),
            calls({"index": 0, "function": {"id": "a", "name": "sun", "arguments": '"Bern"}'}}),
            stop("tool_calls"),
        ),
        ONE,
        ["a"],
    ),
    # pipecat-ai/pipecat#5023, jjang-ai/vmlx#244
    "the id before the name": Case(
        sse(
            calls(piece("", "", index=0, id="a")),
            calls(piece('{"city":', index=0)),
            calls(piece('"Bern"}', "sun", index=0)),
            stop("tool_calls"),
        ),
        ONE,
        ["a"],
    ),
    "arguments that are an object": Case(sse(calls(piece({"city": "Bern"}, "sun", id="a")), stop()), ONE, ["a"]),
    "an object instead of a list": Case(
        sse(chunk({"tool_calls": piece(SUN, "sun", index=0, id="a")}), stop("tool_calls")), ONE, ["a"]
    ),
    "function_call of old servers": Case(
        sse(
            chunk({"role": "assistant", "content": None, "function_call": {"name": "sun", "arguments": ""}}),
            chunk({"function_call": {"arguments": '{"city":'}}),
            chunk({"function_call": {"arguments": '"Bern"}'}}),
            stop("function_call"),
        ),
        ONE,
    ),
    "a whole answer": Case(
        whole(assistant(None, tool_calls=[piece(SUN, "sun", id="a"), piece(RAIN, "rain", id="b")]), "tool_calls"),
        TWO,
        ["a", "b"],
    ),
    "a last message that repeats the calls": Case(
        sse(
            calls(piece("", "sun", index=0, id="a")),
            calls(piece(SUN, index=0)),
            chunk({}, "tool_calls", choice={"message": assistant(None, tool_calls=[piece(SUN, "sun", id="a")])}),
        ),
        ONE,
        ["a"],
    ),
    "text before the calls": Case(
        sse(words("Let me ", "look."), calls(piece(SUN, "sun", index=0, id="a")), stop("tool_calls")),
        ONE,
        ["a"],
        "Let me look.",
    ),
    "no reason before [DONE]": Case(sse(calls(piece(SUN, "sun", index=0, id="a"))), ONE, ["a"]),
    "arguments that are no JSON": Case(
        sse(calls(piece('{"city": Bern', "sun", index=0, id="a")), stop("tool_calls")),
        [("sun", '{"city": Bern')],
        ["a"],
    ),
    "a character in two pieces": Case(
        sse(
            '{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"\\ud83e"}}]}}]}',
            '{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\uddca"}}]}}]}',
            stop("tool_calls"),
        ),
        [("f", "\U0001f9ca")],
        ["a"],
    ),
}


def decoded(pieces: Iterator[bytes], room: int = 10_000) -> tuple[Collected, Delta]:
    sink = Collected()
    decoder = ReplyDecoder(sink, room, has_tools=True)
    for each in pieces:
        decoder.feed(each)
    return sink, decoder.finish()


def cut(body: bytes, sizes: list[int]) -> Iterator[bytes]:
    at, lengths = 0, cycle(sizes)
    while at < len(body):
        size = next(lengths)
        yield body[at : at + size]
        at += size


def assert_reads(case: Case, pieces: Iterator[bytes]) -> None:
    sink, last = decoded(pieces)
    assert [(call.name, call.arguments) for call in sink.calls] == case.calls
    assert (last.finish_reason, sink.content) == ("tool_calls", case.content)
    ids = [call.id for call in sink.calls]
    assert len(set(ids)) == len(ids)
    assert all(ids)
    if case.ids:
        assert ids == case.ids


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_calls_are_read_in_each_form(case: Case) -> None:
    assert_reads(case, iter([case.body]))


@given(st.sampled_from([*CASES.values()]), st.lists(st.integers(1, 60), min_size=1, max_size=9))
def test_calls_cut_anywhere_are_the_same(case: Case, sizes: list[int]) -> None:
    assert_reads(case, cut(case.body, sizes))


def test_the_servers_own_data_stays_with_its_call() -> None:
    extra = {"google": {"thought_signature": "x"}}
    sink, _ = decoded(iter([sse(calls(piece(SUN, "sun", extra_content=extra)), stop())]))
    assert sink.calls[0].extra_content == extra


@pytest.mark.parametrize(
    "body",
    [
        sse(stop("tool_calls")),
        sse(words("Let me look."), stop("tool_calls")),
        sse(chunk({"tool_calls": ["sun"]}), stop("tool_calls")),
        sse(calls(piece(SUN, index=0, id="a")), stop("tool_calls")),
        sse(
            typed("content_block_start", content_block={"type": "tool_use", "id": "a", "name": "sun"}), stop("tool_use")
        ),
        sse(calls(*(piece("{}", f"f{n}", index=n, id=f"i{n}") for n in range(129))), stop("tool_calls")),
        sse(calls(piece(SUN, "sun", index=0, id="a")), done=False),
        sse(calls(piece(SUN, "sun", index=0, id="a")), stop("malformed_function_call")),
    ],
    ids=[
        "none",
        "none after text",
        "unknown form",
        "no name",
        "other interface",
        "too many",
        "broken off",
        "malformed",
    ],
)
def test_calls_that_are_not_understood_are_no_success(body: bytes) -> None:
    with pytest.raises(ModelFailure) as failure:
        decoded(iter([body]))
    assert failure.value.code in ("model_broken_stream", "model_too_large", "model_incomplete")


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_a_reply_cut_by_the_server_keeps_its_reason(reason: str) -> None:
    sink, last = decoded(iter([sse(calls(piece('{"ci', "sun", index=0, id="a")), stop(reason))]))
    assert (sink.calls[0].arguments, last.finish_reason) == ('{"ci', reason)


@given(st.integers(5, 40))
def test_arguments_count_in_the_length_of_a_reply(room: int) -> None:
    body = sse(calls(piece("", "sun", index=0, id="a")), *(calls(piece("12345", index=0)) for _ in range(9)), stop())
    sink, last = decoded(iter([body]), room)
    assert (len(sink.calls[0].arguments), last.finish_reason) == (room - len("suna"), "length")


def test_without_tools_a_call_is_what_it_was() -> None:
    sink = Collected()
    decoder = ReplyDecoder(sink, 100)
    decoder.feed(sse(calls(piece(SUN, "sun", index=0, id="a")), stop("tool_calls")))
    with pytest.raises(ModelFailure) as failure:
        decoder.finish()
    assert (failure.value.code, sink.calls) == ("model_tool_call", [])


def test_large_arguments_in_small_pieces_are_quickly_read() -> None:
    text = json.dumps({"text": "x" * 400_000})
    pieces = [text[at : at + 32] for at in range(0, len(text), 32)]
    body = sse(calls(piece("", "sun", index=0, id="a")), [calls(piece(each, index=0)) for each in pieces], stop())
    sink, _ = decoded(iter([body]), 1_000_000)
    assert sink.calls[0].arguments == text
