"""The events of a background response become a reply once, over any number of streams."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.tool_calls import FunctionCall
from chat.usage import Usage
from tests.support.collected import Collected
from tests.support.responses_server import USAGE, Response, Scripted
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.responses.reader import ResponseReader
from worker.llm.seam import NotContinued

WHOLE = "Grüße, \U0001f9ca\U0001f468‍\U0001f469 and ```code``` $$x$$\n\n- one\n"


async def events_of(script: Scripted) -> list[dict[str, Any]]:
    response = Response("resp_1", "", script)
    await response.make()
    return response.events


def read(events: list[dict[str, Any]], room: int = 10_000) -> tuple[Collected, ResponseReader]:
    sink = Collected()
    reader = ResponseReader(sink, room)
    for event in events:
        reader.take(event)
    return sink, reader


async def test_a_response_becomes_thinking_content_reason_and_usage() -> None:
    sink, reader = read(await events_of(Scripted(WHOLE, thinking=("first", "second"))))
    assert (sink.content, sink.thinking, reader.id) == (WHOLE, "first\n\nsecond", "resp_1")
    assert reader.last == Delta(
        finish_reason="stop", usage=Usage(prompt_tokens=7, completion_tokens=50, total_tokens=USAGE["total_tokens"])
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.data())
async def test_any_cut_between_two_events_is_a_seam(text: str, data: st.DataObject) -> None:
    events = await events_of(Scripted(text, thinking=("hm \U0001f9ca",), seed=data.draw(st.integers(0, 99))))
    first = Collected()
    reader = ResponseReader(first, 10_000)
    for event in events[: data.draw(st.integers(0, len(events) - 1))]:
        reader.take(event)
    rest = Collected()
    again = ResponseReader(rest, 10_000)
    again.go_on(reader.id, reader.after, first.content, first.thinking)
    begin = 0 if reader.after is None else reader.after + 1
    for event in events[max(0, begin - data.draw(st.integers(0, 3))) :]:  # a server may repeat some
        again.take(event)
    assert (first.content + rest.content, first.thinking + rest.thinking) == (text, "hm \U0001f9ca")
    assert again.last.finish_reason == "stop"


CALLS = (("sun", '{"city":"Zürich \U0001f9ca"}'), ("rain", "{}"))


@given(st.integers(0, 99), st.data())
async def test_calls_go_on_at_any_cut_between_two_events(seed: int, data: st.DataObject) -> None:
    events = await events_of(Scripted("Let me look.", thinking=("hm",), calls=CALLS, seed=seed))
    first, rest = Collected(), Collected()
    reader = ResponseReader(first, 10_000, has_tools=True)
    for event in events[: data.draw(st.integers(0, len(events) - 1))]:
        reader.take(event)
    again = ResponseReader(rest, 10_000, has_tools=True)
    again.go_on(reader.id, reader.after, first.content, first.thinking, first.calls)
    rest.resume(first.calls)
    for event in events:
        again.take(event)
    assert [(call.id, call.name, call.arguments) for call in rest.calls] == [
        (f"call_{n}", *call) for n, call in enumerate(CALLS)
    ]
    assert again.last.finish_reason == "tool_calls"


async def test_calls_that_no_event_had_are_taken_from_the_response() -> None:
    *_, last = await events_of(Scripted("", calls=CALLS))
    sink = Collected()
    reader = ResponseReader(sink, 1000, has_tools=True)
    reader.take(last)
    assert [(call.name, call.arguments) for call in sink.calls] == [*CALLS]


async def test_other_arguments_are_not_continued() -> None:
    *_, last = await events_of(Scripted("", calls=CALLS))
    reader = ResponseReader(Collected(), 1000, has_tools=True)
    reader.go_on("resp_1", 5, "", "", [FunctionCall(id="call_0", name="sun", arguments="other")])
    with pytest.raises(NotContinued):
        reader.take(last)


async def test_arguments_count_in_the_room_of_a_response() -> None:
    events = await events_of(Scripted("", calls=CALLS))
    sink = Collected()
    reader = ResponseReader(sink, len("call_0sun") + 4, has_tools=True)
    for event in events:
        reader.take(event)
    assert (sink.calls[0].arguments, reader.last.finish_reason, reader.is_cut) == ('{"ci', "length", True)


async def test_without_tools_calls_are_no_reply() -> None:
    with pytest.raises(ModelFailure) as failed:
        read(await events_of(Scripted("", calls=CALLS)))
    assert failed.value.code == "model_tool_call"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (Scripted("cut", status="incomplete", reason="max_output_tokens"), "length"),
        (Scripted("cut", status="incomplete", reason="content_filter"), "content_filter"),
        (Scripted("", refusal="I cannot do that."), "content_filter"),
    ],
)
async def test_other_good_ends_have_their_reason(script: Scripted, reason: str) -> None:
    sink, reader = read(await events_of(script))
    assert (sink.content, reader.last.finish_reason) == (script.refusal or script.text, reason)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (Scripted("part", status="incomplete", reason="steered"), "model_unknown_end"),
        (Scripted("part", status="cancelled"), "model_incomplete"),
        (
            Scripted("part", status="failed", error={"code": "rate_limit_exceeded", "message": "slow down"}),
            "model_rate_limited",
        ),
        (Scripted("part", status="failed", error={"code": "server_error", "message": "oops"}), "model_server_error"),
    ],
)
async def test_bad_ends_fail_with_the_text_kept(script: Scripted, code: str) -> None:
    sink, (*events, last) = Collected(), await events_of(script)
    reader = ResponseReader(sink, 100)
    for event in events:
        reader.take(event)
    with pytest.raises(ModelFailure) as failed:
        reader.take(last)
    assert (failed.value.code, sink.content, reader.has_ended) == (code, "part", True)


async def test_an_error_event_is_a_failure() -> None:
    reader = ResponseReader(Collected(), 100)
    with pytest.raises(ModelFailure) as failed:
        reader.take({"type": "error", "sequence_number": 3, "code": "server_error", "message": "oops"})
    assert failed.value.code == "model_server_error"


async def test_text_without_a_number_is_not_taken() -> None:
    reader = ResponseReader(Collected(), 100)
    with pytest.raises(ModelFailure) as failed:
        reader.take({"type": "response.output_text.delta", "delta": "x"})
    assert failed.value.code == "model_broken_stream"


async def test_a_reply_is_cut_at_its_room() -> None:
    sink, reader = read(await events_of(Scripted("0123456789", thinking=("abc",))), room=7)
    assert (sink.thinking, sink.content, reader.last.finish_reason, reader.is_cut) == ("abc", "0123", "length", True)


async def test_what_no_event_had_is_taken_from_the_response() -> None:
    events = await events_of(Scripted(WHOLE, thinking=("hm",)))
    sink = Collected()
    reader = ResponseReader(sink, 1000)
    for event in events[:12]:
        reader.take(event)
    reader.end(events[-1]["response"])
    assert (sink.content, sink.thinking) == (WHOLE, "hm")


async def test_a_response_with_another_text_is_not_continued() -> None:
    events = await events_of(Scripted(WHOLE))
    reader = ResponseReader(Collected(), 1000)
    reader.go_on("resp_1", 20, "another text", "")
    with pytest.raises(NotContinued):
        reader.end(events[-1]["response"])
